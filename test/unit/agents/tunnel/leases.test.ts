import assert from 'node:assert/strict'
import { chooseSubnet, type Claim, type Taken } from '../../../../src/agents/tunnel/leases/choose.ts'
import { next } from '../../../../src/agents/tunnel/leases/next.ts'
import { peersIn, seenIn } from '../../../../src/agents/tunnel/leases/seen.ts'
import { formatLease, type Lease } from '../../../../src/model/lease.ts'

const now = new Date('2026-01-02T12:00:00.000Z')
const longAgo = '2026-01-01T11:00:00.000Z'

const claim: Claim = {
  config: { cidr: '10.210.0.0/22', bits: 24, driver: 'gre', key: 210 },
  insists: ['cidr', 'bits', 'driver', 'key'],
  host: 'node1',
  address: '192.0.2.1',
  attributes: {},
  wished: '10.210.1.0/24',
  localAddresses: [{ device: 'eth0', address: '192.0.2.1/24' }],
  ttlMs: 86_400_000,
}
const { config } = claim
const aLease = (third: number, change: Partial<Lease> = {}): Lease => ({
  ...{ subnet: `10.210.${third}.0/24`, host: `other${third}`, address: `192.0.2.10${third}` },
  ...{ attributes: {}, seenAt: now.toISOString() },
  ...change,
})
const taken = (...leases: Lease[]): (Taken & { index: number })[] =>
  leases.map((lease, at) => ({ subnet: lease.subnet, lease, index: at + 1 }))
const mine = (third: number, change: Partial<Lease> = {}) =>
  aLease(third, { host: claim.host, address: claim.address, ...change })

describe('the choice of a subnet', () => {
  const chosen = (taken: readonly Taken[], change: Partial<Claim> = {}) => {
    const choice = chooseSubnet({ ...claim, ...change }, taken, now)
    return typeof choice === 'string' ? choice : `${choice.subnet}, ${choice.reason}`
  }
  const gone = { seenAt: longAgo }

  const rows: [string, readonly Taken[], Partial<Claim>, string][] = [
    ['is the first choice where it is free', [], {}, '10.210.1.0/24, it is the first choice'],
    [
      'is the next that is free after it',
      taken(aLease(1), aLease(2)),
      {},
      '10.210.3.0/24, it is the next that is free after 10.210.1.0/24, which other1 has',
    ],
    [
      'goes on from the start after the last',
      taken(aLease(3)),
      { wished: '10.210.3.0/24' },
      '10.210.0.0/24, it is the next that is free after 10.210.3.0/24, which other3 has',
    ],
    [
      'is the first that is free where there is no first choice',
      taken(aLease(0)),
      { wished: undefined },
      '10.210.1.0/24, it is the first that is free',
    ],
    ['is what this host has', taken(aLease(1), mine(3)), {}, '10.210.3.0/24, this host has it'],
    [
      'is what this host has, however long ago it said so',
      taken(mine(3, gone)),
      {},
      '10.210.3.0/24, this host has it',
    ],
    [
      'is what a host of another address and this name had',
      taken(mine(3, { address: '192.0.2.77' })),
      {},
      '10.210.3.0/24, this host has it',
    ],
    [
      'is rather what a host of this address and another name had',
      taken(mine(2, { address: '192.0.2.77' }), mine(3, { host: 'renamed' })),
      {},
      '10.210.3.0/24, this host has it',
    ],
    ['is rather the first choice of two', taken(mine(0), mine(1)), {}, '10.210.1.0/24, this host has it'],
    [
      'is not what this host had of another overlay',
      taken(mine(3, { subnet: '10.211.3.0/24' }), mine(3, { subnet: '10.210.2.0/25' })),
      {},
      '10.210.1.0/24, it is the first choice',
    ],
    [
      'is the first choice where its holder is gone',
      taken(aLease(1, gone)),
      {},
      `10.210.1.0/24, other1 was last seen at ${longAgo}`,
    ],
    [
      'is rather a free one than that of another that is gone',
      taken(aLease(1), aLease(2, gone)),
      {},
      '10.210.3.0/24, it is the next that is free after 10.210.1.0/24, which other1 has',
    ],
    [
      'is that of one that is gone where none is free',
      taken(aLease(0, gone), aLease(1), aLease(2), aLease(3, gone)),
      {},
      `10.210.3.0/24, other3 was last seen at ${longAgo}`,
    ],
    [
      'is none where all are taken',
      taken(aLease(0), aLease(1), aLease(2), aLease(3)),
      {},
      'ARPANET_CIDR: 10.210.0.0/22 has no free /24, a larger network or fewer hosts was expected',
    ],
    [
      'passes over what makes no sense',
      [{ subnet: '10.210.1.0/24', lease: undefined }],
      {},
      '10.210.2.0/24, it is the next that is free after 10.210.1.0/24',
    ],
    [
      'is free of what is no part of the overlay, though it be wider',
      [{ subnet: '10.0.0.0/8', lease: undefined }, ...taken(aLease(1, { subnet: '10.210.1.0/25' }))],
      {},
      '10.210.1.0/24, it is the first choice',
    ],
    [
      'is refused where this host has an address in it',
      [],
      { localAddresses: [{ device: 'eth1', address: '10.210.1.77/24' }] },
      '10.210.1.0/24: eth1 of this host has 10.210.1.77/24, a subnet that nobody uses was expected',
    ],
    [
      'is refused where this host is in a network around it',
      [],
      { localAddresses: [{ device: 'eth1', address: '10.0.0.5/8' }] },
      '10.210.1.0/24: eth1 of this host has 10.0.0.5/8, a subnet that nobody uses was expected',
    ],
    [
      'is refused where what this host has is in the way of another device',
      taken(mine(3)),
      { localAddresses: [{ device: 'br-x', address: '10.210.3.1' }] },
      '10.210.3.0/24: br-x of this host has 10.210.3.1, a subnet that nobody uses was expected',
    ],
    [
      'passes over a next one that this host has an address in',
      taken(aLease(1)),
      { localAddresses: [{ device: 'eth1', address: '10.210.2.77/24' }] },
      '10.210.3.0/24, it is the next that is free after 10.210.1.0/24, which other1 has',
    ],
    ...['10.211.1.0/24', '10.210.1.0/25', '10.210.1.5/24', '10.210.0.0/16', 'x'].map(
      (wished): [string, readonly Taken[], Partial<Claim>, string] => [
        `is refused where the first is ${wished}`,
        [],
        { wished },
        `ARPANET_SUBNET: ${wished} is no part of the overlay, a /24 of 10.210.0.0/22 was expected`,
      ],
    ),
  ]
  for (const [what, before, change, after] of rows) {
    it(what, () => assert.equal(chosen(before, change), after))
  }
})

describe('what is next for a lease', () => {
  const line = (found: ReturnType<typeof next>): string => {
    if (found.verb === 'refuse') return `refuse ${found.faults.join('; ')}`
    if (found.verb === 'none') return `none ${found.lease.subnet}`
    return `write ${found.key} at ${found.index}: ${found.reason}`
  }
  const after = (
    leases: readonly Lease[],
    change: Partial<Claim> = {},
    stored: typeof config | string = config,
  ) => line(next({ ...claim, ...change }, { config: stored, taken: taken(...leases) }, now))

  it('is the overlay where there is none', () => {
    const found = next(claim, { config: undefined, taken: [] }, now)
    assert.equal(line(found), 'write config at 0: there is no overlay yet')
  })

  it('is a lease where there is none of this host', () => {
    assert.equal(after([]), 'write leases/10.210.1.0/24 at 0: it is the first choice')
  })

  it('is to take over that of a host that is gone, only if it still is', () => {
    const gone = aLease(1, { seenAt: longAgo })
    assert.equal(
      after([aLease(0), gone]),
      `write leases/10.210.1.0/24 at 2: other1 was last seen at ${longAgo}`,
    )
  })

  it('is nothing within an hour', () => {
    assert.equal(after([mine(3, { seenAt: '2026-01-02T11:00:00.001Z' })]), 'none 10.210.3.0/24')
    for (const seenAt of ['2026-01-02T11:00:00.000Z', '2026-01-02T13:00:00.000Z', longAgo]) {
      assert.equal(after([mine(3, { seenAt })]), 'write leases/10.210.3.0/24 at 1: this host is still there')
    }
  })

  it('is to write it anew where this host is at another address or has another key', () => {
    const renewal = 'write leases/10.210.3.0/24 at 1: this host is another than it says'
    assert.equal(after([mine(3, { address: '192.0.2.77' })]), renewal)
    assert.equal(after([mine(3, { host: 'renamed' })]), renewal)
    assert.equal(after([mine(3)], { attributes: { mac: '02:00:00:00:00:01' } }), renewal)
  })

  it('is refused where the overlay is another, with each difference', () => {
    assert.equal(
      after([], {}, { ...config, driver: 'vxlan', key: 7 }),
      'refuse driver: is gre on this host, vxlan as in the overlay was expected; key: is 210 on this host, 7 as in the overlay was expected',
    )
    assert.equal(
      after([], {}, 'is no object in JSON'),
      'refuse the configuration of the overlay: is no object in JSON',
    )
  })

  it('is refused where the address is not of this host', () => {
    assert.match(
      after([mine(3)], { localAddresses: [] }),
      /^refuse ARPANET_IP: 192.0.2.1 is no address of this host/,
    )
  })

  it('is refused where the host itself is in the overlay', () => {
    const change = { address: '10.210.3.9', localAddresses: [{ device: 'eth0', address: '10.210.3.9/24' }] }
    assert.match(after([], change), /^refuse ARPANET_CIDR: 10.210.0.0\/22 has 10.210.3.9 in it/)
  })

  it('is refused where the settings make no sense', () => {
    const change = { config: { ...config, cidr: '10.210.1.0/24' } }
    assert.match(after([], change, change.config), /^refuse cidr: .* is too small for two hosts/)
  })
})

describe('the leases in Consul', () => {
  const seen = (values: Readonly<Record<string, Buffer | string>>) => {
    const leaves = Object.entries(values).map(([key, value], at) => ({
      ...{ key: `arpanet/network/${key}`, value: Buffer.from(value), index: at + 1, session: undefined },
    }))
    return seenIn('arpanet/network', { leaves, index: '1' })
  }

  it('are peers but for this host, and each that makes no sense is named', () => {
    const found = seen({
      config: JSON.stringify(config),
      leases: 'x',
      'leases/': '',
      'leases/10.210.0.0/24': formatLease(mine(0)),
      'leases/10.210.1.0/24': formatLease(mine(1, { host: 'renamed' })),
      'leases/10.210.2.0/24': formatLease(aLease(2)),
      'leases/10.210.3.0/24': '{"host":"; reboot"}',
      'leases/10.210.0.0/16': formatLease(aLease(4)),
      'leases/\u001b[2J\nlease': formatLease(aLease(5)),
      'leasesx/10.210.3.0/24': '',
    })
    assert.deepEqual(found.config, config)
    const { peers, faults } = peersIn(claim, found)
    assert.deepEqual(peers, [aLease(2)])
    assert.deepEqual(faults, [
      'lease 10.210.3.0/24: its host is no name, that of its holder was expected',
      'lease ?[2J?lease: its key is no subnet, one such as 10.210.8.0/24 was expected',
      'lease 10.210.0.0/16: is no part of the overlay, a /24 of 10.210.0.0/22 was expected',
    ])
  })
})
