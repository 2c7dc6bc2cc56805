import {
  changeDevice,
  isOurs,
  makeDevice,
  removeDevice,
  whyRemove,
  type ActualDevice,
} from './desired/device-steps.ts'
import { deviceName, type Forwarding, type Links, type Neighbour } from './desired/links.ts'
import { planSwitch, whyMakeAnew, type ActualSwitch } from './desired/ovs/steps.ts'
import { planRoutes, type ActualRoute } from './desired/route-steps.ts'
import { ipStep, type LineStep, type Step } from './desired/step.ts'
import { planWireguard, type ActualWireguard } from './desired/wireguard-steps.ts'

export { type ActualDevice, type ActualRoute, type Step }

/** What the kernel has. */
export interface Actual {
  /** The one of our name, whoever made it. */
  readonly device: ActualDevice | undefined
  /** Of the device, as 10.210.1.1/32. */
  readonly addresses: readonly string[]
  /** Those of the device that do not end by themselves. */
  readonly neighbours: readonly Neighbour[]
  readonly forwarding: readonly Forwarding[]
  /** Undefined where the device is none of WireGuard. */
  readonly wireguard?: ActualWireguard | undefined
  /** Undefined where the device is none of Open vSwitch, or its process has ended. */
  readonly ovs?: ActualSwitch | undefined
  /** Of the main table, ours and those of others. */
  readonly routes: readonly ActualRoute[]
}

export interface Plan {
  readonly steps: readonly Step[]
  /** A sentence for each thing of somebody else's that is in the way, and stays. */
  readonly conflicts: readonly string[]
}

/**
 * What turns `actual` into `links`; nothing where it is so. The device is there before what belongs to it. A neighbour
 * comes before its route and goes after it; a route is replaced where there is one.
 */
export function plan(links: Links, actual: Actual): Plan {
  const device = actual.device !== undefined && isOurs(actual.device) ? actual.device : undefined
  if (actual.device !== device && links.device !== undefined) {
    const what = 'there is one that is not ours, none was expected'
    return { steps: [], conflicts: [`device ${deviceName}: ${what}`] }
  }
  const fault =
    device && (whyRemove(device, links.device) ?? (links.ovs && whyMakeAnew(actual.ovs, deviceName)))
  const removed = device === undefined || fault === undefined ? [] : [removeDevice(device, fault)]
  const kept = fault === undefined ? device : undefined
  // All that belongs to a device goes with it.
  const { addresses, neighbours, forwarding } = kept === undefined ? bare : actual
  // With another MAC the kernel forgets the neighbours of a device.
  const hasMac = kept?.mac === undefined || links.device?.mac === undefined || kept.mac === links.device.mac
  const isReplaced = removed.length > 0 && links.device !== undefined
  const routes = planRoutes(
    links,
    isReplaced ? actual.routes.filter((route) => route.device !== deviceName) : actual.routes,
  )
  const address = planAddresses(links.addresses, addresses)
  const neighbour = planNeighbours(links.neighbours, hasMac ? neighbours : [])
  const entry = planForwarding(links.forwarding, forwarding)
  const peers = planWireguard(links.wireguard, kept && actual.wireguard)
  const within = planSwitch(links.ovs, kept && actual.ovs)
  const steps = [
    ...routes.remove,
    ...(isReplaced ? removed : []),
    ...(links.device === undefined
      ? []
      : kept === undefined
        ? [makeDevice(links.device, links)]
        : changeDevice(kept, links.device)),
    ...within.before,
    ...address.add,
    ...peers,
    ...within.after,
    ...entry.add,
    ...neighbour.add,
    ...routes.add,
    ...neighbour.remove,
    ...within.last,
    ...entry.remove,
    // The last address of a device takes its routes along, but by now there is another.
    ...address.remove,
    // Where another way takes its place, each route has left it by now.
    ...(isReplaced ? [] : removed),
  ]
  return { steps, conflicts: routes.conflicts }
}

const bare = { addresses: [], neighbours: [], forwarding: [] } satisfies Partial<Actual>

function planAddresses(wanted: readonly string[], actual: readonly string[]) {
  const line = (word: string, address: string) => `address ${word} ${address} dev ${deviceName}`
  return {
    add: wanted
      .filter((each) => !actual.includes(each))
      .map((each) => ipStep('add', `address ${each}`, 'it is that of this host', line('add', each))),
    remove: actual
      .filter((each) => !wanted.includes(each))
      .map((each) => ipStep('remove', `address ${each}`, 'it is not that of this host', line('del', each))),
  }
}

function planNeighbours(wanted: readonly Neighbour[], actual: readonly Neighbour[]) {
  const before = new Map(actual.map(({ address, lladdr }) => [address, lladdr]))
  const now = new Set(wanted.map(({ address }) => address))
  return {
    add: wanted.flatMap(({ address, lladdr }) => {
      const there = before.get(address)
      if (there === lladdr) return []
      // Replaced, though none may be known: there may be one that ends by itself.
      const line = `neigh replace ${address} lladdr ${lladdr} dev ${deviceName} nud permanent`
      const [verb, reason] =
        there === undefined
          ? (['add', `it is at ${lladdr}`] as const)
          : (['change', `it is at ${there}, and at ${lladdr} from now on`] as const)
      return [ipStep(verb, `neighbour ${address}`, reason, line)]
    }),
    remove: actual
      .filter(({ address }) => !now.has(address))
      .map(({ address }) =>
        ipStep('remove', `neighbour ${address}`, 'no host has it', `neigh del ${address} dev ${deviceName}`),
      ),
  }
}

function planForwarding(wanted: readonly Forwarding[], actual: readonly Forwarding[]) {
  const textOf = ({ mac, address }: Forwarding) => `${mac} dev ${deviceName} dst ${address}`
  const [before, now] = [new Set(actual.map(textOf)), new Set(wanted.map(textOf))]
  const held = new Set(actual.map(({ mac }) => mac))
  const macs = new Set(wanted.map(({ mac }) => mac))
  const step = (verb: LineStep['verb'], { mac }: Forwarding, reason: string, line: string): Step => ({
    verb,
    target: `forwarding of ${mac}`,
    reason,
    program: 'bridge',
    lines: [line],
  })
  return {
    add: wanted
      .filter((each) => !before.has(textOf(each)))
      .map((each) => {
        const verb = held.has(each.mac) ? 'change' : 'add'
        return step(verb, each, `it is at ${each.address}`, `fdb replace ${textOf(each)} self permanent`)
      }),
    remove: actual
      // A MAC has one place, but for that of all zeros: what was replaced is gone.
      .filter((each) => !now.has(textOf(each)) && !macs.has(each.mac))
      .map((each) => step('remove', each, 'no host has it', `fdb del ${textOf(each)} self`)),
  }
}
