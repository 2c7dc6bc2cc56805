import type { KeyValue, Nodes, Values } from '../../drivers/consul/consul.ts'
import type { Networks, Watch } from '../../drivers/docker/docker.ts'
import type { Ip } from '../../drivers/ip.ts'
import type { Nft } from '../../drivers/nft.ts'
import type { Ovs } from '../../drivers/ovs.ts'
import type { RoundTripMs } from '../../drivers/round-trip.ts'
import { ArpanetError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { isGone } from '../../model/lease.ts'
import type { NetworkView } from '../../model/network-view.ts'
import type { OverlayConfig } from '../../model/overlay-config.ts'
import type { Agent } from '../reconciler.ts'
import { desired } from './desired.ts'
import { deviceOf, networkOf, planBridge } from './desired/bridge.ts'
import { firewallOf, noFirewall, type Firewall } from './desired/firewall/firewall.ts'
import { isGuarded } from './desired/firewall/guard-steps.ts'
import { planFirewall } from './desired/firewall/plan.ts'
import { deviceName, type Links } from './desired/links.ts'
import type { Desired, Facts } from './facts.ts'
import { Following } from './following.ts'
import { checkDriver, linkConfig } from './drivers.ts'
import { Hands, type HandsDrivers, type Step } from './hands.ts'
import { Kernel, type Actual, type KernelDrivers } from './kernel.ts'
import type { Claim } from './leases/choose.ts'
import { Leases, type Held } from './leases/leases.ts'
import { doubtOf, lostOf, roundTrips } from './peers.ts'
import { claimOf, firstConfig, type Place } from './place.ts'
import { plan } from './plan.ts'
import type { Processes } from './processes.ts'
import { Remembered } from './remembered.ts'
import { Hereabouts } from './sources.ts'
import { Told } from './told.ts'
import { ownSource, Ways } from './underlay.ts'
import { networkView } from './view.ts'

/** What the tunnel acts on. */
export interface Outside extends KernelDrivers, Omit<HandsDrivers, 'wireguard'> {
  readonly ip: Ip
  readonly processes: Pick<Processes, 'ready' | 'run' | 'end'>
  readonly ovs: Ovs
  readonly networks: Pick<Networks, 'find' | 'create' | 'remove'>
  readonly watch: Pick<Watch, 'events'>
  readonly iptables: KernelDrivers['iptables'] & HandsDrivers['iptables']
  readonly nft: KernelDrivers['nft'] & HandsDrivers['nft'] & Pick<Nft, 'changes'>
  /** Whether the engine lets packets into a network from trusted devices only. */
  readonly mustTrust: () => Promise<boolean>
  readonly kv: Pick<KeyValue, 'tree' | 'set' | 'remove'>
  readonly values: Pick<Values, 'under'>
  readonly nodes: Nodes
  readonly roundTripMs: RoundTripMs
  /** By the host's clock, which other hosts read, too. */
  readonly date: () => Date
  readonly log: Log
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
  const { ip, networks, log, clock, date } = outside
  const leases = new Leases(folder, { kv: outside.kv, now: date })
  const ways = new Ways(ip, () => clock.now())
  const kernel = new Kernel(outside, () => here.isTold)
  const hands = new Hands({ ...outside, wireguard: () => kernel.wireguardOf(last?.links.device?.kind) })
  const leased = new Following('the overlay', (asked) => outside.values.under(folder, asked))
  const failed = new Following('the cluster', (asked) => outside.nodes.failed(asked))
  // Consul itself forgets a server that failed, once others can do without it.
  const known = new Following('who is in the cluster', (asked) => outside.nodes.known(asked))
  const told = new Told(log)
  let first: OverlayConfig | undefined
  let held: Held | undefined
  let facts: Facts | undefined
  let last: Desired | undefined
  let remarks: readonly string[] = []
  let isGuardDue = false
  let isByProcess: boolean | undefined
  let publicKey: string | undefined
  let isKeyRead = false

  const hold = async (wanted: Claim): Promise<Held> => {
    try {
      held = await leases.hold(wanted)
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

  const read = async () => {
    const [addresses, bridge] = await Promise.all([ip.addresses(), networks.find(networkOf(place.bridge))])
    return { addresses, bridge }
  }
  const surroundings = new Remembered(read, clock, () => here.isTold)
  const here = new Hereabouts(outside, () => {
    surroundings.forget()
    kernel.forget()
  })

  const claim = async (): Promise<Claim> => {
    const { addresses, bridge } = await surroundings.get()
    // Said from the start: without it the others would take this host for one that is not ready.
    if (!isKeyRead) publicKey = (await kernel.links()).wireguard?.publicKey
    isKeyRead = true
    first ??= firstConfig(place, place.driver === 'auto' && (await ip.makes('gre')))
    return claimOf(place, first, addresses, bridge, publicKey)
  }

  const steps = (links: Links, firewall: Firewall, actual: Actual) => {
    const change = plan(links, actual.links)
    const rules = planFirewall(firewall, actual.firewall)
    return {
      before: rules.before,
      steps: [...rules.before, ...change.steps, ...rules.after] as readonly Step[],
      remarks: [...change.conflicts, ...rules.remarks],
    }
  }

  return {
    name: 'tunnel',
    together: 8_192,
    sources: [leased.source, failed.source, known.source, ...here.sources],
    read: async () => {
      const [{ addresses, bridge }, mustTrust] = await Promise.all([surroundings.get(), outside.mustTrust()])
      const now = await hold(await claim())
      const config = linkConfig(now.config)
      const [failures, members] = [new Set(failed.value), known.value && new Set(known.value)]
      const lost = await lostOf(now.peers, {
        doubt: (peer) => doubtOf(peer, failures, members),
        isGone: (peer) => isGone(peer, date(), place.leaseTtlMs),
        answers: (peers) => roundTrips(peers, outside.roundTripMs, place.port, answerMs),
      })
      const peers = now.peers.filter((peer) => !lost.has(peer))
      const way = await ways.underlay(
        place.address,
        addresses,
        peers.map(({ address }) => address),
      )
      if (config.driver === 'wireguard') isByProcess ??= !(await ip.makes('wireguard'))
      const underlay = { ...way, source: ownSource(now.lease.subnet, addresses), isByProcess }
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
      const actual = await kernel.actual()
      const now = actual.links.wireguard?.publicKey
      if (now !== undefined && now !== publicKey) {
        publicKey = now
        here.trigger('this host has another key')
      }
      return actual
    },
    plan: (wanted, actual) => {
      const found = steps(wanted.links, wanted.firewall, actual)
      const bridge = facts && planBridge(bridgeWish(place, facts, wanted.mtuBytes), facts.bridge)
      remarks = found.remarks
      told.tell('here', [
        ...remarks,
        ...(bridge?.fault === undefined ? [] : [`bridge ${place.bridge}: ${bridge.fault}`]),
      ])
      isGuardDue = !isGuarded(wanted.firewall, actual.firewall.table)
      return [...(bridge?.steps ?? []), ...(isGuardDue ? found.before : found.steps)]
    },
    apply: async (step) => {
      try {
        await hands.take(step)
      } finally {
        kernel.forget()
        if (step.program === 'docker') surroundings.forget()
      }
      // What comes by the device is guarded now, and the device may be made.
      if (isGuardDue) here.trigger('a rule is there')
    },
    view: async () => {
      if (facts === undefined || last === undefined) return undefined
      const answers = await roundTrips(facts.peers, outside.roundTripMs, place.port, 1_000)
      const { fault } = planBridge(bridgeWish(place, facts, last.mtuBytes), facts.bridge)
      return networkView(place, facts, last, { answers, bridgeFault: fault, remarks })
    },
    check: async () => {
      const driver = (await checkLease(leases, await claim())) ?? place.driver
      if (driver !== 'auto') await checkDriver(driver, ip, outside.processes, outside.ovs)
    },
    takeDown: async () => {
      try {
        // First, so that the others send nothing any more.
        await leases.release(await claim())
      } catch (error) {
        if (!(error instanceof ArpanetError)) throw error
        log.warn(`keeps its lease: ${error.message}`)
      }
      const nothing: Links = { addresses: [], neighbours: [], forwarding: [], routes: [] }
      kernel.forget()
      for (const step of steps(nothing, noFirewall, await kernel.actual()).steps) await hands.take(step)
      await outside.processes.end()
    },
  }
}

/** The driver of the overlay, where there is one. Who cannot ask finds out later. */
async function checkLease(leases: Leases, claim: Claim): Promise<OverlayConfig['driver'] | undefined> {
  try {
    return (await leases.check(claim))?.driver
  } catch (error) {
    if (error instanceof ArpanetError && error.kind === 'unavailable') return undefined
    throw error
  }
}

const bridgeWish = (place: Place, { held, config, underlay, mustTrust }: Facts, mtuBytes: number) => ({
  name: place.bridge,
  subnet: held.lease.subnet,
  mtuBytes,
  from: config.driver === 'host-gw' ? underlay.device : deviceName,
  mustTrust,
})
