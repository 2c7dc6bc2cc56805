import type { KeyValue, Nodes, Values } from '../../drivers/consul/consul.ts'
import type { Networks, Watch } from '../../drivers/docker/docker.ts'
import type { Ip } from '../../drivers/ip.ts'
import type { RoundTripMs } from '../../drivers/round-trip.ts'
import { ArpanetError, precondition } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { isGone, type Lease } from '../../model/lease.ts'
import type { NetworkView } from '../../model/network-view.ts'
import type { OverlayConfig } from '../../model/overlay-config.ts'
import { tunnelProtocol } from '../../model/route-protocol.ts'
import type { Agent, Clock } from '../reconciler.ts'
import { desired } from './desired.ts'
import { deviceOf, networkOf, planBridge } from './desired/bridge.ts'
import { firewallOf, noFirewall, type Firewall } from './desired/firewall/firewall.ts'
import { planFirewall, type ActualFirewall } from './desired/firewall/plan.ts'
import { deviceName, type Links } from './desired/links.ts'
import type { LinkConfig } from './desired/peer.ts'
import type { Desired, Facts } from './facts.ts'
import { readFirewall, type FirewallDrivers } from './firewall/read.ts'
import { Following } from './following.ts'
import { Hands, type HandsDrivers, type Step } from './hands.ts'
import { Leases, type Held } from './leases/leases.ts'
import { roundTrips } from './peers.ts'
import { claimOf, firstConfig, type Place } from './place.ts'
import { plan, type Actual as ActualLinks } from './plan.ts'
import { Ways } from './underlay.ts'
import { networkView } from './view.ts'

/** What the tunnel acts on. */
export interface Outside extends FirewallDrivers, HandsDrivers {
  readonly ip: Ip
  readonly networks: Pick<Networks, 'find' | 'create' | 'remove'>
  readonly watch: Pick<Watch, 'events'>
  readonly iptables: FirewallDrivers['iptables'] & HandsDrivers['iptables']
  readonly nft: FirewallDrivers['nft'] & HandsDrivers['nft']
  /** Whether the engine lets packets into a network from trusted devices only. */
  readonly mustTrust: () => Promise<boolean>
  readonly kv: Pick<KeyValue, 'tree' | 'set' | 'remove'>
  readonly values: Pick<Values, 'under'>
  readonly nodes: Nodes
  readonly roundTripMs: RoundTripMs
  readonly clock: Pick<Clock, 'now'>
  /** By the host's clock, which other hosts read, too. */
  readonly date: () => Date
  readonly log: Log
}

interface Actual {
  readonly links: ActualLinks
  readonly firewall: ActualFirewall
}

export interface Tunnel extends Agent<Facts, Desired, Actual, Step> {
  /** What it knows now, for people; undefined before the first look. */
  view(): Promise<NetworkView | undefined>
  /** Throws where this host can never be part of the overlay as it is. */
  check(): Promise<void>
  /** Takes the overlay down on this host, and gives its lease back. */
  takeDown(): Promise<void>
}

/** For a host that failed in Consul's eyes: whether packets reach it nevertheless. */
const answerMs = 500

/** Keeps the device, neighbours, routes and rules of this host what the leases of all hosts are. */
export function tunnel(place: Place, folder: string, outside: Outside): Tunnel {
  const { ip, networks, watch, log, clock, date } = outside
  const leases = new Leases(folder, { kv: outside.kv, now: date })
  const ways = new Ways(ip, () => clock.now())
  const hands = new Hands(outside)
  const leased = new Following('the overlay', (asked) => outside.values.under(folder, asked))
  const failed = new Following('the cluster', (asked) => outside.nodes.failed(asked))
  const told = new Told(log)
  let first: OverlayConfig | undefined
  let held: Held | undefined
  let facts: Facts | undefined
  let last: Desired | undefined
  let remarks: readonly string[] = []

  const hold = async (claim: Parameters<Leases['hold']>[0]): Promise<Held> => {
    try {
      held = await leases.hold(claim)
      for (const line of held.done) log.info(`lease: ${line}`)
      told.tell('Consul', [])
      return held
    } catch (error) {
      // Who cannot ask keeps what there is, and mends it.
      if (held === undefined || !(error instanceof ArpanetError) || error.kind !== 'unavailable') throw error
      told.tell('Consul', [`goes on with what it knew: ${error.message}`])
      return held
    }
  }

  const lostOf = async (peers: readonly Lease[], ttlMs: number): Promise<ReadonlyMap<Lease, string>> => {
    const failures = new Set(failed.value)
    const silent = peers.filter(({ host }) => failures.has(host))
    const answers = await roundTrips(silent, outside.roundTripMs, place.port, answerMs)
    return new Map(
      peers.flatMap((peer): [Lease, string][] => {
        if (isGone(peer, date(), ttlMs)) return [[peer, `was last seen at ${peer.seenAt}`]]
        const isLost = failures.has(peer.host) && answers.get(peer.subnet) === undefined
        return isLost ? [[peer, 'Consul says that it failed, and it does not answer']] : []
      }),
    )
  }

  const observeLinks = async (): Promise<ActualLinks> => {
    const [found, routes] = await Promise.all([ip.device(deviceName), ip.routes()])
    return { ...found, routes }
  }

  const steps = (links: Links, firewall: Firewall, actual: Actual) => {
    const change = plan(links, actual.links)
    const rules = planFirewall(firewall, actual.firewall)
    return {
      steps: [...rules.before, ...change.steps, ...rules.after] as readonly Step[],
      remarks: [...change.conflicts, ...rules.remarks],
    }
  }

  return {
    name: 'tunnel',
    together: 8_192,
    sources: [
      leased.source,
      failed.source,
      {
        name: "the kernel's devices and routes",
        listen: (trigger, opened, signal) =>
          ip.changes(
            (line) => {
              if (isAboutUs.test(line)) trigger('a device, route or neighbour is another')
            },
            opened,
            signal,
          ),
      },
      {
        // Docker that starts writes its rules anew.
        name: "Docker's events",
        listen: (_trigger, opened, signal) => watch.events(() => undefined, opened, signal),
      },
    ],
    read: async () => {
      first ??= firstConfig(place, place.driver === 'auto' && (await ip.makes('gre')))
      const [addresses, bridge, mustTrust] = await Promise.all([
        ip.addresses(),
        networks.find(networkOf(place.bridge)),
        outside.mustTrust(),
      ])
      const now = await hold(claimOf(place, first, addresses, bridge))
      const config = linkConfig(now.config)
      const lost = await lostOf(now.peers, place.leaseTtlMs)
      const peers = now.peers.filter((peer) => !lost.has(peer))
      const underlay = await ways.underlay(
        place.address,
        addresses,
        peers.map(({ address }) => address),
      )
      facts = { held: now, config, peers, lost, underlay, bridge, mustTrust }
      return facts
    },
    desired: ({ held: { lease, faults }, config, peers, underlay, bridge }) => {
      const { links, mtuBytes, left, peers: chosen } = desired(lease, peers, config, underlay)
      const firewall = firewallOf(lease, chosen, config, underlay, deviceOf(bridge))
      last = { links, mtuBytes, left: [...faults, ...left], firewall }
      told.tell('leases', last.left)
      return last
    },
    observe: async () => {
      const [links, firewall] = await Promise.all([observeLinks(), readFirewall(outside)])
      return { links, firewall }
    },
    plan: (wanted, actual) => {
      const found = steps(wanted.links, wanted.firewall, actual)
      const bridge = facts && planBridge(bridgeWish(place, facts, wanted.mtuBytes), facts.bridge)
      remarks = found.remarks
      told.tell('here', [
        ...remarks,
        ...(bridge?.fault === undefined ? [] : [`bridge ${place.bridge}: ${bridge.fault}`]),
      ])
      return [...(bridge?.steps ?? []), ...found.steps]
    },
    apply: (step) => hands.take(step),
    view: async () => {
      if (facts === undefined || last === undefined) return undefined
      const answers = await roundTrips(facts.peers, outside.roundTripMs, place.port, 1_000)
      const { fault } = planBridge(bridgeWish(place, facts, last.mtuBytes), facts.bridge)
      return networkView(place, facts, last, { answers, bridgeFault: fault, remarks })
    },
    check: async () => {
      const said = place.driver === 'auto' ? (await configOrNone(leases))?.driver : place.driver
      if (said === undefined) return
      const { driver } = linkConfig({ cidr: place.cidr, bits: 24, driver: said, key: 1 })
      if (driver !== 'host-gw' && !(await ip.makes(driver))) throw unable(driver)
    },
    takeDown: async () => {
      const [addresses, bridge, links, firewall] = await Promise.all([
        ip.addresses(),
        networks.find(networkOf(place.bridge)),
        observeLinks(),
        readFirewall(outside),
      ])
      const nothing: Links = { addresses: [], neighbours: [], forwarding: [], routes: [] }
      // First, so that the others send nothing any more.
      first ??= firstConfig(place, false)
      await leases.release(claimOf(place, first, addresses, bridge))
      for (const step of steps(nothing, noFirewall, { links, firewall }).steps) await hands.take(step)
    },
  }
}

/** Lines of iproute2 about what we keep: our device, and routes with our mark. */
const isAboutUs = new RegExp(`\\b${deviceName}\\b|\\bproto ${tunnelProtocol}\\b`)

function linkConfig({ cidr, driver, key }: OverlayConfig): LinkConfig {
  if (driver === 'gre' || driver === 'vxlan' || driver === 'host-gw') return { driver, overlay: cidr, key }
  throw precondition(
    `tunnel: the overlay's driver is ${driver}, gre, vxlan or host-gw was expected`,
    'ARPANET_TUNNEL=vxlan arpanet start:stack tunnel',
  )
}

const modules = { gre: 'ip_gre', vxlan: 'vxlan' } as const

const unable = (driver: 'gre' | 'vxlan') =>
  precondition(
    `tunnel: this kernel makes no device of ${driver}, its module ${modules[driver]} was expected`,
    `modprobe ${modules[driver]}, or on every host: export ARPANET_TUNNEL=${driver === 'gre' ? 'vxlan' : 'host-gw'}`,
  )

/** Who cannot ask finds out later. */
async function configOrNone(leases: Leases): Promise<OverlayConfig | undefined> {
  try {
    return await leases.config()
  } catch {
    return undefined
  }
}

const bridgeWish = (place: Place, { held, config, underlay, mustTrust }: Facts, mtuBytes: number) => ({
  name: place.bridge,
  subnet: held.lease.subnet,
  mtuBytes,
  from: config.driver === 'host-gw' ? underlay.device : deviceName,
  mustTrust,
})

/** Says each once, until it is gone. */
class Told {
  readonly #log: Log
  readonly #told = new Map<string, ReadonlySet<string>>()

  constructor(log: Log) {
    this.#log = log
  }

  tell(about: string, lines: readonly string[]): void {
    const before = this.#told.get(about)
    for (const line of lines) if (!before?.has(line)) this.#log.warn(line)
    this.#told.set(about, new Set(lines))
  }
}
