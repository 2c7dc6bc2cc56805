import { isGone, type Lease } from '../../../model/lease.ts'
import type { OverlayConfig } from '../../../model/overlay-config.ts'
import { holds, isSubnet, overlap, prefixOf } from '../../../model/subnet.ts'
import { numbering } from './numbering.ts'

/** An address of this host with the length of its network's prefix, as 192.0.2.8/24. */
export interface LocalAddress {
  readonly device: string
  readonly address: string
}

/** What a host wants of the overlay. */
export interface Claim {
  /** What the overlay is where this host is its first. */
  readonly config: OverlayConfig
  /** What of it somebody has said; the rest this host takes as the overlay has it. */
  readonly insists: readonly (keyof OverlayConfig)[]
  /** The name of this host, different on every host. */
  readonly host: string
  /** This host's address on the underlay. */
  readonly address: string
  readonly attributes: Readonly<Record<string, string>>
  /** The first choice; undefined where the host's address gives none. */
  readonly wished: string | undefined
  /** All addresses of this host but those of its bridge and its tunnel, which follow from the lease. */
  readonly localAddresses: readonly LocalAddress[]
  /** Whose holder was not seen for so long may be taken over. */
  readonly ttlMs: number
}

/** A subnet that somebody has; one that is no part of the overlay keeps nobody from anything. */
export interface Taken {
  readonly subnet: string
  /** Undefined where it makes no sense: it is nobody's, and still not free. */
  readonly lease: Lease | undefined
}

export interface Choice {
  readonly subnet: string
  readonly reason: string
}

/**
 * The subnet for this host, or why there is none. It keeps what it has; else it gets its first choice, the next free one
 * after it, or, where none is free, the next one whose holder is gone.
 */
export function chooseSubnet(claim: Claim, taken: readonly Taken[], now: Date): Choice | string {
  const { config, wished, localAddresses, ttlMs } = claim
  const { count, at, numberOf } = numbering(config)
  const inTheWay = (subnet: string) =>
    localAddresses.find(({ address }) => overlap(withPrefix(address), subnet))
  const unlessInTheWay = (choice: Choice): Choice | string => {
    const local = inTheWay(choice.subnet)
    return local === undefined ? choice : clash(choice.subnet, local)
  }

  const known = taken.filter(({ subnet }) => fits(config, subnet))
  const own = ownSubnet(claim, known)
  if (own !== undefined) return unlessInTheWay({ subnet: own, reason: 'this host has it' })

  const bySubnet = new Map(known.map((each) => [each.subnet, each]))
  const stateOf = (subnet: string): 'free' | 'gone' | 'taken' => {
    const found = bySubnet.get(subnet)
    if (found === undefined) return 'free'
    return found.lease !== undefined && isGone(found.lease, now, ttlMs) ? 'gone' : 'taken'
  }
  const takeOver = (subnet: string): Choice => {
    const lease = bySubnet.get(subnet)?.lease
    return { subnet, reason: `${lease?.host ?? ''} was last seen at ${lease?.seenAt ?? ''}` }
  }

  if (wished !== undefined) {
    if (!isSubnet(wished) || !fits(config, wished)) {
      return `ARPANET_SUBNET: ${wished} is no part of the overlay, a /${config.bits} of ${config.cidr} was expected`
    }
    const state = stateOf(wished)
    if (state === 'free') return unlessInTheWay({ subnet: wished, reason: 'it is the first choice' })
    if (state === 'gone') return unlessInTheWay(takeOver(wished))
  }

  const start = wished === undefined ? 0 : numberOf(wished) + 1
  let gone: string | undefined
  for (let step = 0; step < count; step += 1) {
    const subnet = at((start + step) % count)
    const state = stateOf(subnet)
    if (state === 'taken' || inTheWay(subnet) !== undefined) continue
    if (state === 'free') return { subnet, reason: reasonOfNext(wished, bySubnet) }
    gone ??= subnet
  }
  if (gone !== undefined) return takeOver(gone)
  return `ARPANET_CIDR: ${config.cidr} has no free /${config.bits}, a larger network or fewer hosts was expected`
}

/** The one that a host has. The address is asked first: this host has it, while a name can be given twice. */
export function ownSubnet(
  { config, host, address, wished }: Pick<Claim, 'config' | 'host' | 'address' | 'wished'>,
  taken: readonly Taken[],
): string | undefined {
  const { numberOf } = numbering(config)
  const sound = taken.flatMap(({ lease }) => lease ?? [])
  for (const mine of [
    sound.filter((each) => each.address === address),
    sound.filter((each) => each.host === host),
  ]) {
    const subnets = mine.map(({ subnet }) => subnet).sort((a, b) => numberOf(a) - numberOf(b))
    const own = subnets.find((subnet) => subnet === wished) ?? subnets[0]
    if (own !== undefined) return own
  }
  return undefined
}

/** Whether a subnet is one of the overlay's. */
export const fits = (config: OverlayConfig, subnet: string): boolean =>
  prefixOf(subnet) === config.bits && holds(config.cidr, subnet)

const withPrefix = (address: string): string => (address.includes('/') ? address : `${address}/32`)

const clash = (subnet: string, { device, address }: LocalAddress): string =>
  `${subnet}: ${device} of this host has ${address}, a subnet that nobody uses was expected`

function reasonOfNext(wished: string | undefined, bySubnet: ReadonlyMap<string, Taken>): string {
  if (wished === undefined) return 'it is the first that is free'
  const holder = bySubnet.get(wished)?.lease?.host
  return `it is the next that is free after ${wished}${holder === undefined ? '' : `, which ${holder} has`}`
}
