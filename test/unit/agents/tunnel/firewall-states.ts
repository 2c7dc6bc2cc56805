import {
  firewallOf,
  noFirewall,
  type Firewall,
} from '../../../../src/agents/tunnel/desired/firewall/firewall.ts'
import type { LinkDriver, Peer } from '../../../../src/agents/tunnel/desired/peer.ts'
import { aConfig, aPeer, underlay } from './states.ts'

interface Situation {
  readonly driver?: LinkDriver
  readonly own?: Peer
  readonly peers?: readonly Peer[]
  readonly key?: number
  readonly bridge?: string
  readonly device?: string
}

export function aFirewall({
  driver = 'vxlan',
  own = aPeer(1),
  peers = [aPeer(2), aPeer(3)],
  ...rest
}: Situation) {
  const { key = 7, bridge = 'bridge0', device = 'under' } = rest
  return firewallOf(own, peers, aConfig(driver, { key }), { ...underlay, device }, bridge)
}

/** Of a host, what its firewall may be from one moment to the next. */
export const firewalls: Readonly<Record<string, Firewall>> = {
  'nothing at all': noFirewall,
  'two other hosts': aFirewall({}),
  'no other host': aFirewall({ peers: [] }),
  'one other host': aFirewall({ peers: [aPeer(3)] }),
  'a host with another address': aFirewall({ peers: [aPeer(2, { address: '10.78.0.22' }), aPeer(3)] }),
  'a host with half a subnet': aFirewall({ peers: [aPeer(2, { subnet: '10.210.2.0/25' }), aPeer(3)] }),
  'hosts that have swapped their subnets': aFirewall({
    peers: [aPeer(2, { subnet: '10.210.3.0/24' }), aPeer(3, { subnet: '10.210.2.0/24' })],
  }),
  'a host with two subnets': aFirewall({ peers: [aPeer(2), aPeer(2, { subnet: '10.210.4.0/24' })] }),
  'another key': aFirewall({ key: 8 }),
  'another address of this host': aFirewall({ own: aPeer(1, { address: '10.78.0.11' }) }),
  'another subnet of this host': aFirewall({ own: aPeer(1, { subnet: '10.210.5.0/24' }) }),
  'another bridge': aFirewall({ bridge: 'bridge1' }),
  gre: aFirewall({ driver: 'gre' }),
  'gre with another key': aFirewall({ driver: 'gre', key: 4294967295 }),
  ovs: aFirewall({ driver: 'ovs' }),
  'host-gw': aFirewall({ driver: 'host-gw' }),
  'host-gw by another device': aFirewall({ driver: 'host-gw', device: 'under1' }),
  'a hundred other hosts': aFirewall({ peers: Array.from({ length: 100 }, (_, n) => aPeer(n + 10)) }),
}
