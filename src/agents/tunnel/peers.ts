import type { RoundTripMs } from '../../drivers/round-trip.ts'
import { firstAddress } from '../../model/address.ts'
import type { Lease } from '../../model/lease.ts'

/** At a time, so that a thousand peers neither take long nor are more sockets than a process may have. */
const asksAtOnce = 64

/** How long each peer takes to answer over the overlay; undefined where it does not. */
export async function roundTrips(
  peers: readonly Pick<Lease, 'subnet'>[],
  ask: RoundTripMs,
  port: number,
  timeoutMs: number,
): Promise<ReadonlyMap<string, number | undefined>> {
  const found = new Map<string, number | undefined>()
  const rest = [...peers]
  const worker = async () => {
    for (let peer = rest.pop(); peer !== undefined; peer = rest.pop()) {
      found.set(peer.subnet, await ask(firstAddress(peer.subnet), port, timeoutMs))
    }
  }
  await Promise.all(Array.from({ length: asksAtOnce }, worker))
  return found
}

/** Which peers there is no use in sending anything to, and why. */
export interface Signs {
  /** By its lease. */
  readonly isGone: (peer: Lease) => boolean
  /** What Consul has against it; undefined where nothing. */
  readonly doubt: (peer: Lease) => string | undefined
  readonly answers: (peers: readonly Lease[]) => Promise<ReadonlyMap<string, number | undefined>>
}

/** What Consul has against a host: that it failed, or, some time later, that there is none. `known` is undefined before Consul was asked. */
export function doubtOf(
  { host }: Pick<Lease, 'host'>,
  failed: ReadonlySet<string>,
  known: ReadonlySet<string> | undefined,
): string | undefined {
  if (failed.has(host)) return 'Consul says that it failed'
  return known === undefined || known.has(host) ? undefined : 'Consul does not know it any more'
}

/**
 * Those that are gone. Who is in doubt is not gone while it answers: a Consul can be down on a host whose containers are
 * well.
 */
export async function lostOf(
  peers: readonly Lease[],
  { isGone, doubt, answers }: Signs,
): Promise<ReadonlyMap<Lease, string>> {
  const doubts = new Map(peers.map((peer) => [peer, isGone(peer) ? undefined : doubt(peer)]))
  const found = await answers(peers.filter((peer) => doubts.get(peer) !== undefined))
  return new Map(
    peers.flatMap((peer): [Lease, string][] => {
      if (isGone(peer)) return [[peer, `was last seen at ${peer.seenAt}`]]
      const why = doubts.get(peer)
      if (why === undefined || found.get(peer.subnet) !== undefined) return []
      return [[peer, `${why}, and it does not answer`]]
    }),
  )
}
