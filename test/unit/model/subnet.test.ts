import assert from 'node:assert/strict'
import fc from 'fast-check'
import { holds, isSubnet, overlap, prefixOf, subnetOf } from '../../../src/model/subnet.ts'

describe('subnet', () => {
  const texts: Record<string, boolean> = {
    '10.210.0.0/16': true,
    '10.0.0.0/8': true,
    '192.0.2.128/25': true,
    '192.0.2.7/32': true,
    '0.0.0.0/0': true,
    '255.255.255.0/24': true,
    '10.210.3.1/16': false,
    '10.210.8.1/24': false,
    '10.210.0.0': false,
    '10.210.0.0/': false,
    '10.210.0.0/33': false,
    '10.210.0.0/016': false,
    '10.210.0.0/-1': false,
    '10.210.0.0/1.6': false,
    '10.210.0.0/16/24': false,
    '10.210.0/16': false,
    '10.210.0.256/16': false,
    '010.210.0.0/16': false,
    ' 10.210.0.0/16': false,
    '10.210.0.0/16\n': false,
    '2001:db8::/32': false,
    '/16': false,
    '': false,
  }
  for (const [text, expected] of Object.entries(texts)) {
    it(`${JSON.stringify(text)} is ${expected ? 'a' : 'no'} network`, () => {
      assert.equal(isSubnet(text), expected)
    })
  }

  it('has the prefix that stands behind its slash, or none', () => {
    assert.deepEqual(['10.210.0.0/16', '0.0.0.0/0', 'nope'].map(prefixOf), [16, 0, NaN])
  })

  const pairs: [a: string, b: string, overlaps: boolean, aHoldsB: boolean, bHoldsA: boolean][] = [
    ['10.210.0.0/16', '10.210.0.0/16', true, true, true],
    ['10.210.0.0/16', '10.210.255.0/24', true, true, false],
    ['10.210.0.0/16', '10.210.0.0/24', true, true, false],
    ['10.210.0.0/16', '10.211.0.0/24', false, false, false],
    ['10.210.0.0/16', '10.209.255.0/24', false, false, false],
    ['10.0.0.0/8', '10.210.0.0/16', true, true, false],
    ['0.0.0.0/0', '255.255.255.0/24', true, true, false],
    ['0.0.0.0/1', '128.0.0.0/1', false, false, false],
    ['192.0.2.0/25', '192.0.2.128/25', false, false, false],
    ['10.210.0.0/16', 'nope', false, false, false],
  ]
  for (const [a, b, overlaps, aHoldsB, bHoldsA] of pairs) {
    const held =
      aHoldsB && bHoldsA ? 'both hold each other' : aHoldsB ? 'the first holds it' : 'none holds it'
    it(`${a} and ${b} ${overlaps ? 'overlap' : 'share no address'}: ${held}`, () => {
      assert.deepEqual([overlap(a, b), overlap(b, a)], [overlaps, overlaps])
      assert.deepEqual([holds(a, b), holds(b, a)], [aHoldsB, bHoldsA])
    })
  }

  const parts: [overlay: string, host: string, expected: string | undefined][] = [
    ['10.210.0.0/16', '192.0.2.8', '10.210.8.0/24'],
    ['10.210.0.0/16', '192.0.2.0', '10.210.0.0/24'],
    ['10.210.0.0/16', '192.0.2.255', '10.210.255.0/24'],
    ['10.0.0.0/8', '192.0.2.8', '10.0.8.0/24'],
    ['10.0.0.0/8', '192.0.2.255', '10.0.255.0/24'],
    ['10.210.16.0/20', '192.0.2.15', '10.210.31.0/24'],
    ['10.210.16.0/20', '192.0.2.16', undefined],
    ['10.210.8.0/24', '192.0.2.0', '10.210.8.0/24'],
    ['10.210.8.0/24', '192.0.2.1', undefined],
    ['255.255.0.0/16', '192.0.2.255', '255.255.255.0/24'],
    ['10.210.8.0/25', '192.0.2.0', undefined],
    ['nope', '192.0.2.1', undefined],
  ]
  for (const [overlay, host, expected] of parts) {
    it(`${host} has ${expected ?? 'no part'} of ${overlay}`, () => {
      assert.equal(subnetOf(overlay, host), expected)
    })
  }

  it('of an overlay of at least 256 parts is another one for each last octet, and inside it', () => {
    const octet = fc.nat(255)
    fc.assert(
      fc.property(octet, octet, fc.integer({ min: 8, max: 16 }), (one, other, prefix) => {
        const overlay = `10.0.0.0/${prefix}`
        const [mine = '', theirs = ''] = [one, other].map((last) => subnetOf(overlay, `192.0.2.${last}`))
        assert.equal(isSubnet(mine) && holds(overlay, mine), true)
        assert.equal(overlap(mine, theirs), one === other)
      }),
    )
  })
})
