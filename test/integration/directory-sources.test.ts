// What the directory of backends finds in keys and names: a real Consul, its DNS, and a real etcd, all on this machine's loopback.
//
//     directory ── 127.0.0.1 ─┬─ consul, a server: its API and its DNS
//                             └─ etcd
//
import assert from 'node:assert/strict'
import { ConsulServer } from '../support/consul-server.ts'
import { EtcdServer } from '../support/etcd-server.ts'
import { directoryOf, type FollowedDirectory } from '../support/followed-directory.ts'
import { eventually } from '../lab/eventually.ts'

/** What is another in Consul or etcd is so in the directory. */
const soonMs = 1_000

describe('the directory', function () {
  this.timeout(60_000)
  let consul: ConsulServer
  let followed: FollowedDirectory

  before(async () => {
    consul = await ConsulServer.make()
    await consul.start()
  })
  after(() => consul.remove())
  beforeEach(() => (followed = directoryOf(consul)))
  afterEach(async () => {
    await followed.end()
    await eventually('no connection is left', async (seen) => seen(await consul.connections()) === 0)
  })

  describe('of keys in Consul', () => {
    const path = () => `consul://127.0.0.1:${consul.port}/a/web`
    const set = (key: string, value: string) => consul.put(`/v1/kv/a/${key}`, value)
    afterEach(() => consul.delete('/v1/kv/a?recurse'))

    it('has the values under the path, not those of its neighbours, and each change within a second', async () => {
      followed.follow('consul:///a/web', path())
      await followed.finds(path(), 'none: there is no key a/web, and none under it')
      await set('web2', '192.0.2.9:1')
      await set('web2/x', '192.0.2.9:2')
      await set('web/x', ' 192.0.2.1:80\n')
      for (const text of [path(), 'consul:///a/web']) await followed.finds(text, '192.0.2.1:80', soonMs)
      await set('web/y/z', '192.0.2.2:80, 192.0.2.1:80,')
      await followed.finds(path(), '192.0.2.1:80 192.0.2.2:80', soonMs)
      await consul.delete('/v1/kv/a/web/x')
      await consul.delete('/v1/kv/a/web/y/z')
      await followed.finds(path(), /^none/, soonMs)
    })

    it('has the value of the path itself where nothing is under it', async () => {
      await set('web', '192.0.2.1:80,[2001:db8::1]:81')
      await set('web/', '')
      followed.follow(path())
      await followed.finds(path(), '192.0.2.1:80 [2001:db8::1]:81')
      await set('web', '192.0.2.3:80')
      await followed.finds(path(), '192.0.2.3:80', soonMs)
      await set('web/x', '192.0.2.4:80')
      await followed.finds(path(), '192.0.2.4:80', soonMs)
      await consul.delete('/v1/kv/a/web/x')
      await followed.finds(path(), '192.0.2.3:80', soonMs)
    })

    it('leaves out what is no address, and says so once', async () => {
      await set('web/x', 'nonsense')
      followed.follow(path())
      await followed.finds(path(), 'none: the value of a/web/x has no port, HOST:PORT was expected')
      await set('web/y', '192.0.2.1:80')
      await followed.finds(path(), '192.0.2.1:80')
      await set('web/z', '192.0.2.2:80')
      await followed.finds(path(), '192.0.2.1:80 192.0.2.2:80')
      assert.equal(
        followed.lines.filter(
          (line) => line.includes('the value of a/web/x') && !line.includes('no instance'),
        ).length,
        1,
      )
    })
  })

  describe('of names', () => {
    it('has the addresses that DNS gives a name, and those of a list', async () => {
      followed.follow('h1.node.consul:5432', 'h1.node.consul:1,192.0.2.7:2', 'no.node.consul:1')
      await followed.finds('h1.node.consul:5432', '127.0.0.1:5432')
      await followed.finds('h1.node.consul:1,192.0.2.7:2', '127.0.0.1:1 192.0.2.7:2')
      await followed.finds('no.node.consul:1', 'none: there is no host no.node.consul')
    })

    it('has the targets of SRV records with their weights, as long as DNS has them', async () => {
      await consul.post('/v1/query', { Name: 'shop', Service: { Service: 'shop', OnlyPassing: true } })
      followed.follow('shop.query.consul')
      await followed.finds('shop.query.consul', 'none: DNS has no SRV record of shop.query.consul')
      await consul.register({ Name: 'shop', ID: 's1', Weights: { Passing: 3, Warning: 1 } })
      await consul.register({ Name: 'shop', ID: 's2', Address: '192.0.2.2', Port: 81 })
      await followed.finds('shop.query.consul', '192.0.2.1:80*3 192.0.2.2:81', 8_000)
      await consul.deregister('s1')
      await followed.finds('shop.query.consul', '192.0.2.2:81', 8_000)
      assert.equal(followed.triggers.at(-1), '!shop.query.consul: 192.0.2.1 port 80 left')
      await consul.deregister('s2')
    })

    it('keeps what it knew while DNS does not answer', async () => {
      followed.follow('h1.node.consul:1')
      await followed.finds('h1.node.consul:1', '127.0.0.1:1')
      await consul.kill()
      await followed.finds('h1.node.consul:1', '127.0.0.1:1 stale')
      followed.follow('h1.node.consul:1', 'h1.node.consul:2', 'shop.query.consul')
      await followed.finds(
        'h1.node.consul:2',
        /^unknown: DNS: no answer for h1.node.consul: connection refused$/,
      )
      await followed.finds('shop.query.consul', /^unknown: DNS: no answer/)
      await consul.start()
      // If it is asked before it knows itself, it says that there is none, which is believed for 10 s.
      for (const port of [1, 2]) await followed.finds(`h1.node.consul:${port}`, `127.0.0.1:${port}`, 20_000)
    })
  })

  describe('of keys in etcd', () => {
    let etcd: EtcdServer
    const path = () => `etcd://127.0.0.1:${etcd.port}/a/web`
    const revisionOf = async (key: string) =>
      (await etcd.etcd.keys(key)).find((each) => each.key === key)?.revision ?? 0
    const set = async (key: string, value: string) => {
      assert.ok(await etcd.etcd.put(key, value, '0', await revisionOf(key)))
    }
    const remove = async (key: string) => {
      assert.ok(await etcd.etcd.remove(key, await revisionOf(key)))
    }
    before(async () => {
      etcd = await EtcdServer.make()
      await etcd.start()
    })
    after(() => etcd.remove())

    it('has the values under the path, or of the path itself, and each change within a second', async () => {
      await set('/a/web2', '192.0.2.9:1')
      await set('/a/web2/x', '192.0.2.9:1')
      followed.follow(path())
      await followed.finds(path(), 'none: there is no key a/web, and none under it')
      await set('/a/web', '192.0.2.1:80, h1.node.consul:81')
      await followed.finds(path(), '127.0.0.1:81 192.0.2.1:80', soonMs)
      await set('/a/web/x', '192.0.2.2:80')
      await followed.finds(path(), '192.0.2.2:80', soonMs)
      await set('/a/web/y/z', '192.0.2.3:80')
      await followed.finds(path(), '192.0.2.2:80 192.0.2.3:80', soonMs)
      for (const key of ['/a/web/x', '/a/web/y/z', '/a/web']) await remove(key)
      await followed.finds(path(), /^none/, soonMs)
    })

    it('keeps what it knew while etcd is gone, and believes one that lost its data', async () => {
      await set('/a/web/x', '192.0.2.2:80')
      followed.follow(path())
      await followed.finds(path(), '192.0.2.2:80')
      await etcd.kill()
      await followed.finds(path(), '192.0.2.2:80 stale')
      await etcd.loseData()
      await etcd.start()
      await followed.finds(path(), /^none/)
      await set('/a/web/x', '192.0.2.3:80')
      await followed.finds(path(), '192.0.2.3:80', soonMs)
    })
  })
})
