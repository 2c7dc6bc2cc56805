// The Consul driver against a real agent, reached over a port of this machine's loopback.
//
//     test ── 127.0.0.1 ── lab's wire ── h1 192.0.2.1:8500, consul server
//
import assert from 'node:assert/strict'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { connect } from '../../src/drivers/consul/connect.ts'
import type { Consul } from '../../src/drivers/consul/consul.ts'
import { useProductLab } from '../support/product-lab.ts'

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
    consul = connect('127.0.0.1', (door.address() as AddressInfo).port)
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

  it('registers a service once, knows it again, and takes it back', async () => {
    const registration = {
      id: 'web-1',
      name: 'web',
      address: '192.0.2.1',
      port: 80,
      check: { url: 'http://192.0.2.1:8500/v1/agent/self', intervalSeconds: 10 },
    }
    assert.equal(await consul.agent.has(registration), false)
    await consul.agent.register(registration)
    assert.equal(await consul.agent.has(registration), true)
    assert.equal(await consul.agent.has({ ...registration, port: 81 }), false)
    const health = await lab().fetch('http://192.0.2.1:8500/v1/health/service/web?passing')
    assert.equal((JSON.parse(health.text) as unknown[]).length, 1)
    await consul.agent.deregister('web-1')
    await consul.agent.deregister('web-1')
    assert.equal(await consul.agent.has(registration), false)
  })

  it('names the address of an agent that does not answer', async () => {
    await assert.rejects(connect('127.0.0.1', 1).kv.keys(''), {
      name: 'ArpanetError',
      kind: 'unavailable',
      message: 'Consul: no answer at http://127.0.0.1:1: connection refused',
    })
  })
})
