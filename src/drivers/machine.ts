import { networkInterfaces } from 'node:os'
import { localAddresses } from '../model/address.ts'
import { listeners, type Listener } from '../model/listener.ts'
import { searches } from '../model/resolvers.ts'
import { tunnelProtocol } from '../model/route-protocol.ts'
import { filesAt, readText, type Files } from './files.ts'
import { connect } from './ip.ts'
import { local } from './shell.ts'

/** The host itself, for what changes it: its files, and what its kernel says of its network and processes. */
export interface Machine {
  readonly files: Files
  /** False where the host's files are not to be seen from here: only the wrapper shows them, and only to setup. */
  readonly isShown: () => Promise<boolean>
  readonly isRoot: boolean
  now(): Date
  /** Every IPv4 address of the host, loopback too. */
  addresses(): Promise<string[]>
  /** Those that the tunnel made left out. */
  routes(): Promise<{ subnet: string; device: string }[]>
  listeners(): Promise<Listener[]>
  /** Of the device that has the address; undefined where none has. */
  mtuBytes(address: string): Promise<number | undefined>
  /** The domains that the host's programs search. */
  searches(): Promise<string[]>
  /** The Docker engine's process; undefined where its pid file names none. */
  dockerd(): Promise<Process | undefined>
}

export interface Process {
  readonly args: readonly string[]
  readonly startedAt: Date
}

/** Kernels tell times of processes in hundredths of a second, whatever they count in themselves (time(7)). */
const ticksPerSecond = 100

/** The host whose root folder is mounted at `root` and whose network this process is in. */
export function machineAt(root: string): Machine {
  const files = filesAt(root)
  const table = async (path: string) => (await readText(path)) ?? ''
  return {
    files,
    isShown: async () => (await files.facts('/etc')) !== undefined,
    isRoot: process.getuid?.() === 0,
    now: () => new Date(),
    addresses: async () => localAddresses(await table('/proc/net/fib_trie')),
    routes: async () =>
      (await connect(local).routes()).flatMap(({ subnet, device, protocol }) =>
        device === undefined || protocol === tunnelProtocol
          ? []
          : [{ subnet: subnet === 'default' ? '0.0.0.0/0' : subnet, device }],
      ),
    listeners: async () => {
      const kinds = [
        ['tcp', 'tcp'],
        ['tcp', 'tcp6'],
        ['udp', 'udp'],
        ['udp', 'udp6'],
      ] as const
      const found = await Promise.all(
        kinds.map(async ([protocol, name]) => listeners(protocol, await table(`/proc/net/${name}`))),
      )
      return found.flat()
    },
    mtuBytes: async (address) => {
      const device = Object.entries(networkInterfaces()).find(([, all]) =>
        all?.some((each) => each.address === address),
      )?.[0]
      if (device === undefined) return undefined
      return Number(await files.readText(`/sys/class/net/${device}/mtu`)) || undefined
    },
    searches: async () => searches((await files.readText('/etc/resolv.conf')) ?? ''),
    dockerd: async () => {
      const pid = Number(await files.readText('/run/docker.pid'))
      if (!pid) return undefined
      const [commandLine, stat, uptime] = await Promise.all(
        [`/proc/${pid}/cmdline`, `/proc/${pid}/stat`, '/proc/uptime'].map((path) => files.readText(path)),
      )
      if (!commandLine || !stat || !uptime) return undefined
      // After the name, which stands in brackets and may hold spaces; proc_pid_stat(5) numbers the start 22.
      const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3])
      const ageMs = (Number(uptime.split(' ')[0]) - ticks / ticksPerSecond) * 1000
      return {
        args: commandLine.split('\0').slice(1, -1),
        startedAt: new Date(Date.now() - ageMs),
      }
    },
  }
}
