import { firstAddress } from '../../model/address.ts'
import type { Lease } from '../../model/lease.ts'
import type { NetworkView, PeerView } from '../../model/network-view.ts'
import type { Desired, Facts } from './facts.ts'
import type { Place } from './place.ts'

/** What is known beside what is read and wanted. */
export interface Beside {
  /** How long each peer took to answer over the overlay, by its subnet. */
  readonly answers: ReadonlyMap<string, number | undefined>
  readonly bridgeFault: string | undefined
  readonly remarks: readonly string[]
}

/** What people see of the overlay. */
export function networkView(
  place: Place,
  facts: Facts,
  { links, mtuBytes, left }: Desired,
  beside: Beside,
): NetworkView {
  const { held, config, peers, lost, bridge } = facts
  const linked = new Set(links.routes.map(({ subnet }) => subnet))
  const view = (
    { host, address, subnet, seenAt }: Lease,
    rest: Pick<PeerView, 'state' | 'reason' | 'roundTripMs'>,
  ) => ({
    ...{ host, address, subnet, seenAt },
    ...rest,
  })
  const stateOf = (peer: Lease): PeerView => {
    if (!linked.has(peer.subnet)) {
      const reason = left.find((line) => line.includes(peer.subnet) && line.includes(peer.address))
      return view(peer, { state: 'left out', reason })
    }
    const roundTripMs = beside.answers.get(peer.subnet)
    if (roundTripMs !== undefined) return view(peer, { state: 'up', roundTripMs })
    return view(peer, { state: 'silent', reason: `${firstAddress(peer.subnet)} does not answer` })
  }
  return {
    cidr: config.overlay,
    driver: config.driver,
    key: config.key,
    mtuBytes,
    device: links.device === undefined ? undefined : 'arpanet1',
    bridge: { name: place.bridge, subnet: bridge?.subnet, fault: beside.bridgeFault },
    host: { name: place.host, address: place.address, subnet: held.lease.subnet },
    peers: [
      ...peers.map(stateOf),
      ...[...lost].map(([peer, reason]) => view(peer, { state: 'lost', reason })),
    ],
    faults: [...left, ...beside.remarks],
  }
}
