/** A host and the part of the overlay that it has. */
export interface Peer {
  /** As 10.210.8.0/24; its first address is the host's own. */
  readonly subnet: string
  /** Of the host in the underlay. */
  readonly address: string
  /** What else it says of itself: `driver`, of vxlan `mac`, of wireguard `publicKey`. */
  readonly attributes: Readonly<Record<string, string>>
}

/** How packets get from host to host. */
export type LinkDriver = 'gre' | 'vxlan' | 'ovs' | 'wireguard' | 'host-gw'

/** What all hosts of a cluster have in common. */
export interface LinkConfig {
  readonly driver: LinkDriver
  /** The network that all subnets are of. */
  readonly overlay: string
  /** Of gre and ovs 0 to 4294967295, of vxlan 0 to 16777215; the others have none. */
  readonly key: number
}

/** The way from this host to the others. */
export interface Underlay {
  readonly device: string
  /** Of the route to the others. */
  readonly mtuBytes: number
  /** The network of the device, whose hosts are reached without a router, as 192.0.2.8/24. */
  readonly segment: string
  /**
   * This host's address of the overlay, where another device than the tunnel's has it, as its bridge. Without a device of
   * the tunnel the host would else speak to containers with its address of the underlay, which nobody expects there.
   */
  readonly source?: string | undefined
  /** Of addresses behind a router, which that is. */
  readonly routers?: Readonly<Record<string, string>> | undefined
  /** Whether a process carries the packets, since this kernel does not have the driver. */
  readonly isByProcess?: boolean | undefined
}
