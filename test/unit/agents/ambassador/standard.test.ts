import assert from 'node:assert/strict'
import type { Connection } from '../../../../src/agents/ambassador/cuts.ts'
import type { Found } from '../../../../src/agents/ambassador/desired/pools.ts'
import { throughDns, type Listener } from '../../../../src/agents/ambassador/options.ts'
import { plan } from '../../../../src/agents/ambassador/plan.ts'
import { scripts } from '../../../../src/agents/ambassador/kernel/ruleset.ts'
import { checkNamespace, standardCuts, standardDesired } from '../../../../src/agents/ambassador/standard.ts'
import { canonical } from '../../../../src/agents/ambassador/kernel/table.ts'
import { unavailable, type ArpanetError } from '../../../../src/errors.ts'
import { formatBackend, parseWish } from '../../../../src/model/backend.ts'

const listener = (text: string, changes: Partial<Listener> = {}): Listener => ({
  port: 10_000,
  protocols: ['tcp', 'udp'],
  wish: parseWish(text),
  ...changes,
})
const here = { address: '192.0.2.1', port: 80, weight: 1, node: '192.0.2.1' }
const there = { address: '192.0.2.2', port: 80, weight: 2, node: '192.0.2.2' }
const of = (listeners: readonly Listener[], found: Found = { instances: [here, there] }, hostAddress = '') =>
  standardDesired(listeners, hostAddress, { found: () => found })
const addresses = (...given: Parameters<typeof of>) =>
  of(...given).table.pools.map(({ instances }) => instances?.map(({ address }) => address))

describe('rules for one backend', () => {
  it('lead everybody, by TCP and by UDP, to one pool, and answer everybody', () => {
    const { table } = of([listener('redis')])
    const [pool] = table.pools
    const route = { client: '*', port: 10_000, pool: pool?.id }
    assert.deepEqual(table.routes, [
      { ...route, protocol: 'tcp' },
      { ...route, protocol: 'udp' },
    ])
    assert.deepEqual(pool?.instances, [
      { address: '192.0.2.1', port: 80, weight: 1 },
      { address: '192.0.2.2', port: 80, weight: 2 },
    ])
    assert.deepEqual(table.clients, ['*'])
  })

  it('remember clients where that is wanted', () => {
    assert.equal(of([listener('redis?sticky=60')]).table.pools[0]?.stickySeconds, 60)
  })

  it('prefer instances on its own host only where it knows which that is', () => {
    const near = [listener('redis?near=host')]
    assert.deepEqual(addresses(near, undefined, ''), [['192.0.2.1', '192.0.2.2']])
    assert.deepEqual(addresses(near, undefined, '192.0.2.2'), [['192.0.2.2']])
  })

  it('leave to the kernel what is not known', () => {
    assert.deepEqual(addresses([listener('redis')], { instances: undefined }), [undefined])
  })

  it('lead two ports of one backend to one pool, and two backends to two', () => {
    const [a, b, c] = [listener('a:1'), listener('a:1', { port: 2 }), listener('c:1', { port: 3 })]
    const { routes, pools } = of([a, b, c]).table
    assert.deepEqual([routes.length, pools.length], [6, 2])
  })

  it('are a table that is written as it is', () => {
    const table = canonical(of([listener('redis')]).table)
    assert.deepEqual(table.clients, ['*'])
    const actual = { fault: undefined, routes: [], pools: [], clients: [] }
    const [last] = plan(table, actual, scripts).slice(-1)
    assert.equal(last?.script, 'add element inet arpanet open { ipv4, ipv6 }\n')
    const [first] = plan({ ...table, clients: [] }, { ...actual, clients: ['*'] }, scripts)
    assert.equal(first?.script, 'delete element inet arpanet open { ipv4, ipv6 }\n')
  })
})

describe('connections to one backend', () => {
  const connection = (changes: Partial<Connection> = {}): Connection => ({
    protocol: 'tcp',
    client: '172.17.0.9',
    port: 10_000,
    instance: { address: '192.0.2.9', port: 80 },
    state: 'ESTABLISHED',
    ...changes,
  })
  const cut = (text: string, ...connections: readonly Connection[]) =>
    standardCuts(of([listener(text)]), connections).map(({ client, reason }) => `${client}: ${reason}`)
  const isCut = ['172.17.0.9: its instance has left']

  it('by TCP finish when their instance has left', () => assert.deepEqual(cut('redis', connection()), []))
  it('end with their instance where that is wanted', () =>
    assert.deepEqual(cut('redis?drain=reset', connection()), isCut))
  it('by UDP end with their instance', () =>
    assert.deepEqual(cut('redis', connection({ protocol: 'udp' })), isCut))
  it('go on while their instance is there', () => {
    const { address, port } = here
    assert.deepEqual(cut('redis?drain=reset', connection({ instance: { address, port } })), [])
  })
  it("that somebody else's rules translate are let alone", () => {
    const dns = {
      protocol: 'udp',
      client: '127.0.0.1',
      instance: { address: '127.0.0.11', port: 40_000 },
    } as const
    assert.deepEqual(cut('redis', connection({ ...dns, port: 53 }), connection(dns)), [])
  })
})

describe('a backend without a Consul agent', () => {
  const names: Record<string, string> = {
    redis: 'redis.service.consul',
    'primary.redis': 'primary.redis.service.consul',
    'primary.redis@dc2': 'primary.redis.service.dc2.consul',
    'v1.2.redis.service.consul': 'v1.2.redis.service.consul',
  }
  for (const [text, name] of Object.entries(names)) {
    it(`asks DNS for ${name} where it is ${text}`, () =>
      assert.deepEqual(throughDns(parseWish(text).backend), { kind: 'srv', name }))
  }
  for (const text of ['192.0.2.1:80', 'a:1,b:2', '_redis._tcp.example.com', 'etcd://a/b', 'consul://a/b']) {
    it(`is as it was where it is ${text}`, () => {
      const { backend } = parseWish(text)
      assert.equal(formatBackend(throughDns(backend)), formatBackend(backend))
    })
  }
  it('is refused where it is keys of an agent that nobody named', () => {
    assert.throws(() => throughDns(parseWish('consul:///a/b').backend), { kind: 'usage' })
  })
})

describe('a network namespace', () => {
  const check = (forwards: string, failure?: string) => {
    const list = () => (failure === undefined ? Promise.resolve([]) : Promise.reject(unavailable(failure)))
    const nft = { apply: () => Promise.resolve(), changes: () => Promise.resolve(), list }
    const shell = { run: () => Promise.resolve(`${forwards}\n`), follow: () => Promise.resolve() }
    return checkNamespace(shell, nft, 'redis')
  }
  const saysHow = ({ kind, hint }: ArpanetError) =>
    kind === 'precondition' &&
    hint === 'docker run --user 0 --cap-add NET_ADMIN --sysctl net.ipv4.ip_forward=1 IMAGE ambassador redis'

  it('is fit where rules may be written and packets passed on', () => check('1'))
  it('is not where nft is refused', () =>
    assert.rejects(check('1', 'nft: cache initialization failed: Operation not permitted'), saysHow))
  it('is not where nothing is passed on', () => assert.rejects(check('0'), saysHow))
  it('is not blamed for another failure of nft', () =>
    assert.rejects(check('1', 'nft: no answer within 10 s'), { kind: 'unavailable' }))
})
