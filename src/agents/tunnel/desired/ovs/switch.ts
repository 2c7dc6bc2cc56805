/** A host that packets are sent to, and come from. */
export interface SwitchPeer {
  /** In the underlay. */
  readonly address: string
  /** Who is next on the way there: itself, or a router. */
  readonly via: string
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
  readonly mac: string
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

/** Where GRE goes for Open vSwitch, whoever it is for: nobody's, and so only what is about to leave goes there. */
export const outsideMac = '02:d2:00:00:00:00'

/** The table of nftables that carries GRE between the underlay and the switch. */
export const wireTable = 'arpanet_tunnel'
