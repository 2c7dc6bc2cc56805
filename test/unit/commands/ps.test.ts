import assert from 'node:assert/strict'
import Ps from '../../../src/commands/ps.ts'
import { formatPublished } from '../../../src/model/published-container.ts'
import { runOn } from '../../support/command.ts'
import { fakeKeyValue } from '../../support/key-value.ts'

const folder = 'arpanet/containers'
const created = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1_000).toISOString()

const published = (host: string, name: string, changes: object = {}) => ({
  [`${folder}/${name}.${host}`]: formatPublished(
    { id: `${name}.${host}`, ip: `192.0.2.${host.slice(1)}`, host },
    JSON.stringify({
      Id: '1'.repeat(64),
      Name: `/${name}`,
      Created: created(7_200),
      State: { Status: 'running' },
      Config: { Image: 'example/web:1' },
      NetworkSettings: { Ports: {} },
      ...changes,
    }),
  ),
})

const kv = fakeKeyValue({
  ...published('h2', 'a'),
  ...published('h1', 'web', {
    State: { Status: 'running', Health: { Status: 'healthy' } },
    NetworkSettings: { Ports: { '80/tcp': [{ HostIp: '192.0.2.1', HostPort: '8080' }], '81/tcp': null } },
    Created: created(300),
  }),
  ...published('h1', 'db', { Config: { Image: '\u001b[31mred' }, State: { Status: 'paused' } }),
  [`${folder}/left`]: '{"ID":"left","IP":"192.0.2.9","Container":{"Name":"/old"}}',
  'arpanet/other': 'x',
})

describe('ps', () => {
  it('shows all containers, by host and name, and nothing that speaks to the terminal', async () => {
    const { stdout, stderr, exitCode } = await runOn({ kv }, Ps, 'ps')
    assert.equal(
      stdout,
      `NAME  HOST       IMAGE          STATE              PORTS                           AGE
old   192.0.2.9
db    h1         ?[31mred       paused                                             2h
web   h1         example/web:1  running (healthy)  192.0.2.1:8080->80/tcp, 81/tcp  5m
a     h2         example/web:1  running                                            2h
`,
    )
    assert.deepEqual([stderr, exitCode], ['', 0])
  })

  it('shows those of one host', async () => {
    const { stdout } = await runOn({ kv }, Ps, 'ps', '--host', 'h2')
    assert.match(stdout, /^NAME .*\na +h2 .*\n$/)
    const { stderr, exitCode } = await runOn({ kv }, Ps, 'ps', '--host', 'h7')
    assert.deepEqual(
      [stderr, exitCode],
      ['ps: no container of host "h7", expected one of 192.0.2.9, h1, h2\n', 6],
    )
  })

  it('prints the same as JSON', async () => {
    const { stdout } = await runOn({ kv }, Ps, 'ps', '--json', '--host', 'h1')
    const [db, web] = JSON.parse(stdout) as [Record<string, unknown>, Record<string, unknown>]
    assert.equal(db.name, 'db')
    const { createdAt, ...rest } = web
    assert.ok(Date.parse(createdAt as string))
    assert.deepEqual(rest, {
      key: 'web.h1',
      name: 'web',
      host: 'h1',
      address: '192.0.2.1',
      id: '1'.repeat(64),
      image: 'example/web:1',
      state: 'running',
      health: 'healthy',
      ports: ['192.0.2.1:8080->80/tcp', '81/tcp'],
    })
  })

  it('says that there is nothing yet', async () => {
    const says = 'no host tells of its containers yet: start fleetstreet on each with arpanet start:stack\n'
    assert.deepEqual(await runOn({}, Ps, 'ps'), { stdout: says, stderr: '', exitCode: 0 })
    assert.equal((await runOn({}, Ps, 'ps', '--json')).stdout, '[]\n')
    const { stderr, exitCode } = await runOn({}, Ps, 'ps', '--host', 'h1')
    assert.deepEqual(
      [stderr, exitCode],
      ['ps: no container of host "h1", expected one: there are none yet\n', 6],
    )
  })

  it('looks where CONSUL_KV_PATH says, and says what is no container there', async () => {
    const elsewhere = fakeKeyValue({ 'team/containers/note': 'by hand' })
    const { stderr } = await runOn({ kv: elsewhere, settings: { CONSUL_KV_PATH: '/team/' } }, Ps, 'ps')
    assert.equal(stderr, '1 of 1 keys in team/containers tell of no container\n')
  })
})
