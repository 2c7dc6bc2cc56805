import type { LinkConfig, LinkDriver, Peer, Underlay } from '../../../../src/agents/tunnel/desired/peer.ts'
import { desired } from '../../../../src/agents/tunnel/desired.ts'
import type { Links } from '../../../../src/agents/tunnel/desired/links.ts'

/** Of the form of a public key, and different for each number. */
export const aKey = (n: number): string => Buffer.alloc(32, n).toString('base64')

/** Host N: 10.78.0.N with 10.210.N.0/24. */
export const aPeer = (n: number, changes: Partial<Peer> = {}): Peer => ({
  subnet: `10.210.${n}.0/24`,
  address: `10.78.0.${n}`,
  attributes: { publicKey: aKey(n) },
  ...changes,
})

export const aConfig = (driver: LinkDriver, changes: Partial<LinkConfig> = {}): LinkConfig => ({
  driver,
  overlay: '10.210.0.0/16',
  key: 7,
  ...changes,
})

export const underlay: Underlay = { device: 'under', mtuBytes: 1500, segment: '10.78.0.0/24' }

const many = Array.from({ length: 100 }, (_, index) => aPeer(index + 10))

/** Of a host, what each may differ in from one moment to the next. */
const situations: Readonly<
  Record<string, { own?: Peer; peers: readonly Peer[]; config?: Partial<LinkConfig>; mtuBytes?: number }>
> = {
  'no other host': { peers: [] },
  'one other host': { peers: [aPeer(2)] },
  'another other host': { peers: [aPeer(3)] },
  'two other hosts': { peers: [aPeer(2), aPeer(3)] },
  'a host with another address': { peers: [aPeer(2, { address: '10.78.0.22' }), aPeer(3)] },
  'a host with another subnet': { peers: [aPeer(2, { subnet: '10.210.22.0/24' }), aPeer(3)] },
  'a host with half a subnet': { peers: [aPeer(2, { subnet: '10.210.2.0/25' }), aPeer(3)] },
  'hosts that have swapped their subnets': {
    peers: [aPeer(2, { subnet: '10.210.3.0/24' }), aPeer(3, { subnet: '10.210.2.0/24' })],
  },
  'a host with two subnets': { peers: [aPeer(2), aPeer(2, { subnet: '10.210.4.0/24' })] },
  'another key': { peers: [aPeer(2), aPeer(3)], config: { key: 8 } },
  'a smaller underlay': { peers: [aPeer(2), aPeer(3)], mtuBytes: 1400 },
  'another address of this host': { own: aPeer(1, { address: '10.78.0.11' }), peers: [aPeer(2), aPeer(3)] },
  'another subnet of this host': { own: aPeer(1, { subnet: '10.210.5.0/24' }), peers: [aPeer(2)] },
  'a hundred other hosts': { peers: many },
}

/** What a driver can be asked for; a kernel may have it, or a process. */
export function statesOf(driver: LinkDriver, isByProcess = true): Readonly<Record<string, Links>> {
  return Object.fromEntries(
    Object.entries(situations).map(([name, { own = aPeer(1), peers, config = {}, mtuBytes = 1500 }]) => [
      `${driver}: ${name}`,
      desired(own, peers, aConfig(driver, config), { ...underlay, mtuBytes, isByProcess }).links,
    ]),
  )
}

const telling = [
  'two other hosts',
  'a host with another address',
  'another key',
  'a smaller underlay',
  'another address of this host',
  'another subnet of this host',
]

/** For a real kernel where a device is a process to start: the plan's own test has all states, and all their pairs. */
export const fewStatesOf = (driver: LinkDriver, isByProcess = true): Readonly<Record<string, Links>> =>
  Object.fromEntries(
    Object.entries(statesOf(driver, isByProcess)).filter(([name]) =>
      telling.includes(name.slice(driver.length + 2)),
    ),
  )

/** Of a host that has left. */
export const nothing: Links = { addresses: [], neighbours: [], forwarding: [], routes: [] }
