import { ArpanetError } from '../errors.ts'
import {
  deviceOfRoute,
  readAllAddresses,
  readDevice,
  readForwarding,
  readNeighbours,
  readRoutes,
  readWay,
} from './ip-read.ts'
import type { DeviceAddress, DeviceLinks, MainRoute, Way } from './ip-links.ts'
import type { Shell } from './shell.ts'

export type { DeviceAddress, DeviceLinks, LinkDevice, MainRoute, Way } from './ip-links.ts'

/** Devices, neighbours and IPv4 routes of one network namespace, by the programs of iproute2. */
export interface Ip {
  /** The device of this name and what belongs to it. */
  device(name: string): Promise<DeviceLinks>
  /** All of the main table. */
  routes(): Promise<readonly MainRoute[]>
  /** IPv4 addresses of all devices, with their prefixes and the MTU of the device. */
  addresses(): Promise<readonly DeviceAddress[]>
  /** Whether this kernel makes devices of a kind. */
  makes(kind: keyof typeof probes): Promise<boolean>
  /**
   * Calls `changed` with each line in which iproute2 tells of another device, address, route or neighbour, until it ends,
   * fails or `signal` is aborted; from `opened` on none is missed.
   */
  changes(changed: (line: string) => void, opened: () => void, signal: AbortSignal): Promise<void>
  /** How packets to an address leave; undefined where there is no route. */
  wayTo(address: string): Promise<Way | undefined>
  /**
   * Commands of a program, one a line. All are tried, but for those after a neighbour that fails, where ip(8) ends;
   * then throws, with the first reason.
   */
  apply(program: 'ip' | 'bridge', lines: readonly string[]): Promise<void>
}

const nowhere = /Network is unreachable|No route to host/
const isMissing = (error: unknown): boolean =>
  /does not exist|Cannot find device/.test((error as Error).message)

/** Linux asks for the module of a kind where it does not know it, and finds it only where the host has one. */
const isUnknown = (error: unknown): boolean =>
  /Unknown device type|Operation not supported/.test((error as Error).message)
const probeName = 'arpanetprobe'
const probes = {
  gre: 'gre local 127.0.0.1 key 1',
  vxlan: 'vxlan id 1 dstport 4789 local 127.0.0.1',
  wireguard: 'wireguard',
} as const

export function connect(shell: Shell): Ip {
  // Numbers, where a file of the host might give them names.
  const ip = (...words: string[]) => shell.run(['ip', '-N', '-j', '-d', ...words])
  const show = async (name: string): Promise<string | undefined> => {
    try {
      // Not with -4, which leaves out a device without an address.
      return await ip('address', 'show', 'dev', name)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }
  return {
    device: async (name) => {
      const text = await show(name)
      if (text === undefined) return { device: undefined, addresses: [], neighbours: [], forwarding: [] }
      const found = readDevice(text)
      const neighbours = await ip('-4', 'neigh', 'show', 'dev', name, 'nud', 'permanent')
      const isVxlan = found.device.kind === 'vxlan'
      const forwarding = isVxlan ? await shell.run(['bridge', '-j', 'fdb', 'show', 'dev', name]) : ''
      return { ...found, neighbours: readNeighbours(neighbours), forwarding: readForwarding(forwarding) }
    },
    routes: async () => readRoutes(await ip('-4', 'route', 'show', 'table', 'main')),
    addresses: async () => readAllAddresses(await ip('address', 'show')),
    makes: async (kind) => {
      try {
        await shell.run(['ip', 'link', 'add', 'name', probeName, 'type', ...probes[kind].split(' ')])
      } catch (error) {
        if (isUnknown(error)) return false
        throw error
      }
      await shell.run(['ip', 'link', 'delete', 'dev', probeName])
      return true
    },
    changes: (changed, opened, signal) =>
      // Neighbours of Ethernet come and go all the time.
      shell.follow(['ip', '-o', 'monitor', 'link', 'address', 'route', 'neigh'], changed, opened, signal),
    wayTo: async (address) => {
      let route: string
      try {
        route = await ip('-4', 'route', 'get', address)
      } catch (error) {
        if (nowhere.test((error as Error).message)) return undefined
        throw error
      }
      const device = deviceOfRoute(route)
      const addresses = device === undefined ? undefined : await show(device)
      return addresses === undefined ? undefined : readWay(route, addresses)
    },
    apply: async (program, lines) => {
      if (lines.length === 0) return
      try {
        await shell.run([program, '-force', '-batch', '-'], lines.map((line) => `${line}\n`).join(''))
      } catch (error) {
        throw shorter(program, lines, error)
      }
    },
  }
}

/** As `RTNETLINK answers: WHY` or `Error: WHY.`, and below it the number of the line. */
const complaint = /([^\n]*)\nCommand failed -:(\d+)/g

function shorter(program: string, lines: readonly string[], error: unknown): unknown {
  if (!(error instanceof ArpanetError)) return error
  const all = [...error.message.matchAll(complaint)]
  const [first] = all
  if (first === undefined) return error
  const [, why = '', number] = first
  const reason = why.replace(/^.*(?:RTNETLINK answers|Error): /, '').replace(/\.$/, '')
  const more = all.length === 1 ? '' : ` (and ${all.length - 1} more)`
  const message = `${program}: ${reason}: ${lines[Number(number) - 1] ?? `line ${number}`}${more}`
  return new ArpanetError(error.kind, message, { hint: error.hint, cause: error })
}
