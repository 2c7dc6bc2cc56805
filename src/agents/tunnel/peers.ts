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
  readonly answers: (peers: readonly Lease[]) => Promise<ReadonlyMap<string, number | undefined>>
}

/**
 * Those that are gone. Who failed in Consul's eyes, as `failures` names hosts, is not gone while it answers: a Consul can
 * be down on a host whose containers are well.
 */
export async function lostOf(
  peers: readonly Lease[],
  failures: ReadonlySet<string>,
  { isGone, answers }: Signs,
): Promise<ReadonlyMap<Lease, string>> {
  const found = await answers(peers.filter((peer) => failures.has(peer.host) && !isGone(peer)))
  return new Map(
    peers.flatMap((peer): [Lease, string][] => {
      if (isGone(peer)) return [[peer, `was last seen at ${peer.seenAt}`]]
      const isLost = failures.has(peer.host) && found.get(peer.subnet) === undefined
      return isLost ? [[peer, 'Consul says that it failed, and it does not answer']] : []
    }),
  )
}
