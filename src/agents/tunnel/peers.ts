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
