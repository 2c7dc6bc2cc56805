import assert from 'node:assert/strict'
import {
  faultsOf,
  formatRoundTrip,
  networkSummary,
  peersByName,
  type NetworkView,
} from '../../../src/model/network-view.ts'
import { aNetwork, aPeer } from './network-states.ts'

const summary = (changes: Partial<NetworkView>) => networkSummary(aNetwork(changes))

describe('the summary of the overlay', () => {
  it('says in one line what it is and how many peers answer', () => {
    const peers = [aPeer(2), aPeer(3, { state: 'silent' }), aPeer(4)]
    assert.equal(
      summary({ peers }),
      '10.210.0.0/16, gre, MTU 1472, bridge docker0, device arpanet1, 2 of 3 peers up',
    )
    assert.match(summary({ peers: [aPeer(2)] }), /, 1 of 1 peer up$/)
    assert.match(summary({ peers: [] }), /, no peers yet$/)
  })

  it('names no device where the driver has none', () => {
    assert.equal(
      summary({ driver: 'host-gw', mtuBytes: 1500, device: undefined, peers: [aPeer(2)] }),
      '10.210.0.0/16, host-gw, MTU 1500, bridge docker0, 1 of 1 peer up',
    )
  })

  it('says how much is wrong on this host', () => {
    assert.match(summary({ faults: ['a: is wrong'] }), /, 1 fault$/)
    assert.match(
      summary({ faults: ['a: is wrong'], bridge: { name: 'br0', fault: 'there is none' } }),
      /, 2 faults$/,
    )
  })

  it('is one line whatever is in it, and none that speaks to the terminal', () => {
    assert.match(summary({ driver: 'gre\n\u001b[31m' }), /^10\.210\.0\.0\/16, gre\?\?\[31m, .* yet$/)
  })
})

describe("a host's faults", () => {
  it('begin with that of its bridge, which is named once', () => {
    const bridge = { name: 'docker0', fault: 'there is none' }
    assert.deepEqual(faultsOf(aNetwork({ bridge, faults: ['other'] })), [
      'bridge docker0: there is none',
      'other',
    ])
    assert.deepEqual(faultsOf(aNetwork({ bridge, faults: ['docker0: there is none'] })), [
      'docker0: there is none',
    ])
    assert.deepEqual(faultsOf(aNetwork()), [])
  })
})

describe('peers', () => {
  it('stand in the order of their numbers, and those of one name in that of their subnets', () => {
    const twice = aPeer(9, { host: 'node2', subnet: '10.210.200.0/24' })
    const peers = [aPeer(10), twice, aPeer(3), aPeer(2)]
    assert.deepEqual(peersByName(aNetwork({ peers })), [aPeer(2), twice, aPeer(3), aPeer(10)])
  })
})

describe('a round trip', () => {
  const cases: [number, string][] = [
    [0, '0.00 ms'],
    [0.4237, '0.42 ms'],
    [9.994, '9.99 ms'],
    [9.996, '10.0 ms'],
    [12.36, '12.4 ms'],
    [99.96, '100 ms'],
    [1234.4, '1234 ms'],
  ]
  for (const [ms, text] of cases) it(`of ${ms} ms is ${text}`, () => assert.equal(formatRoundTrip(ms), text))
})
