import type { Lease } from '../../model/lease.ts'
import type { Desired as DesiredLinks } from './desired.ts'
import type { ActualBridge } from './desired/bridge.ts'
import type { Firewall } from './desired/firewall/firewall.ts'
import type { LinkConfig, Underlay } from './desired/peer.ts'
import type { Held } from './leases/leases.ts'

/** What the tunnel knows of the cluster and of this host. */
export interface Facts {
  readonly held: Held
  readonly config: LinkConfig
  /** Those whose holder is there. */
  readonly peers: readonly Lease[]
  /** Those whose holder is not, and why. */
  readonly lost: ReadonlyMap<Lease, string>
  readonly underlay: Underlay
  readonly bridge: ActualBridge | undefined
  readonly mustTrust: boolean
}

/** What this host's kernel should have. */
export interface Desired extends Pick<DesiredLinks, 'links' | 'left'> {
  readonly firewall: Firewall
  readonly mtuBytes: number
}
