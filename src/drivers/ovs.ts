import { ArpanetError } from '../errors.ts'
import { halves, readConfig, readCookies, readRoute, readWire } from './ovs-read.ts'
import type { Shell } from './shell.ts'

/** A bridge of Open vSwitch in userspace, and the table of nftables that carries packets to it. */
export interface SwitchState {
  /** What it is made of: `bridge NAME DATAPATH FAILMODE MAC`, and `port NAME TYPE NUMBER` of each port. */
  readonly parts: readonly string[]
  /** Of its end of GRE. */
  readonly key: number | undefined
  readonly own: string | undefined
  readonly mtuBytes: number | undefined
  /** Undefined where not all of GRE goes by one address. */
  readonly route: string | undefined
  /** The cookies of its flows, without 0x. */
  readonly flows: readonly string[]
  readonly wire: readonly string[] | undefined
}

/** How a switch is called, and what belongs to it. */
export interface SwitchNames {
  readonly bridge: string
  /** The device to the kernel. */
  readonly wire: string
  readonly gre: string
  /** Of nftables. */
  readonly table: string
  /** Who is asked for by who sends GRE. */
  readonly outsideMac: string
}

/** Open vSwitch, by its own programs where its processes live. */
export interface Ovs {
  /** Undefined where no process answers. */
  state(): Promise<SwitchState | undefined>
  /**
   * Takes lines in their order: `config WORDS` of ovs-vsctl, `route ADDRESS`, by which all GRE goes, `flow add FLOW` and
   * `flow delete MATCH` of ovs-ofctl, and `rule LINE` of nft, both all or nothing. What is alike and follows is one program.
   */
  apply(lines: readonly string[]): Promise<void>
  /** Whether this kernel can carry packets from device to device by nftables. */
  carries(): Promise<boolean>
}

/** What the programs, and the engine, say where a process, or the container that it lived in, is not there. */
const isAbsent =
  /cannot read pidfile|cannot connect to|database connection failed|is not a bridge or a socket|no such container|is not running/i
const missing = 'No such file or directory'

export function connect(shell: Shell, names: SwitchNames): Ovs {
  const { bridge, table } = names
  const vsctl = (...words: string[]) => shell.run(['ovs-vsctl', '--timeout=5', ...words])
  const appctl = (...words: string[]) =>
    shell.run(['ovs-appctl', '--timeout=5', '-t', 'ovs-vswitchd', ...words])
  const wire = async (): Promise<readonly string[] | undefined> => {
    try {
      return readWire(await shell.run(['nft', '-j', 'list', 'table', 'netdev', table]))
    } catch (error) {
      if ((error as Error).message.includes(missing)) return undefined
      throw error
    }
  }
  const listing = [
    ...['--columns=name,datapath_type,fail_mode,other_config', 'list', 'bridge', '--'],
    ...['--columns=name,type,options,ofport,mtu', 'list', 'interface'],
  ]
  const route = async (own: string) => {
    for (const half of halves) {
      await appctl('ovs/route/del', half).catch(() => undefined)
      await appctl('ovs/route/add', half, bridge, own)
    }
    await appctl('tnl/neigh/set', bridge, own, names.outsideMac)
  }
  const take: Readonly<Record<string, (lines: readonly string[]) => Promise<unknown>>> = {
    config: (lines) => vsctl(...lines.flatMap((line) => ['--', ...line.split(' ')])),
    route: async (lines) => {
      for (const own of lines) await route(own)
    },
    flow: (lines) =>
      shell.run(['ovs-ofctl', '--timeout=5', '--bundle', 'add-flows', bridge, '-'], textOf(lines)),
    rule: (lines) => shell.run(['nft', '-f', '-'], textOf(lines)),
  }
  return {
    state: async () => {
      try {
        // First, since only this one says whether packets pass.
        const route = readRoute(bridge, await appctl('ovs/route/show'))
        const [tables, flows, found] = await Promise.all([
          vsctl('--format=json', ...listing),
          shell.run(['ovs-ofctl', '--timeout=5', '--no-stats', 'dump-flows', bridge]),
          wire(),
        ])
        return { ...readConfig(names, tables), route, flows: readCookies(flows), wire: found }
      } catch (error) {
        if (error instanceof ArpanetError && isAbsent.test(error.message)) return undefined
        throw error
      }
    },
    apply: async (lines) => {
      for (let rest = lines; rest.length > 0;) {
        const word = wordOf(rest[0])
        const end = rest.findIndex((line) => wordOf(line) !== word)
        const batch = end === -1 ? rest : rest.slice(0, end)
        rest = rest.slice(batch.length)
        await take[word]?.(batch.map((line) => line.slice(word.length + 1)))
      }
    },
    carries: async () => {
      try {
        await shell.run(['nft', '-f', '-'], attempt(`${table}_attempt`))
        return true
      } catch (error) {
        if (/not supported|No such file or directory/i.test((error as Error).message)) return false
        throw error
      }
    },
  }
}

const wordOf = (line = ''): string => line.split(' ', 1)[0] ?? ''
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** All that carries packets, for no time at all: a kernel may lack any part of it. */
const attempt = (name: string): string =>
  textOf([
    `add table netdev ${name}`,
    `add map netdev ${name} ways { type ipv4_addr : ipv4_addr; }`,
    `add chain netdev ${name} arriving { type filter hook ingress device "lo" priority -300; policy accept; }`,
    `add rule netdev ${name} arriving ip protocol gre @th,0,32 1 ip saddr 192.0.2.1 fwd to "lo"`,
    `add rule netdev ${name} arriving ip protocol gre ip saddr 192.0.2.1 fwd ip to ip daddr map @ways device "lo"`,
    `delete table netdev ${name}`,
  ])
