import assert from 'node:assert/strict'
import { doubtOf, lostOf, roundTrips } from '../../../../src/agents/tunnel/peers.ts'
import { claimOf, firstConfig, type Place } from '../../../../src/agents/tunnel/place.ts'
import type { Lease } from '../../../../src/model/lease.ts'

const lease = (third: number): Lease => ({
  subnet: `10.210.${third}.0/24`,
  host: `h${third}`,
  address: `192.0.2.${third}`,
  attributes: {},
  seenAt: '2026-01-01T00:00:00.000Z',
})

describe('other hosts', () => {
  const peers = [lease(1), lease(2), lease(3), lease(4)]
  const lost = async (failures: string[], gone: string[], answering: string[]) => {
    const found = await lostOf(peers, {
      doubt: (peer) => doubtOf(peer, new Set(failures), new Set(['h1', 'h2', 'h3'])),
      isGone: ({ host }) => gone.includes(host),
      answers: (asked) =>
        Promise.resolve(
          new Map(asked.map(({ subnet, host }) => [subnet, answering.includes(host) ? 1 : undefined])),
        ),
    })
    return [...found].map(([{ host }, reason]) => `${host} ${reason}`)
  }

  it('are there while nobody says otherwise', async () => assert.deepEqual(await lost([], [], ['h4']), []))

  it('are lost where Consul says that they failed, but for those that answer', async () => {
    assert.deepEqual(await lost(['h1', 'h2', 'h9'], [], ['h2', 'h4']), [
      'h1 Consul says that it failed, and it does not answer',
    ])
  })

  it('are lost where Consul has forgotten them, but for those that answer', async () => {
    assert.deepEqual(await lost([], [], []), ['h4 Consul does not know it any more, and it does not answer'])
  })

  it('are not in doubt while nobody could ask', () => {
    assert.equal(doubtOf({ host: 'h4' }, new Set(), undefined), undefined)
  })

  it('are lost where they were not seen for too long, and are not asked', async () => {
    assert.deepEqual(await lost(['h3'], ['h3'], ['h3', 'h4']), [
      'h3 was last seen at 2026-01-01T00:00:00.000Z',
    ])
  })

  it('are asked at their own address of the overlay, no more than so many at once', async () => {
    let [now, most] = [0, 0]
    const asked: string[] = []
    const ask = async (host: string, port: number) => {
      asked.push(`${host}:${port}`)
      most = Math.max(most, (now += 1))
      await new Promise((resolve) => setImmediate(resolve))
      now -= 1
      return 2
    }
    const many = Array.from({ length: 200 }, (_, third) => lease(third))
    const found = await roundTrips(many, ask, 9613, 100)
    assert.equal(found.get('10.210.7.0/24'), 2)
    assert.deepEqual([found.size, most, asked.includes('10.210.199.1:9613')], [200, 64, true])
  })
})

describe('what this host wants of the overlay', () => {
  const place: Place = {
    ...{ host: 'h8', address: '192.0.2.8', cidr: '10.210.0.0/16', subnet: undefined, driver: 'auto' },
    ...{ bridge: 'docker0', leaseTtlMs: 1, port: 9613 },
  }
  const bridge = {
    ...{ id: '0123456789abcdef', driver: 'bridge', subnet: '10.210.77.0/24', users: [] },
    options: { 'com.docker.network.bridge.name': 'arpanet0' },
    labels: { 'arpanet.tunnel': '10.210.77.0/24' },
  }
  const config = firstConfig(place, true)

  it('is the best driver of its kernel and a key of its own, where it is the first', () => {
    assert.equal(config.driver, 'gre')
    assert.equal(firstConfig(place, false).driver, 'vxlan')
    assert.equal(firstConfig({ ...place, driver: 'host-gw' }, true).driver, 'host-gw')
    assert.ok(config.key >= 1 && config.key < 2 ** 24)
    assert.notEqual(firstConfig(place, true).key, firstConfig(place, true).key)
  })

  it('is the subnet that its settings say, or that its network has, or that its address numbers', () => {
    assert.equal(claimOf(place, config, [], undefined).wished, '10.210.8.0/24')
    assert.equal(claimOf(place, config, [], bridge).wished, '10.210.77.0/24')
    assert.equal(claimOf({ ...place, subnet: '10.210.9.0/24' }, config, [], bridge).wished, '10.210.9.0/24')
  })

  it('keeps clear of all addresses but those that follow from it', () => {
    const all = ['eth0', 'arpanet0', 'arpanet1'].map((device, at) => ({
      device,
      address: `10.210.${at}.1/24`,
    }))
    assert.deepEqual(
      claimOf(place, config, all, bridge).localAddresses.map(({ device }) => device),
      ['eth0'],
    )
  })

  it('insists on a driver only where somebody said one', () => {
    assert.deepEqual(claimOf(place, config, [], undefined).insists, ['cidr', 'bits'])
    const said = claimOf({ ...place, driver: 'vxlan' }, config, [], undefined)
    assert.deepEqual(said.insists, ['cidr', 'bits', 'driver'])
  })
})
