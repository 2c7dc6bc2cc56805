import { columns } from './columns.ts'

/**
 * How a tunnel does. `up`: the peer answers over the overlay; `silent`: the links are there and it does not answer;
 * `lost`: Consul says that it failed, and the links are gone; `left out`: its lease makes no sense, or its links cannot
 * be made.
 */
export type PeerState = 'up' | 'silent' | 'lost' | 'left out'

/** Another host of the overlay, as this one sees it. */
export interface PeerView {
  readonly host: string
  /** On the underlay. */
  readonly address: string
  readonly subnet: string
  readonly state: PeerState
  /** Why it is not up. */
  readonly reason?: string | undefined
  /** Over the overlay; absent where it did not answer. */
  readonly roundTripMs?: number | undefined
  /** When its holder last said that it is there, in ISO 8601. */
  readonly seenAt: string
}

/** What the tunnel agent of a host tells of the overlay. */
export interface NetworkView {
  readonly cidr: string
  readonly driver: string
  readonly key: number
  readonly mtuBytes: number
  /** Absent with a driver that has none, as host-gw. */
  readonly device?: string | undefined
  readonly bridge: {
    readonly name: string
    readonly subnet?: string | undefined
    readonly fault?: string | undefined
  }
  /** This host; without a subnet it has no lease yet. */
  readonly host: { readonly name: string; readonly address: string; readonly subnet?: string | undefined }
  readonly peers: readonly PeerView[]
  readonly faults: readonly string[]
}

/** The overlay in one line, as `10.210.0.0/16, gre, MTU 1472, bridge docker0, device arpanet1, 3 of 4 peers up`. */
export function networkSummary(view: NetworkView): string {
  const { cidr, driver, mtuBytes, bridge, device, peers } = view
  const up = peers.filter(({ state }) => state === 'up').length
  const faults = faultsOf(view).length
  const parts = [
    cidr,
    driver,
    `MTU ${mtuBytes}`,
    `bridge ${bridge.name}`,
    ...(device === undefined ? [] : [`device ${device}`]),
    peers.length === 0
      ? 'no peers yet'
      : `${up} of ${peers.length} ${peers.length === 1 ? 'peer' : 'peers'} up`,
    ...(faults === 0 ? [] : [`${faults} ${faults === 1 ? 'fault' : 'faults'}`]),
  ]
  return columns([[parts.join(', ')]]).join('')
}

/** All that is wrong on this host, a sentence for each. */
export function faultsOf({ bridge, faults }: NetworkView): string[] {
  const { name, fault } = bridge
  return fault === undefined || faults.some((each) => each.includes(fault))
    ? [...faults]
    : [`bridge ${name}: ${fault}`, ...faults]
}

/** In the order of their names, node2 before node10. */
export const peersByName = ({ peers }: NetworkView): PeerView[] =>
  peers.toSorted((a, b) => collator.compare(a.host, b.host) || collator.compare(a.subnet, b.subnet))

const collator = new Intl.Collator('en', { numeric: true })

/** Three figures where there are so many: `0.42 ms`, `12.4 ms`, `1234 ms`. */
export function formatRoundTrip(ms: number): string {
  return `${ms.toFixed(ms < 9.995 ? 2 : ms < 99.95 ? 1 : 0)} ms`
}
