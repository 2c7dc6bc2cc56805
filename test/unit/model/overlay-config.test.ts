import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  configFaults,
  differences,
  formatOverlayConfig,
  parseOverlayConfig,
  tunnelDrivers,
  type OverlayConfig,
} from '../../../src/model/overlay-config.ts'

const config: OverlayConfig = { cidr: '10.210.0.0/16', bits: 24, driver: 'gre', key: 210 }
const parse = (text: string) => parseOverlayConfig(Buffer.from(text))
const refusal = (found: OverlayConfig | string) => (typeof found === 'string' ? found : 'none')

const fields = ['cidr', 'bits', 'driver', 'key'] as const

describe("an overlay's configuration", () => {
  it('comes back from Consul as it went', () => {
    const configs = fc
      .tuple(
        fc.constantFrom('10.0.0.0/8', '10.210.0.0/16', '192.168.0.0/22'),
        fc.integer({ min: 23, max: 30 }),
        fc.constantFrom(...tunnelDrivers),
        fc.integer({ min: 1, max: 2 ** 24 - 1 }),
      )
      .map(([cidr, bits, driver, key]): OverlayConfig => ({ cidr, bits, driver, key }))
    fc.assert(
      fc.property(configs, (each) => {
        assert.deepEqual(configFaults({ ...each }), [])
        assert.deepEqual(parseOverlayConfig(formatOverlayConfig(each)), each)
        assert.deepEqual(differences(each, each, fields), [])
      }),
    )
  })

  it('is the same bytes in whichever order it was made', () => {
    const { key, ...rest } = config
    assert.deepEqual(formatOverlayConfig({ key, ...rest }), formatOverlayConfig(config))
  })

  const faults: [string, object, RegExp][] = [
    ['a cidr that is none', { cidr: 'x' }, /^cidr: is no network/],
    ['a cidr with an address of a host', { cidr: '10.210.3.1/16' }, /^cidr: is no network/],
    ['a cidr that is wider than any private network', { cidr: '0.0.0.0/0' }, /^cidr: is no network/],
    ['a cidr for one host', { cidr: '10.210.8.0/24' }, /^cidr: 10.210.8.0\/24 is too small for two hosts/],
    ['a cidr for less than a host', { cidr: '10.210.8.0/25' }, /too small for two hosts/],
    ['a subnet without room for a container', { bits: 31 }, /^bits: /],
    ['half a bit', { bits: 24.5 }, /^bits: /],
    ['no bits', { bits: undefined }, /^bits: /],
    ['a typo in the driver', { driver: 'vxlna' }, /^driver: there is none of that name, .*; perhaps vxlan$/],
    ['a driver that is nothing like one', { driver: 'ipsec' }, /^driver: .*host-gw was expected$/],
    ['a driver that is no text', { driver: ['gre'] }, /^driver: /],
    ['a key that VXLAN has no room for', { key: 2 ** 24 }, /^key: /],
    ['no key', { key: 0 }, /^key: /],
  ]
  for (const [what, change, fault] of faults) {
    it(`is refused with ${what}, by name`, () => {
      const found = configFaults({ ...config, ...change })
      assert.equal(found.length, 1, found.join('\n'))
      assert.match(found[0] ?? '', fault)
      assert.match(refusal(parse(JSON.stringify({ ...config, ...change }))), /^has no valid /)
    })
  }

  it('is refused with all its faults at once', () => {
    assert.equal(configFaults({}).length, 4)
  })

  it('may be the smallest that two hosts have room in', () => {
    assert.deepEqual(configFaults({ ...config, cidr: '10.210.8.0/23' }), [])
  })

  it('is not read from what is none', () => {
    for (const text of ['', '{', 'null', '[]', '3', '"gre"'])
      assert.match(refusal(parse(text)), /^is no object/)
    assert.match(refusal(parse(JSON.stringify({ ...config, more: 'x'.repeat(5_000) }))), /^is longer than/)
    assert.deepEqual(parse(JSON.stringify({ ...config, more: 1 })), config)
  })

  it('says in sentences where a host has another', () => {
    const other = { ...config, cidr: '10.211.0.0/16', driver: 'vxlan' } as const
    assert.deepEqual(differences(other, config, fields), [
      'cidr: is 10.211.0.0/16 on this host, 10.210.0.0/16 as in the overlay was expected',
      'driver: is vxlan on this host, gre as in the overlay was expected',
    ])
    assert.deepEqual(differences(other, config, ['bits', 'key']), [])
  })

  it('is read or refused in one sentence, whatever the bytes', () => {
    const values = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({ cidr: fc.anything(), bits: fc.anything(), driver: fc.anything(), key: fc.anything() })
        .map((each) =>
          Buffer.from(JSON.stringify(each, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value))),
        ),
    )
    fc.assert(
      fc.property(values, (value) => {
        const found = parseOverlayConfig(value)
        if (typeof found === 'string') assert.match(found, /^(is|has) [^\p{Cc}]* was expected/u)
        else assert.deepEqual(configFaults({ ...found }), [])
      }),
    )
  })
})
