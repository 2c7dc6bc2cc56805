/** What arpanet must know of the host it runs for. */
export interface Host {
  readonly name: string
  /** IPv4 addresses of the host, loopback left out; undefined where they cannot be seen from here. */
  readonly addresses: readonly string[] | undefined
  /** The address of Docker's default bridge on the host: 172.17.0.1 unless somebody changed it. */
  readonly bridgeAddress: string
  /** The servers that the host itself asks for names, none of them a loopback stub. */
  readonly resolvers: readonly string[]
  /** Whether its kernel speaks IPv6. */
  readonly hasIpv6: boolean
}
