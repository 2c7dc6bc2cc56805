// Hosts that ask a real Consul for a subnet of the overlay.
//
//     8 claims ── 127.0.0.1 ── consul, a server, whose data is a folder of the test's
//
import assert from 'node:assert/strict'
import { Leases } from '../../src/agents/tunnel/leases/leases.ts'
import type { Claim } from '../../src/agents/tunnel/leases/choose.ts'
import { connect } from '../../src/drivers/consul/connect.ts'
import { ConsulServer } from '../support/consul-server.ts'

const folder = 'arpanet/network'
const claimOf = (number: number, change: Partial<Claim> = {}): Claim => ({
  config: { cidr: '10.210.0.0/16', bits: 24, driver: 'gre', key: 210 },
  insists: ['cidr', 'bits', 'driver', 'key'],
  ...{
    host: `node${number}`,
    address: `192.0.2.${number}`,
    attributes: { mac: `02:00:00:00:00:0${number}` },
  },
  wished: '10.210.254.0/24',
  localAddresses: [{ device: 'eth0', address: `192.0.2.${number}/24` }],
  ttlMs: 86_400_000,
  ...change,
})
const claims = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => claimOf(number))

describe('the leases of an overlay', function () {
  this.timeout(60_000)
  let server: ConsulServer
  /** A host with a connection of its own. */
  const host = () => {
    const { kv } = connect({ host: '127.0.0.1', port: server.port })
    return new Leases(folder, { kv, now: () => new Date() })
  }
  const keys = () => connect({ host: '127.0.0.1', port: server.port }).kv.keys(`${folder}/`)
  before(async () => {
    server = await ConsulServer.make()
    await server.start()
  })
  after(() => server.remove())

  let subnets: readonly string[]
  before(async () => {
    const held = await Promise.all(claims.map((claim) => host().hold(claim)))
    subnets = held.map(({ lease }) => lease.subnet)
  })

  it('are one for each of eight hosts that ask at the same instant with the same first choice', async () => {
    const thirds = [254, 255, 0, 1, 2, 3, 4, 5]
    const expected = thirds.map((third) => `10.210.${third}.0/24`)
    assert.deepEqual(subnets.toSorted(), expected.toSorted())
    const leases = expected.map((subnet) => `${folder}/leases/${subnet}`)
    assert.deepEqual(await keys(), [`${folder}/config`, ...leases].sort())
  })

  it('are found again by hosts that start anew, which write nothing', async () => {
    for (const [at, claim] of claims.entries()) {
      const { lease, peers, faults, done } = await host().hold(claim)
      assert.deepEqual(
        [lease.subnet, lease.attributes, done, faults],
        [subnets[at], claim.attributes, [], []],
      )
      assert.deepEqual(
        peers.map(({ address }) => address).sort(),
        claims.filter((each) => each !== claim).map(({ address }) => address),
      )
    }
  })

  it('are not given to a host whose settings are others', async () => {
    const config = { ...claimOf(9).config, key: 211 }
    await assert.rejects(host().hold(claimOf(9, { config })), {
      kind: 'conflict',
      message: 'key: is 211 on this host, 210 as in the overlay was expected',
    })
    assert.equal((await keys()).length, 9)
  })

  it('are unharmed by one that makes no sense', async () => {
    await server.put(`/v1/kv/${folder}/leases/10.210.9.0/24`, '{"host":"$(reboot)"}')
    const { lease, peers, faults } = await host().hold(claimOf(1))
    assert.deepEqual([lease.subnet, peers.length], [subnets[0], 7])
    assert.match(faults.join('\n'), /^lease 10.210.9.0\/24: its host is no name/)
    await server.delete(`/v1/kv/${folder}/leases/10.210.9.0/24`)
  })

  it('are not taken while Consul is down, and are as they were after', async () => {
    const running = host()
    await running.hold(claimOf(1))
    await server.kill()
    for (const each of [running.hold(claimOf(1)), host().hold(claimOf(9))]) {
      await assert.rejects(each, { kind: 'unavailable', message: /connection (refused|reset)$/ })
    }
    await server.start()
    const { lease, peers, done } = await running.hold(claimOf(1))
    assert.deepEqual([lease.subnet, peers.length, done], [subnets[0], 7, []])
  })

  it('are not taken where there is no leader', async () => {
    const alone = await ConsulServer.make()
    try {
      await alone.start({ expect: 3 })
      const { kv } = connect({ host: '127.0.0.1', port: alone.port })
      const claim = new Leases(folder, { kv, now: () => new Date() }).hold(claimOf(1))
      await assert.rejects(claim, { kind: 'unavailable', message: /No cluster leader/ })
    } finally {
      await alone.remove()
    }
  })
})
