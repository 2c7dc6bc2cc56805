// The etcd driver, and the registrator that keeps its keys there, against a real etcd on this machine's loopback.
//
//     test ── 127.0.0.1 ── etcd, whose data is a folder of the test's
//
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { etcdKeys } from '../../src/agents/registrator/key-store-etcd.ts'
import { connect, type Etcd } from '../../src/drivers/etcd.ts'
import { eventually } from '../lab/eventually.ts'
import { EtcdServer } from '../support/etcd-server.ts'
import { freePorts } from '../support/free-ports.ts'
import { container, options, startKeyRegistrator } from '../support/key-registrator.ts'

/** Whatever was wrong, so long after it is right the keys are. */
const budgetMs = 5_000

describe('etcd', () => {
  let server: EtcdServer
  let etcd: Etcd
  before(async function () {
    this.timeout(30_000)
    server = await EtcdServer.make()
    await server.start()
    etcd = server.etcd
  })
  after(() => server.remove())

  describe('the driver', () => {
    before(() => etcd.grant('7', 600))

    it('writes a key where it is as it was seen, and gives it back', async () => {
      assert.equal(await etcd.put('/d/ä b', 'ü', '7', 0), true)
      assert.equal(await etcd.put('/d/ä b', 'no', '7', 0), false)
      assert.equal(await etcd.put('/d0', 'a neighbour', '7', 0), true)
      const [found, ...more] = await etcd.keys('/d/')
      assert.deepEqual([found?.key, found?.value, found?.lease, more], ['/d/ä b', 'ü', '7', []])
      const revision = found?.revision ?? 0
      assert.equal(await etcd.put('/d/ä b', '', '7', revision), true)
      assert.equal(await etcd.remove('/d/ä b', revision), false)
      const [changed] = await etcd.keys('/d/')
      assert.equal(changed?.value, '')
      assert.equal(await etcd.remove('/d/ä b', changed.revision), true)
      assert.deepEqual(await etcd.keys('/d/'), [])
    })

    it('knows whether a lease is there, and takes none for gone, and one that is there for taken', async () => {
      const lease = '9223372036854775807'
      assert.equal(await etcd.renew(lease), false)
      await etcd.grant(lease, 600)
      await etcd.grant(lease, 600)
      assert.equal(await etcd.renew(lease), true)
      await etcd.put('/l/a', '1', lease, 0)
      assert.equal((await etcd.keys('/l/'))[0]?.lease, lease)
      await etcd.revoke(lease)
      await etcd.revoke(lease)
      assert.deepEqual([await etcd.renew(lease), await etcd.keys('/l/')], [false, []])
      await assert.rejects(etcd.put('/l/a', '1', lease, 0), {
        kind: 'unavailable',
        message: /^etcd at http:\/\/127.0.0.1:\d+: etcdserver: requested lease not found \(HTTP 404\)$/,
      })
    })

    it('tells of what is written and removed under a prefix, until it is told to end', async () => {
      const [seen, end] = [[] as string[], new AbortController()]
      let listening: Promise<void> | undefined
      await new Promise<void>((resolve) => {
        listening = etcd.watch('/w/', (key) => seen.push(key), resolve, end.signal)
      })
      await etcd.put('/w/a', '1', '7', 0)
      await etcd.put('/x', '1', '7', 0)
      await etcd.remove('/w/a', (await etcd.keys('/w/'))[0]?.revision ?? 0)
      await eventually('both', () => seen.length === 2, { everyMs: 20 })
      assert.deepEqual(seen, ['/w/a', '/w/a'])
      end.abort()
      await listening
    })

    it('names the address that does not answer', async () => {
      const port = (await freePorts(1))[0] ?? assert.fail()
      const nobody = connect('127.0.0.1', port)
      const error = {
        name: 'ArpanetError',
        kind: 'unavailable',
        message: `etcd: no answer at http://127.0.0.1:${port}: connection refused`,
      }
      const { signal } = new AbortController()
      await assert.rejects(nobody.keys('/'), error)
      await assert.rejects(
        nobody.watch(
          '/',
          () => undefined,
          () => undefined,
          signal,
        ),
        error,
      )
    })

    it('says so where something else answers', async () => {
      const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'))
      other.listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo
      await assert.rejects(connect('127.0.0.1', port).keys('/'), {
        message: `etcd at http://127.0.0.1:${port}: what it answered is no JSON, etcd 3.4 or later was expected`,
      })
      other.close()
    })
  })

  describe('the registrator', () => {
    const web = container('web', 8080)
    const shop = container('shop', 8081, { environment: { SERVICE_ID: 'shop', SERVICE_NAME: 'shop' } })
    const both = ['/services/shop/shop=192.0.2.1:8081', '/services/web/h1:web:80=192.0.2.1:8080']
    const found = async (prefix = '/services/') =>
      (await etcd.keys(prefix)).map(({ key, value }) => `${key}=${value}`)
    const settles = (should: readonly string[], prefix?: string) =>
      eventually(
        'the keys are what runs',
        async (seen) => seen(await found(prefix)).join() === should.join(),
        {
          budgetMs,
          everyMs: 50,
        },
      )
    const store = (changes: object = {}) => etcdKeys(etcd, 'services', { ...options, ...changes })
    let agent: ReturnType<typeof startKeyRegistrator>

    beforeEach(async () => {
      agent = startKeyRegistrator(store(), web, shop)
      await settles(both)
    })
    afterEach(async () => {
      agent.run()
      await settles([])
      await agent.end()
    })

    it('follows what runs, and writes nothing while nothing changes or when it starts anew', async () => {
      const before = await etcd.keys('/services/')
      assert.equal(new Set(before.map(({ lease }) => lease)).size, 1)
      await agent.end()
      agent = startKeyRegistrator(store(), web, shop, container('api', 8082))
      await settles(['/services/api/h1:api:80=192.0.2.1:8082', ...both])
      agent.run(web, shop)
      await settles(both)
      assert.deepEqual(await etcd.keys('/services/'), before)
    })

    it('puts back at once what somebody removed or changed', async () => {
      const [first, second] = await etcd.keys('/services/')
      await etcd.remove(first?.key ?? '', first?.revision ?? 0)
      await settles(both)
      await etcd.put(second?.key ?? '', 'nonsense', second?.lease ?? '', second?.revision ?? 0)
      await settles(both)
    })

    it('takes a lease anew that ended', async () => {
      await etcd.revoke((await etcd.keys('/services/'))[0]?.lease ?? '')
      await settles(both)
    })

    it('leaves the keys of others alone, and takes away what another registrator of this host left', async () => {
      await etcd.grant('77', 600)
      const theirs = ['/services/web/by-hand', '/services/web/h2:web:80']
      for (const key of [...theirs, '/services/web/h1:gone:80', '/services/web/h1:old:80']) {
        await etcd.put(key, '192.0.2.9:1', '77', 0)
      }
      agent.run(web)
      await settles([
        '/services/web/by-hand=192.0.2.9:1',
        both[1] ?? '',
        '/services/web/h2:web:80=192.0.2.9:1',
      ])
      await etcd.revoke('77')
    })

    const faults: Record<string, () => Promise<void>> = {
      'was killed': () => Promise.resolve(),
      'was killed and lost its data': () => server.loseData(),
    }
    for (const [what, fault] of Object.entries(faults)) {
      it(`is right soon after etcd ${what}`, async function () {
        this.timeout(60_000)
        await server.kill()
        await fault()
        agent.run(web)
        await eventually('it is noticed', () => agent.lines.some((line) => line.includes('no answer')))
        await eventually('some time', () => agent.lines.filter((line) => line.includes('cannot')).length > 4)
        await server.start()
        await settles(both.slice(1))
      })
    }

    it('is right soon after etcd did not answer for a while', async function () {
      this.timeout(60_000)
      server.pause()
      agent.run(web)
      await eventually('it is noticed', () => agent.lines.some((line) => line.includes('timed out')))
      server.resume()
      await settles(both.slice(1))
    })

    it('loses its keys with its lease when it is gone, and keeps them longer than that while it is there', async function () {
      this.timeout(60_000)
      const [short, prefix] = [{ ttlSeconds: 2, ttlRefreshSeconds: 1 }, '/short/']
      const brief = startKeyRegistrator(etcdKeys(etcd, 'short', { ...options, ...short }), web)
      const should = ['/short/web/h1:web:80=192.0.2.1:8080']
      await settles(should, prefix)
      const since = performance.now()
      await eventually(
        'it is kept',
        async () => {
          assert.deepEqual(await found(prefix), should)
          return performance.now() - since > 6_000
        },
        { everyMs: 100 },
      )
      await brief.end()
      await eventually('it is gone', async () => (await found(prefix)).length === 0, { budgetMs: 10_000 })
    })
  })
})
