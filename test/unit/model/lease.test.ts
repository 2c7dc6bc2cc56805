import assert from 'node:assert/strict'
import fc from 'fast-check'
import { formatLease, isGone, parseLease, type Lease } from '../../../src/model/lease.ts'

const lease: Lease = {
  subnet: '10.210.8.0/24',
  host: 'node1',
  address: '192.0.2.8',
  attributes: { mac: '02:42:0a:d2:08:01' },
  seenAt: '2026-01-01T00:00:00.000Z',
}
const fields = { ...lease, subnet: undefined }
const refusal = (found: Lease | string) => (typeof found === 'string' ? found : 'none')
const parse = (key: string, value: unknown) => parseLease(key, Buffer.from(JSON.stringify(value)))

describe('a lease', () => {
  it('comes back from Consul as it went', () => {
    const leases = fc.record(
      {
        subnet: fc.constantFrom('10.210.8.0/24', '10.0.0.0/30'),
        host: fc.constantFrom('node1', 'a.example', 'N-2'),
        address: fc.constantFrom('192.0.2.8', '10.255.0.1'),
        attributes: fc.dictionary(
          fc.stringMatching(/^[a-z][A-Za-z0-9]{0,9}$/),
          fc.stringMatching(/^[!-,.-~]{1,44}$/),
          {
            maxKeys: 16,
            noNullPrototype: true,
          },
        ),
        seenAt: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      },
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(leases, (each) => {
        assert.deepEqual(parseLease(each.subnet, formatLease(each)), each)
      }),
    )
  })

  it('is the same bytes in whichever order its attributes are', () => {
    const [a, b] = [
      { mac: 'x', publicKey: 'y' },
      { publicKey: 'y', mac: 'x' },
    ]
    assert.deepEqual(formatLease({ ...lease, attributes: a }), formatLease({ ...lease, attributes: b }))
  })

  it('may have more in it than is known here', () => {
    assert.deepEqual(parse(lease.subnet, { ...fields, more: [1] }), lease)
  })

  const faults: [string, object, RegExp][] = [
    ['no host', { host: '' }, /^its host is no name/],
    ['a host with a line of its own', { host: 'a\nb' }, /^its host is no name/],
    ['an address that is a name', { address: 'node1' }, /^its address is none of a host/],
    ['an address of IPv6', { address: '2001:db8::1' }, /^its address/],
    ['the loopback address', { address: '127.0.0.1' }, /^its address/],
    ['a multicast address', { address: '224.0.0.1' }, /^its address/],
    ['a list of attributes', { attributes: ['mac'] }, /^its attributes are no object/],
    ['no attributes', { attributes: null }, /^its attributes are no object/],
    ['an attribute that is an option', { attributes: { mac: '-all' } }, /^its attributes are none/],
    ['an attribute of two words', { attributes: { mac: 'a b' } }, /^its attributes are none/],
    ['an attribute that is no text', { attributes: { mac: 1 } }, /^its attributes are none/],
    ['an attribute with a name that is none', { attributes: { 'a.b': 'x' } }, /^its attributes are none/],
    ['an attribute without an end', { attributes: { mac: 'x'.repeat(257) } }, /^its attributes are none/],
    [
      'attributes without an end',
      { attributes: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`a${at}`, 'x'])) },
      /^its attributes are none/,
    ],
    ['a time that is none', { seenAt: 'yesterday' }, /^its seenAt is no time/],
    ['a time that is written otherwise', { seenAt: '2026-01-01' }, /^its seenAt is no time/],
    ['a value without an end', { more: 'x'.repeat(5_000) }, /^its value is longer than/],
  ]
  for (const [what, change, fault] of faults) {
    it(`is refused with ${what}`, () => {
      assert.match(refusal(parse(lease.subnet, { ...fields, ...change })), fault)
    })
  }

  it('has a subnet for a key', () => {
    for (const key of [
      '',
      'x',
      '10.210.8.1/24',
      '10.210.8.0-24',
      '10.210.8.0/24/a',
      '010.210.8.0/24',
      '10.210.8.0/024',
    ]) {
      assert.match(refusal(parse(key, fields)), /^its key is no subnet/, key)
    }
  })

  it('cannot be had by a name that every object has', () => {
    const value = Buffer.from(JSON.stringify(fields).replace('"mac"', '"__proto__"'))
    assert.match(refusal(parseLease(lease.subnet, value)), /^its attributes are none/)
  })

  it('is read or refused in one sentence, whatever the bytes', () => {
    const values = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({
          host: fc.string(),
          address: fc.string(),
          attributes: fc.dictionary(fc.string(), fc.string()),
        })
        .map((each) => Buffer.from(JSON.stringify({ ...fields, ...each }))),
    )
    fc.assert(
      fc.property(fc.oneof(fc.constant(lease.subnet), fc.string()), values, (key, value) => {
        const found = parseLease(key, value)
        if (typeof found === 'string') assert.match(found, /^its [^\p{Cc}]* (was|were) expected$/u)
        else assert.deepEqual(parseLease(found.subnet, formatLease(found)), found)
      }),
    )
  })

  it('is that of a host that is gone once it was not seen for long enough', () => {
    const at = (text: string) => isGone(lease, new Date(text), 86_400_000)
    assert.equal(at('2026-01-02T00:00:00.000Z'), false)
    assert.equal(at('2026-01-02T00:00:00.001Z'), true)
    assert.equal(at('2025-01-01T00:00:00.000Z'), false)
  })
})
