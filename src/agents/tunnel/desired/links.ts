import type { Switch } from './ovs/switch.ts'

/** The one device that carries packets to all other hosts. */
export const deviceName = 'arpanet1'
/** What a device of ours is called beside its name; one without it is somebody else's. */
export const deviceAlias = 'arpanet'
/** Linux gives a new device a group at once, but an alias only afterwards: a crash between the two is known by this. */
export const deviceGroup = 210

/** A device with one end here and none in particular elsewhere: neighbours say where a packet goes. */
export interface Device {
  /** Of tun a process carries the packets, as one of WireGuard; of tap Open vSwitch. */
  readonly kind: 'gre' | 'vxlan' | 'wireguard' | 'tun' | 'tap'
  readonly mtuBytes: number
  /** Of gre its key (RFC 2890), of vxlan its network identifier, which has 24 bits; others have none. */
  readonly key?: number | undefined
  /** Of gre and vxlan: the address of the underlay that packets come from. */
  readonly local?: string | undefined
  /** Of vxlan and tap only. */
  readonly mac?: string | undefined
  /** Of vxlan only: the port of UDP. */
  readonly port?: number | undefined
}

/** A host as WireGuard knows it. */
export interface WireguardPeer {
  /** Of Curve25519, in base64. */
  readonly publicKey: string
  /** In the underlay, as 192.0.2.8:51821. */
  readonly endpoint: string
  /** The only addresses that it may send from, and that are sent to it; sorted, at least one. */
  readonly subnets: readonly string[]
}

/** What a device of WireGuard needs beside itself: the hosts, and where they reach it. Its key it keeps to itself. */
export interface Wireguard {
  /** Of UDP, on all addresses of this host. */
  readonly port: number
  readonly peers: readonly WireguardPeer[]
}

/** Where the device sends what goes by an address of the overlay. */
export interface Neighbour {
  readonly address: string
  /** Of gre an address of the underlay, of vxlan a MAC. */
  readonly lladdr: string
}

/** Where a vxlan device sends what goes to a MAC. */
export interface Forwarding {
  readonly mac: string
  /** Of the underlay. */
  readonly address: string
}

export interface NetworkRoute {
  readonly subnet: string
  readonly via: string
  readonly device: string
  /** Whether the next hop counts as near, though no network of the device has it. */
  readonly isOnlink: boolean
  /** What this host says it is to whom it speaks that way; undefined where that is the address of the device. */
  readonly source?: string | undefined
}

/** What the kernel should have of us. */
export interface Links {
  /** Undefined where packets go as they are. */
  readonly device?: Device | undefined
  /** Of the device, as 10.210.1.1/32. */
  readonly addresses: readonly string[]
  readonly neighbours: readonly Neighbour[]
  readonly forwarding: readonly Forwarding[]
  /** Of a device of WireGuard only. */
  readonly wireguard?: Wireguard | undefined
  /** Of a device of Open vSwitch only. */
  readonly ovs?: Switch | undefined
  readonly routes: readonly NetworkRoute[]
  /**
   * A network whose packets end here where no route above leads on, and whose senders are told so. Else they would leave
   * by the host's default route, unencrypted whatever the driver is.
   */
  readonly unreachable?: string | undefined
}
