import { firstAddress } from '../../../../model/address.ts'
import { macOf } from '../mac.ts'
import type { Peer, Underlay } from '../peer.ts'

/** A host that packets are sent to, and come from. */
export interface SwitchPeer {
  /** In the underlay. */
  readonly address: string
  /** Who is next on the way there: itself, or a router. */
  readonly via: string
  /** By which it is known on this host. */
  readonly mac: string
  /** The only addresses that it may send from; sorted, at least one. */
  readonly subnets: readonly string[]
}

/** What Open vSwitch and the kernel around it need to carry packets of the overlay in GRE. */
export interface Switch {
  /** Of GRE (RFC 2890). */
  readonly key: number
  /** Of this host in the underlay. */
  readonly local: string
  /** Of this host in the overlay, where GRE ends for Open vSwitch. */
  readonly own: string
  /** By which packets leave this host. */
  readonly device: string
  /** Of the underlay. */
  readonly mtuBytes: number
  /** One for each address. */
  readonly peers: readonly SwitchPeer[]
}

/** The device by which Open vSwitch and the kernel hand each other packets of the underlay. */
export const wireName = 'arpanet2'
/** The end of GRE, which is no device. */
export const greName = 'arpanetgre'
/** By which flows know the two. */
export const ports = { wire: 2, gre: 3 } as const

/** The table of nftables that carries GRE between the underlay and the switch. */
export const wireTable = 'arpanet_tunnel'

/** Of the device, on every host: who changes it has a device taken down by Open vSwitch, and loses its routes. */
export const insideMac = '02:d2:00:00:00:01'
/** Where GRE goes for Open vSwitch, whoever it is for: nobody's, and so only what is about to leave goes there. */
export const outsideMac = '02:d2:00:00:00:00'

export function switchOf(own: Peer, peers: readonly Peer[], key: number, underlay: Underlay): Switch {
  const { device, mtuBytes, routers = {} } = underlay
  const subnets = Map.groupBy(peers, ({ address }) => address)
  return {
    key,
    local: own.address,
    own: firstAddress(own.subnet),
    device,
    mtuBytes,
    peers: [...subnets].map(([address, all]) => ({
      address,
      via: routers[address] ?? address,
      mac: macOf(address),
      subnets: all.map(({ subnet }) => subnet).sort(),
    })),
  }
}
