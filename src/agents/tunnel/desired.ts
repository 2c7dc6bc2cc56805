import type { Links } from './desired/links.ts'
import { choosePeers } from './desired/peers.ts'
import type { LinkConfig, Peer, Underlay } from './desired/peer.ts'
import { shapes } from './desired/shapes.ts'

/** What this host should have to reach the others. */
export interface Desired {
  readonly links: Links
  /** The longest packet of the overlay that needs no fragments; for bridges, too. */
  readonly mtuBytes: number
  /** The hosts that can be reached. */
  readonly peers: readonly Peer[]
  /** A sentence for each host that cannot be reached for what it says of itself. */
  readonly left: readonly string[]
}

/** The links from the host `own` to `peers`, of which it may be one. */
export function desired(own: Peer, peers: readonly Peer[], config: LinkConfig, underlay: Underlay): Desired {
  const chosen = choosePeers(own, peers, config, underlay)
  const shape = shapes[config.driver]
  const mtuBytes = underlay.mtuBytes - shape.overheadBytes
  const links = {
    ...shape.links(own, chosen.peers, config, underlay, mtuBytes),
    unreachable: config.overlay,
  }
  return { links, mtuBytes, ...chosen }
}
