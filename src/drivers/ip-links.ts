/** A network device, with what of gre and vxlan can be told. */
export interface LinkDevice {
  /** As gre, vxlan, veth, and tap, which to the kernel is a tun; '' of one that has none, as that of a card. */
  readonly kind: string
  readonly alias: string | undefined
  readonly group: number
  readonly isUp: boolean
  readonly mtuBytes: number
  readonly local: string | undefined
  /** Of gre its key, of vxlan its network identifier. */
  readonly key: number | undefined
  readonly mac: string | undefined
  readonly port: number | undefined
  /** Whether it has no other end, does not learn or count packets, and has all it sends told by neighbours. */
  readonly isPlain: boolean
}

/** A device and what belongs to it; of one that is not there nothing. */
export interface DeviceLinks {
  readonly device: LinkDevice | undefined
  /** IPv4, with their prefixes. */
  readonly addresses: readonly string[]
  /** Those that do not end by themselves. */
  readonly neighbours: readonly { readonly address: string; readonly lladdr: string }[]
  readonly forwarding: readonly { readonly mac: string; readonly address: string }[]
}

/** An address of a device. */
export interface DeviceAddress {
  readonly device: string
  /** As 192.0.2.8/24. */
  readonly address: string
  /** Of the device. */
  readonly mtuBytes: number
}

/** A route of the main table. */
export interface MainRoute {
  readonly subnet: string
  /** Undefined where it has none, or several. */
  readonly via: string | undefined
  readonly device: string | undefined
  readonly isOnlink: boolean
  /** What this host says it is there, where the route says so. */
  readonly source: string | undefined
  /** As rtnetlink(7) numbers them. */
  readonly protocol: number
  readonly metric: number
  /** Whether it leads somewhere, or tells senders that it does not. */
  readonly type: 'unicast' | 'unreachable' | 'other'
}

/** How packets to an address leave this host. */
export interface Way {
  readonly device: string
  /** Address that they come from. */
  readonly source: string
  /** Undefined where no router is between. */
  readonly via: string | undefined
  /** Of the route, where it says one, or else of the device. */
  readonly mtuBytes: number
  /** The network that the source is of, as 192.0.2.8/24: its address, and the prefix of the network. */
  readonly segment: string
}
