// The Consul driver against a real agent, reached over a port of this machine's loopback.
//
//     test ── 127.0.0.1 ── lab's wire ── h1 192.0.2.1:8500, consul server
//
import assert from 'node:assert/strict'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { connect } from '../../src/drivers/consul/connect.ts'
import type { Consul } from '../../src/drivers/consul/consul.ts'
import { markOf, type Registration } from '../../src/model/registration.ts'
import { useProductLab } from '../support/product-lab.ts'
import { sessionContract } from '../support/session-contract.ts'

describe('the Consul driver', () => {
  const lab = useProductLab('agent', { h1: 'trixie' })
  let door: Server
  let consul: Consul

  before(async () => {
    door = createServer((socket) => {
      const beyond = lab().connect('192.0.2.1', 8500)
      socket.pipe(beyond).pipe(socket)
      socket.on('error', () => beyond.destroy())
      beyond.on('error', () => socket.destroy())
    })
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
    consul = connect({ host: '127.0.0.1', port: (door.address() as AddressInfo).port })
    await lab().h1.run('CONSUL_EXPECT=1 arpanet start:consul boot')
  })
  after(() => door.close())

  it('keeps bytes, and tells an empty value from none', async () => {
    const bytes = Buffer.from([0, 1, 255, 10])
    assert.equal(await consul.kv.set('bytes', bytes), true)
    assert.deepEqual((await consul.kv.entry('bytes'))?.value, bytes)
    await consul.kv.set('empty', Buffer.alloc(0))
    assert.equal((await consul.kv.entry('empty'))?.value.length, 0)
    assert.equal(await consul.kv.entry('none'), undefined)
  })

  it('gives an entry as the API does, its value in base64', async () => {
    await consul.kv.set('raw', Buffer.from('x'))
    const raw = (await consul.kv.entry('raw'))?.raw as Record<string, unknown>
    assert.equal(raw.Key, 'raw')
    assert.equal(raw.Value, 'eA==')
    assert.ok(Number(raw.ModifyIndex) > 0)
  })

  it('sets a key only at the index that is given', async () => {
    assert.equal(await consul.kv.set('cas', Buffer.from('1'), 0), true)
    assert.equal(await consul.kv.set('cas', Buffer.from('2'), 0), false)
    assert.equal(String((await consul.kv.entry('cas'))?.value), '1')
  })

  it('lists keys by their beginning, and none where there are none', async () => {
    for (const key of ['list/a', 'list/b', 'listing']) await consul.kv.set(key, Buffer.from(''))
    assert.deepEqual(await consul.kv.keys('list/'), ['list/a', 'list/b'])
    assert.deepEqual(await consul.kv.keys('nothing'), [])
  })

  it('removes a key, or a tree without its neighbours', async () => {
    for (const key of ['tree', 'tree/a', 'tree/a/b', 'trees']) await consul.kv.set(key, Buffer.from(''))
    await consul.kv.remove('tree/a/b')
    assert.deepEqual(await consul.kv.keys('tree'), ['tree', 'tree/a', 'trees'])
    await consul.kv.removeTree('tree')
    assert.deepEqual(await consul.kv.keys('tree'), ['trees'])
  })

  it('knows the cluster', async () => {
    assert.equal(await consul.cluster.role(), 'server')
    assert.equal(await consul.cluster.leader(), '192.0.2.1')
    assert.deepEqual(await consul.cluster.voters(), ['192.0.2.1'])
    assert.deepEqual(await consul.cluster.members(), [
      { name: 'h1', address: '192.0.2.1', role: 'server', status: 'alive', version: '1.8.7' },
    ])
  })

  it('registers a service with every kind of check, knows it again, and takes it back', async () => {
    const registration: Registration = {
      id: 'web 1/ä',
      name: 'web',
      address: '192.0.2.1',
      port: 80,
      tags: ['a', 'b,c'],
      meta: { colour: 'blue' },
      checks: [
        {
          kind: 'http',
          url: 'http://192.0.2.1:8500/v1/agent/self',
          interval: '10s',
          initialStatus: 'passing',
        },
        { kind: 'tcp', address: '192.0.2.1:8500', interval: '10s', timeout: '1s' },
        { kind: 'grpc', address: '192.0.2.1:8500/x', useTls: false, interval: '10s' },
        { kind: 'ttl', interval: '1m', deregisterAfter: '2h' },
        { kind: 'health', status: 'warning', interval: '0s' },
      ],
    }
    const held = async () => (await consul.agent.services()).find(({ id }) => id === registration.id)
    assert.equal(await held(), undefined)
    await consul.agent.register(registration, 'me')
    const { checks, ...rest } = (await held()) ?? {}
    assert.deepEqual(rest, {
      ...{ id: 'web 1/ä', name: 'web', address: '192.0.2.1', port: 80 },
      ...{ owner: 'me', mark: markOf(registration) },
    })
    assert.deepEqual(
      Object.keys(checks ?? {}).sort(),
      ['', ':2', ':3', ':4', ':5'].map((number) => `service:web 1/ä${number}`),
    )
    assert.equal(checks?.['service:web 1/ä:5'], 'warning')
    await consul.agent.report('service:web 1/ä:5', 'critical', 'it is not well')
    assert.equal((await held())?.checks['service:web 1/ä:5'], 'critical')
    await consul.agent.register({ ...registration, checks: [] }, 'me')
    assert.deepEqual((await held())?.checks, {})
    await consul.agent.deregister(registration.id)
    await consul.agent.deregister(registration.id)
    assert.equal(await held(), undefined)
  })

  describe('sessions and trees', () => {
    sessionContract(() => consul)

    it('makes a session that ends with its node', async () => {
      const session = await consul.sessions.create('a test', 90)
      const { text } = await lab().fetch(`http://192.0.2.1:8500/v1/session/info/${session}`)
      const [info] = JSON.parse(text) as [Record<string, unknown>]
      const { Name, Node, LockDelay, Behavior, TTL } = info
      assert.deepEqual([Name, Node, LockDelay, Behavior, TTL], ['a test', 'h1', 0, 'delete', '90s'])
      assert.match(JSON.stringify(info), /"(NodeChecks|Checks)":\["serfHealth"\]/)
      await consul.sessions.destroy(session)
    })
  })

  it('names the address of an agent that does not answer', async () => {
    await assert.rejects(connect({ host: '127.0.0.1', port: 1 }).kv.keys(''), {
      name: 'ArpanetError',
      kind: 'unavailable',
      message: 'Consul: no answer at http://127.0.0.1:1: connection refused',
    })
  })
})
