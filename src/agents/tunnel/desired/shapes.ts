import { firstAddress } from '../../../model/address.ts'
import { deviceName, type Links, type WireguardPeer } from './links.ts'
import { macOf } from './mac.ts'
import { insideMac, switchOf } from './ovs/switch.ts'
import { macOfPeer } from './peers.ts'
import type { LinkConfig, LinkDriver, Peer, Underlay } from './peer.ts'

/** What a driver makes of hosts. */
interface Shape {
  /** What it puts around a packet of the overlay, in bytes. */
  readonly overheadBytes: number
  links(own: Peer, peers: readonly Peer[], config: LinkConfig, underlay: Underlay, mtuBytes: number): Links
}

const header = { ipv4: 20, gre: 4, greKey: 4, udp: 8, vxlan: 8, ethernet: 14, wireguard: 32 } as const

/** The port that IANA gave to vxlan (RFC 7348). */
const vxlanPort = 4789

/** The next to the one that WireGuard's own documents have, which somebody may use on the same host. */
const wireguardPort = 51_821

const ownAddresses = ({ subnet }: Peer): string[] => [`${firstAddress(subnet)}/32`]

const routesByDevice = (peers: readonly Peer[]): Links['routes'] =>
  peers.map(({ subnet }) => ({ subnet, via: firstAddress(subnet), device: deviceName, isOnlink: true }))

export const shapes: Readonly<Record<LinkDriver, Shape>> = {
  gre: {
    overheadBytes: header.ipv4 + header.gre + header.greKey,
    links: (own, peers, { key }, _underlay, mtuBytes) => ({
      device: { kind: 'gre', key, local: own.address, mtuBytes },
      addresses: ownAddresses(own),
      neighbours: peers.map(({ subnet, address }) => ({ address: firstAddress(subnet), lladdr: address })),
      forwarding: [],
      routes: routesByDevice(peers),
    }),
  },
  vxlan: {
    overheadBytes: header.ipv4 + header.udp + header.vxlan + header.ethernet,
    links: (own, peers, { key }, _underlay, mtuBytes) => ({
      device: { kind: 'vxlan', key, local: own.address, mtuBytes, mac: macOfPeer(own), port: vxlanPort },
      addresses: ownAddresses(own),
      neighbours: peers.map((peer) => ({ address: firstAddress(peer.subnet), lladdr: macOfPeer(peer) })),
      // A host with two subnets has one MAC.
      forwarding: [...new Map(peers.map((peer) => [macOfPeer(peer), peer.address]))].map(
        ([mac, address]) => ({ mac, address }),
      ),
      routes: routesByDevice(peers),
    }),
  },
  ovs: {
    overheadBytes: header.ipv4 + header.gre + header.greKey + header.ethernet,
    links: (own, peers, { key }, underlay, mtuBytes) => ({
      device: { kind: 'tap', mtuBytes, mac: insideMac },
      addresses: ownAddresses(own),
      neighbours: peers.map(({ subnet, address }) => ({
        address: firstAddress(subnet),
        lladdr: macOf(address),
      })),
      forwarding: [],
      ovs: switchOf(own, peers, key, underlay),
      routes: routesByDevice(peers),
    }),
  },
  wireguard: {
    overheadBytes: header.ipv4 + header.udp + header.wireguard,
    links: (own, peers, _config, { isByProcess = false }, mtuBytes) => ({
      device: { kind: isByProcess ? 'tun' : 'wireguard', mtuBytes },
      addresses: ownAddresses(own),
      neighbours: [],
      forwarding: [],
      wireguard: { port: wireguardPort, peers: wireguardPeers(peers) },
      // The next hop says nothing: it is by the subnet that WireGuard knows who is sent to.
      routes: routesByDevice(peers),
    }),
  },
  'host-gw': {
    overheadBytes: 0,
    links: (_own, peers, _config, { device, source }) => ({
      addresses: [],
      neighbours: [],
      forwarding: [],
      routes: peers.map(({ subnet, address }) => ({
        ...{ subnet, via: address, device, isOnlink: false },
        ...(source === undefined ? {} : { source }),
      })),
    }),
  },
}

/** A host with two subnets is one. */
function wireguardPeers(peers: readonly Peer[]): readonly WireguardPeer[] {
  const byKey = new Map<string, WireguardPeer>()
  for (const { subnet, address, attributes } of peers) {
    const publicKey = attributes.publicKey ?? ''
    const subnets = [...(byKey.get(publicKey)?.subnets ?? []), subnet].sort()
    byKey.set(publicKey, { publicKey, endpoint: `${address}:${wireguardPort}`, subnets })
  }
  return [...byKey.values()]
}
