import type { NetworkView, PeerView } from '../../../src/model/network-view.ts'

/** The host node1, alone. */
export const aNetwork = (changes: Partial<NetworkView> = {}): NetworkView => ({
  cidr: '10.210.0.0/16',
  driver: 'gre',
  key: 210,
  mtuBytes: 1472,
  device: 'arpanet1',
  bridge: { name: 'docker0', subnet: '10.210.1.0/24' },
  host: { name: 'node1', address: '192.0.2.1', subnet: '10.210.1.0/24' },
  peers: [],
  faults: [],
  ...changes,
})

/** The host of this number, which answers. */
export const aPeer = (number: number, changes: Partial<PeerView> = {}): PeerView => ({
  host: `node${number}`,
  address: `192.0.2.${number}`,
  subnet: `10.210.${number}.0/24`,
  state: 'up',
  ...(changes.state === undefined || changes.state === 'up' ? { roundTripMs: 0.42 } : {}),
  seenAt: '2026-11-21T20:00:00.000Z',
  ...changes,
})

/** Names, addresses and reasons that nobody should have, but whoever writes to Consul may. */
export const hostile = [
  '\u001b[2J',
  'a\nb',
  '\u009b31m',
  '\u202eevil',
  '"',
  '\\',
  '\\"',
  'a\\',
  '"];x [label="',
  '<b>',
  '&amp;',
  '-- b',
  '}',
  '',
  '…',
  '節点',
  'x'.repeat(300),
]
