import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { KeyValue } from '../../../../src/drivers/consul/consul.ts'
import { unavailable } from '../../../../src/errors.ts'
import { Leases } from '../../../../src/agents/tunnel/leases/leases.ts'
import type { Claim } from '../../../../src/agents/tunnel/leases/choose.ts'
import { fakeKeyValue, keyValueState } from '../../../support/key-value.ts'

const folder = 'arpanet/network'
const start = Date.parse('2026-01-01T00:00:00.000Z')
const hourMs = 3_600_000

const claimOf = (number: number, third: number | undefined, change: Partial<Claim> = {}): Claim => ({
  config: { cidr: '10.210.0.0/21', bits: 24, driver: 'gre', key: 210 },
  insists: ['cidr', 'bits', 'driver', 'key'],
  ...{ host: `node${number}`, address: `192.0.2.${number}`, attributes: {} },
  wished: third === undefined ? undefined : `10.210.${third}.0/24`,
  localAddresses: [{ device: 'eth0', address: `192.0.2.${number}/24` }],
  ttlMs: 24 * hourMs,
  ...change,
})

describe('the claims of many hosts', () => {
  const now = () => new Date(start)
  const seenAt = new Date(start - 25 * hourMs).toISOString()
  /** All subnets, of hosts that are gone. */
  const leftBehind = Object.fromEntries(
    [0, 1, 2, 3, 4, 5, 6, 7].map((third) => [
      `${folder}/leases/10.210.${third}.0/24`,
      JSON.stringify({ host: `gone${third}`, address: `192.0.2.20${third}`, attributes: {}, seenAt }),
    ]),
  )

  it('never share a subnet, and all have one while there are enough', async () => {
    const wishes = fc.array(fc.option(fc.integer({ min: 0, max: 7 }), { nil: undefined }), {
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), wishes, fc.boolean(), async (scheduler, thirds, areGone) => {
        const real = fakeKeyValue(areGone ? leftBehind : {})
        // What Consul answers is heard in any order, and so after others have written.
        const kv: Pick<KeyValue, 'tree' | 'set' | 'remove'> = {
          ...real,
          tree: scheduler.scheduleFunction((...asked) => real.tree(...asked)),
          set: scheduler.scheduleFunction((...asked) => real.set(...asked)),
        }
        const claims = thirds.map((third, at) => claimOf(at + 1, third))
        const all = claims.map((claim) => new Leases(folder, { kv, now }).hold(claim))
        const held = await scheduler.waitFor(Promise.all(all))
        const subnets = held.map(({ lease }) => lease.subnet)
        assert.equal(new Set(subnets).size, thirds.length, subnets.join())
        const wished = claims.map((claim) => claim.wished)
        if (new Set(thirds).size === thirds.length && !thirds.includes(undefined)) {
          assert.deepEqual(subnets, wished)
        }
        for (const [at, claim] of claims.entries()) {
          const again = await new Leases(folder, { kv: real, now }).hold(claim)
          assert.deepEqual([again.lease.subnet, again.done], [subnets[at], []])
          assert.equal(again.peers.length, (areGone ? 8 : thirds.length) - 1)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('end in a sentence for the one too many', async () => {
    const kv = fakeKeyValue()
    const hold = (number: number) => new Leases(folder, { kv, now }).hold(claimOf(number, 0))
    for (let number = 1; number <= 8; number += 1) await hold(number)
    await assert.rejects(hold(9), {
      kind: 'conflict',
      message: /^ARPANET_CIDR: 10.210.0.0\/21 has no free \/24/,
    })
  })
})

describe('the claim of a host', () => {
  let now = start
  let state = keyValueState()
  let kv: KeyValue
  const claim = claimOf(1, 1)
  const leases = (change: Partial<KeyValue> = {}) =>
    new Leases(folder, { kv: { ...kv, ...change }, now: () => new Date(now) })
  beforeEach(() => {
    now = start
    state = keyValueState()
    kv = fakeKeyValue({}, state)
  })

  it('writes the overlay, then its lease, and says why', async () => {
    const { done } = await leases().hold(claim)
    assert.deepEqual(done, [
      'config: there is no overlay yet',
      'leases/10.210.1.0/24: it is the first choice',
    ])
  })

  it('writes nothing while nothing changes, and once an hour that it is there', async () => {
    const host = leases()
    await host.hold(claim)
    const { index } = state
    now += hourMs - 1
    await host.hold(claim)
    assert.equal(state.index, index)
    now += 1
    assert.deepEqual((await host.hold(claim)).done, ['leases/10.210.1.0/24: this host is still there'])
    assert.equal((await host.hold(claim)).lease.seenAt, new Date(now).toISOString())
  })

  it('is lost to another after a day without a word, and not before', async () => {
    await leases().hold(claim)
    now += 24 * hourMs
    assert.equal((await leases().hold(claimOf(2, 1))).lease.subnet, '10.210.2.0/24')
    now += 1
    assert.equal((await leases().hold(claimOf(3, 1))).lease.subnet, '10.210.1.0/24')
    assert.equal((await leases().hold(claim)).lease.subnet, '10.210.3.0/24')
  })

  it('leaves an overlay as it is that it does not agree with', async () => {
    await leases().hold(claim)
    const { index } = state
    const other = claimOf(2, 2, { config: { ...claim.config, driver: 'vxlan' } })
    await assert.rejects(leases().hold(other), {
      kind: 'conflict',
      message: /^driver: is vxlan on this host, gre /,
    })
    assert.equal(state.index, index)
  })

  it('takes an overlay as it is where nobody said otherwise', async () => {
    await leases().hold(claim)
    const config = { ...claim.config, driver: 'vxlan', key: 3 } as const
    const held = await leases().hold(claimOf(2, 2, { config, insists: ['cidr', 'bits'] }))
    assert.deepEqual(held.config, claim.config)
    assert.deepEqual(await leases().check(claim), claim.config)
    await assert.rejects(leases().check({ ...claim, config }), { kind: 'conflict', message: /^driver: / })
  })

  it('is given back, and nobody else is', async () => {
    await leases().hold(claim)
    await leases().hold(claimOf(2, 2))
    await leases().release(claim)
    await leases().release(claim)
    assert.deepEqual((await leases().hold(claimOf(2, 2))).peers, [])
    assert.equal((await leases().hold(claimOf(3, 1))).lease.subnet, '10.210.1.0/24')
  })

  it('leaves alone what makes no sense, and names it', async () => {
    await kv.set(`${folder}/leases/10.210.1.0/24`, Buffer.from('garbage'))
    const { lease, faults } = await leases().hold(claim)
    assert.equal(lease.subnet, '10.210.2.0/24')
    assert.match(faults.join('\n'), /^lease 10.210.1.0\/24: its value is no object in JSON/)
    assert.equal(String((await kv.entry(`${folder}/leases/10.210.1.0/24`))?.value), 'garbage')
  })

  it('takes nothing where Consul cannot be asked, or does not say whether it wrote', async () => {
    const fails = () => Promise.reject(unavailable('Consul: no answer'))
    await assert.rejects(leases({ tree: fails }).hold(claim), { kind: 'unavailable' })
    await assert.rejects(leases({ set: fails }).hold(claim), { kind: 'unavailable' })
    assert.equal(state.index, 0)
    const host = leases({ set: async (...given) => (await kv.set(...given), fails()) })
    await assert.rejects(host.hold(claim), { kind: 'unavailable' })
    await assert.rejects(host.hold(claim), { kind: 'unavailable' })
    assert.equal((await host.hold(claim)).lease.subnet, '10.210.1.0/24')
  })

  it('gives up where it never wins', async () => {
    let tries = 0
    const set = () => Promise.resolve((tries += 1) < 0)
    await assert.rejects(leases({ set }).hold(claim), { kind: 'unavailable', message: /others were quicker/ })
    assert.equal(tries, 32)
  })
})
