// The directory of backends against the catalogue of a real Consul on this machine's loopback.
//
//     directory ── 127.0.0.1 ── consul, a server: its API and its DNS
//
import assert from 'node:assert/strict'
import { ConsulServer } from '../support/consul-server.ts'
import { directoryOf, type FollowedDirectory } from '../support/followed-directory.ts'
import { eventually } from '../lab/eventually.ts'

/** What is another in Consul or etcd is so in the directory. */
const soonMs = 1_000

describe('the directory', function () {
  this.timeout(60_000)
  let consul: ConsulServer
  let followed: FollowedDirectory

  const here = (rest = '') => `192.0.2.1:80${rest}@127.0.0.1`

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

  describe('of a service', () => {
    it('has those that pass, and each change within a second', async () => {
      followed.follow('web')
      await followed.finds('web', 'none: Consul has no healthy instance of web')
      await consul.register({ Name: 'web', ID: 'a' })
      await followed.finds('web', here(), soonMs)
      await consul.register({ Name: 'web', ID: 'b', Address: '192.0.2.2', Check: { TTL: '1h' } })
      await consul.put('/v1/agent/check/pass/service:b')
      await followed.finds('web', `${here()} 192.0.2.2:80@127.0.0.1`, soonMs)
      assert.ok(!followed.triggers.some((line) => line.startsWith('!')))
      await consul.put('/v1/agent/check/fail/service:b')
      await followed.finds('web', here(), soonMs)
      assert.equal(followed.triggers.at(-1), '!web: 192.0.2.2 port 80 left')
      await consul.register({ Name: 'web', ID: 'a', Weights: { Passing: 5, Warning: 1 } })
      await followed.finds('web', here('*5'), soonMs)
      assert.equal(followed.triggers.at(-1), 'web: it is another')
      await consul.deregister('a')
      await consul.deregister('b')
      await followed.finds('web', /^none/, soonMs)
      assert.deepEqual(followed.lines, [
        'warning: web: no instance: Consul has no healthy instance of web',
        'web: 1 instance',
        'warning: web: no instance: Consul has no healthy instance of web',
      ])
    })

    it('leaves out a service or a node that is in maintenance', async () => {
      await consul.register({ Name: 'kept', ID: 'k' })
      followed.follow('kept')
      await followed.finds('kept', here())
      for (const what of ['service/maintenance/k', 'maintenance']) {
        await consul.put(`/v1/agent/${what}?enable=true`)
        await followed.finds('kept', /^none/, soonMs)
        await consul.put(`/v1/agent/${what}?enable=false`)
        await followed.finds('kept', here(), soonMs)
      }
      await consul.deregister('k')
    })

    it('has those with a tag, and of a datacenter that is there', async () => {
      await consul.register({ Name: 'db', ID: 'd1', Tags: ['primary'] })
      await consul.register({ Name: 'db', ID: 'd2', Address: '192.0.2.2' })
      followed.follow('primary.db', 'db@dc1', 'db@dc9')
      await followed.finds('primary.db', here())
      await followed.finds('db@dc1', `${here()} 192.0.2.2:80@127.0.0.1`)
      await followed.finds('db@dc9', /^unknown: .*No path to datacenter/)
      await consul.register({ Name: 'db', ID: 'd2', Address: '192.0.2.2', Tags: ['primary'] })
      await followed.finds('primary.db', `${here()} 192.0.2.2:80@127.0.0.1`, soonMs)
      for (const id of ['d1', 'd2']) await consul.deregister(id)
    })

    it('says which was registered without a port, and asks for the addresses of names', async () => {
      await consul.register({ Name: 'odd', ID: 'o1', Port: 0, Address: '' })
      followed.follow('odd')
      await followed.finds('odd', 'none: odd on 127.0.0.1 is registered without a port')
      await consul.register({ Name: 'odd', ID: 'o2', Address: 'h1.node.consul' })
      await followed.finds('odd', '127.0.0.1:80@127.0.0.1')
      await consul.register({ Name: 'odd', ID: 'o2', Address: '2001:db8:0::1' })
      await followed.finds('odd', '[2001:db8::1]:80@127.0.0.1')
      assert.equal(followed.lines.filter((line) => line.includes('without a port')).length, 2)
      for (const id of ['o1', 'o2']) await consul.deregister(id)
    })

    it('does not trigger for what makes no difference', async () => {
      await consul.register({ Name: 'calm', ID: 'c' })
      followed.follow('calm')
      await followed.finds('calm', here())
      const { length } = followed.triggers
      await consul.register({ Name: 'calm', ID: 'c', Tags: ['new'], Meta: { a: 'b' } })
      await consul.register({ Name: 'calm', ID: 'last', Address: '192.0.2.9' })
      await followed.finds('calm', '192.0.2.1:80@127.0.0.1 192.0.2.9:80@127.0.0.1')
      assert.deepEqual(followed.triggers.slice(length), ['calm: it is another'])
      for (const id of ['c', 'last']) await consul.deregister(id)
    })
  })

  describe('of a Consul that is gone', () => {
    afterEach(async () => {
      await consul.kill()
      await consul.start()
    })

    it('keeps what it knew, and believes that it is empty only once a leader says so', async () => {
      await consul.register({ Name: 'web', ID: 'a' })
      followed.follow('web', 'consul:///missing')
      await followed.finds('web', here())
      await followed.finds('consul:///missing', /^none/)
      await consul.kill()
      await followed.finds('web', `${here()} stale`)
      followed.follow('web', 'consul:///missing', 'other')
      await followed.finds('other', /^unknown: Consul: no answer at .*: connection refused$/)
      await consul.loseData()
      await consul.start({ expect: 2 })
      await eventually('it says that there is no leader', () =>
        (followed.directory.trouble('web') ?? '').includes('No cluster leader'),
      )
      assert.equal(followed.line('web'), `${here()} stale`)
      await consul.kill()
      await consul.loseData()
      await consul.start()
      await followed.finds('web', 'none: Consul has no healthy instance of web', 10_000)
      await followed.finds('other', /^none/, 10_000)
      await consul.register({ Name: 'web', ID: 'a' })
      await followed.finds('web', here(), soonMs)
      await consul.deregister('a')
      await followed.finds('web', /^none/, soonMs)
      assert.deepEqual(
        followed.lines
          .filter((line) => line.includes('web: '))
          .map((line) => line.replace(/as before: .*/, 'as before')),
        [
          'web: 1 instance',
          'warning: web: cannot be asked, 1 instance as before',
          'warning: web: no instance: Consul has no healthy instance of web',
          'web: 1 instance',
          'warning: web: no instance: Consul has no healthy instance of web',
        ],
      )
    })

    it('has all as it was once Consul is back with its data', async () => {
      await consul.register({ Name: 'web', ID: 'a' })
      await consul.put('/v1/kv/kept/a', '192.0.2.3:1')
      followed.follow('web', 'consul:///kept')
      await followed.finds('web', here())
      await followed.finds('consul:///kept', '192.0.2.3:1')
      followed.triggers.length = 0
      await consul.kill()
      await followed.finds('web', `${here()} stale`)
      await followed.finds('consul:///kept', '192.0.2.3:1 stale')
      await consul.start()
      await followed.finds('web', here(), 10_000)
      await followed.finds('consul:///kept', '192.0.2.3:1', 10_000)
      assert.deepEqual(
        followed.triggers.filter((line) => line.startsWith('!')),
        [],
      )
      await consul.deregister('a')
    })
  })

  it('follows a hundred services with fewer than eighty connections', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `many-${index}`)
    for (const name of names) await consul.register({ Name: name })
    let most = 0
    const count = async () => {
      most = Math.max(most, await consul.connections())
    }
    followed.follow(...names)
    const settled = followed.directory.settled(10_000)
    let isSettled = false
    void settled.then(() => (isSettled = true))
    await eventually('all are heard', async () => (await count(), isSettled), { everyMs: 5 })
    for (const name of names) assert.equal(followed.line(name), here())
    for (const name of names) await consul.register({ Name: name, Port: 81 })
    await eventually(
      'all are another',
      async () => {
        await count()
        return names.every((name) => followed.line(name).startsWith('192.0.2.1:81'))
      },
      { everyMs: 10 },
    )
    // Sixty-four at a time; of those that end Consul hears a moment later, on a busy machine of several at once.
    assert.ok(most >= 64 && most < 80, `${most} connections`)
    followed.follow(names[99]!)
    await eventually('one is left', async (seen) => seen(await consul.connections()) === 1, { everyMs: 20 })
    for (const name of names) await consul.deregister(name)
    await followed.finds(names[99]!, /^none/)
  })
})
