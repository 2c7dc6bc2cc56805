// What of Consul is asked again and again, against a real agent on this machine's loopback.
//
//     test ── 127.0.0.1 ── consul, a server, whose data is a folder of the test's
//
import assert from 'node:assert/strict'
import { connect } from '../../src/drivers/consul/connect.ts'
import type { Asked, Inquiry } from '../../src/drivers/consul/consul.ts'
import { ConsulServer } from '../support/consul-server.ts'
import { eventually } from '../lab/eventually.ts'

describe('the questions to Consul', function () {
  this.timeout(60_000)
  let server: ConsulServer
  let consul: Inquiry
  before(async () => {
    server = await ConsulServer.make()
    consul = connect({ host: '127.0.0.1', port: server.port })
    await server.start()
  })
  after(() => server.remove())

  const { signal } = new AbortController()
  const at = (index?: string): Asked => ({ waits: true, signal, ...(index !== undefined && { index }) })
  const passing = async (question: { service: string; tag?: string }) =>
    (await consul.health.passing(question, at())).value.map(({ host, port }) => `${host}:${port}`)

  it('are answered with what of a service is healthy, as it was registered', async () => {
    await server.register({ Name: 'web', ID: 'a', Weights: { Passing: 7, Warning: 1 }, Tags: ['x'] })
    await server.register({ Name: 'web', ID: 'b', Address: '', Port: 0 })
    await server.register({ Name: 'web', ID: 'ill', Check: { TTL: '1h' } })
    const { value } = await consul.health.passing({ service: 'web' }, at())
    assert.deepEqual(
      value.toSorted((a, b) => b.port - a.port),
      [
        { host: '192.0.2.1', port: 80, weight: 7, node: '127.0.0.1' },
        { host: '127.0.0.1', port: 0, weight: 1, node: '127.0.0.1' },
      ],
    )
    assert.deepEqual(await passing({ service: 'web', tag: 'x' }), ['192.0.2.1:80'])
    assert.deepEqual(await passing({ service: 'web', tag: 'y' }), [])
    assert.deepEqual(await passing({ service: 'none/ä?' }), [])
  })

  it('are answered with the nodes that are there, and those of them that failed', async () => {
    const { nodes } = consul
    const [self] = (await nodes.known(at())).value
    assert.ok(self)
    const { index } = await nodes.known(at())
    const waiting = nodes.known(at(index))
    const check = (status: string) => ({ CheckID: 'serfHealth', Name: 'serf', Status: status })
    await server.put('/v1/catalog/register', {
      Node: 'other',
      Address: '192.0.2.2',
      Check: check('critical'),
    })
    assert.deepEqual((await waiting).value.toSorted(), [self, 'other'].toSorted())
    assert.deepEqual((await nodes.failed(at())).value, ['other'])
  })

  it('wait for another answer, and are answered with it', async () => {
    await server.register({ Name: 'slow' })
    const { index } = await consul.health.passing({ service: 'slow' }, at())
    const waiting = consul.health.passing({ service: 'slow' }, at(index))
    await eventually('it waits', async () => (await server.connections()) === 1)
    await server.register({ Name: 'slow', Port: 81 })
    assert.deepEqual(
      (await waiting).value.map(({ port }) => port),
      [81],
    )
  })

  it('end when they are told to, and leave no connection behind', async () => {
    const { index } = await consul.health.passing({ service: 'web' }, at())
    const end = new AbortController()
    const waiting = consul.health.passing({ service: 'web' }, { index, waits: true, signal: end.signal })
    await eventually('it waits', async () => (await server.connections()) === 1)
    end.abort()
    await assert.rejects(waiting, { name: 'ArpanetError' })
    await assert.rejects(consul.health.passing({ service: 'web' }, { waits: false, signal: end.signal }))
    await eventually('none is left', async () => (await server.connections()) === 0)
  })

  it('are answered with the keys of a folder, or the one key, and not with their neighbours', async () => {
    for (const key of ['f', 'f/a', 'f/b/c', 'f2', 'f/empty']) {
      await server.put(`/v1/kv/${key}`, key === 'f/empty' ? '' : `of ${key}`)
    }
    const under = await consul.values.under('f', at())
    assert.deepEqual(
      under.value.map(({ key, value }) => `${key}=${value}`),
      ['f/a=of f/a', 'f/b/c=of f/b/c', 'f/empty='],
    )
    assert.deepEqual((await consul.values.at('f', at())).value, [{ key: 'f', value: 'of f' }])
    const none = await consul.values.at('none', at())
    assert.deepEqual([none.value, (await consul.values.under('none', at())).value], [[], []])
    const waiting = consul.values.at('none', at(none.index))
    await server.put('/v1/kv/none', 'now')
    assert.deepEqual((await waiting).value, [{ key: 'none', value: 'now' }])
  })

  it('fail where nobody can know', async () => {
    await assert.rejects(consul.health.passing({ service: 'web', datacenter: 'dc9' }, at()), {
      kind: 'unavailable',
      message: /No path to datacenter \(HTTP 500\)$/,
    })
    await assert.rejects(connect({ host: '127.0.0.1', port: 1 }).health.passing({ service: 'web' }, at()), {
      message: 'Consul: no answer at http://127.0.0.1:1: connection refused',
    })
  })
})
