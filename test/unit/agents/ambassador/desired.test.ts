import assert from 'node:assert/strict'
import { cuts, type Connection } from '../../../../src/agents/ambassador/cuts.ts'
import { desired } from '../../../../src/agents/ambassador/desired.ts'
import type { Found } from '../../../../src/agents/ambassador/desired/pools.ts'
import { formatBackend } from '../../../../src/model/backend.ts'
import type { DockerContainer } from '../../../../src/model/docker-container.ts'
import { routeRequests } from '../../../../src/model/route-request.ts'
import { aContainer, binding } from '../registrator/containers.ts'

const place = { container: 'arpanet_backends', hostAddress: '192.0.2.1' }
const labelled = { name: 'app', labels: { 'arpanet.backends': '' } }
const instance = (text: string, weight = 1, node?: string) => {
  const [address = '', port = ''] = text.split(':')
  return { address, port: Number(port), weight, ...(node === undefined ? {} : { node }) }
}
const answers: Record<string, Found> = {
  redis: {
    instances: [instance('192.0.2.1:32768', 1, '192.0.2.1'), instance('192.0.2.2:32770', 3, '192.0.2.2')],
  },
  none: { instances: [], why: 'no instance of none passes' },
  unknown: { instances: undefined, why: 'Consul: no answer' },
  old: { instances: [instance('192.0.2.2:1')], stale: 'Consul: no answer' },
}

const client = (changes: Partial<DockerContainer> & { readonly asks?: Record<string, string> } = {}) => {
  const { asks = { BACKEND_6379: 'redis' }, ...rest } = changes
  const name = rest.name ?? 'web'
  return aContainer({
    name,
    id: name,
    bindings: [],
    exposed: [],
    networkMode: 'bridge',
    networks: { bridge: { ipv4: '172.17.0.5', ipv6: '' } },
    environment: asks,
    ...rest,
  })
}

const of = (...containers: DockerContainer[]) =>
  desired(
    {
      containers,
      networks: [{ name: 'bridge', labels: {} }, labelled, { name: 'shut', labels: {} }],
      asked: new Map(containers.map((each) => [each.id, routeRequests(each)])),
      found: ({ backend }) => answers[formatBackend(backend)] ?? { instances: undefined },
    },
    place,
  )

/** As `172.17.0.5 tcp/6379 -> 192.0.2.1:1 192.0.2.2:2*3`. */
const rules = (...containers: DockerContainer[]): string[] => {
  const { table } = of(...containers)
  return table.routes.map(({ client: from, protocol, port, pool }) => {
    const instances = table.pools.find(({ id }) => id === pool)?.instances
    const to = instances?.map(
      ({ address, port: at, weight }) => `${address}:${at}${weight === 1 ? '' : `*${weight}`}`,
    )
    return `${from} ${protocol}/${port} -> ${to?.join(' ') ?? '?'}`
  })
}

const redis = '192.0.2.1:32768 192.0.2.2:32770*3'

describe('what the ambassador wants', () => {
  it('leads a container on the default bridge to all instances, with their weights, by tcp and udp', () => {
    assert.deepEqual(rules(client()), [`172.17.0.5 tcp/6379 -> ${redis}`, `172.17.0.5 udp/6379 -> ${redis}`])
  })

  it('asks for nothing of networks that did not opt in, and says so', () => {
    const { table, views, networks } = of(client({ networks: { shut: { ipv4: '172.20.0.2', ipv6: '' } } }))
    assert.deepEqual([table.routes, table.pools, networks], [[], [], []])
    assert.match(
      views[0]?.why ?? '',
      /^it is on shut, where backends is not: expected bridge, or a network made with/,
    )
  })

  it('joins a network that did, while a container in it asks for something', () => {
    const there = { networks: { app: { ipv4: '172.20.0.2', ipv6: 'fd00::2' } } }
    assert.deepEqual(of(client(there)).networks, ['app'])
    assert.deepEqual(rules(client({ ...there, asks: { BACKEND_6379_TCP: 'redis' } })), [
      `172.20.0.2 tcp/6379 -> ${redis}`,
      `fd00::2 tcp/6379 -> ${redis}`,
    ])
    assert.deepEqual(of(client({ ...there, asks: {} })).networks, [])
    assert.deepEqual(of(client({ ...there, state: 'exited' })).networks, [])
  })

  it('keeps the routes of a container that was told to stop, and drops those of one that ended', () => {
    assert.equal(rules(client({ isStopping: true })).length, 2)
    assert.equal(rules(client({ state: 'paused' })).length, 2)
    for (const state of ['created', 'exited', 'dead', 'restarting'] as const) {
      assert.deepEqual(rules(client({ state })), [])
    }
  })

  it('prefers instances of this host where that is asked for, and takes others where there is none', () => {
    assert.deepEqual(
      rules(client({ asks: { BACKEND_1_TCP: 'redis?near=host', BACKEND_2_TCP: 'old?near=host' } })),
      ['172.17.0.5 tcp/1 -> 192.0.2.1:32768', '172.17.0.5 tcp/2 -> 192.0.2.2:1'],
    )
  })

  it("goes past Docker's own process to an instance on this host's default bridge", () => {
    const here = aContainer({
      name: 'redis1',
      id: 'redis1',
      environment: {},
      bindings: [binding('32768->6379')],
      networks: { bridge: { ipv4: '172.17.0.9', ipv6: '' } },
    })
    assert.deepEqual(rules(client({ asks: { BACKEND_6379_TCP: 'redis' } }), here), [
      '172.17.0.5 tcp/6379 -> 172.17.0.9:6379 192.0.2.2:32770*3',
    ])
  })

  it('has one pool for all that ask for the same, however they write it, and another for other options', () => {
    const pools = (...texts: string[]) => {
      const asks = Object.fromEntries(texts.map((text, at) => [`BACKEND_${at + 1}`, text]))
      return of(client({ asks })).table.pools.length
    }
    assert.equal(pools('redis', 'redis.service.consul', ' redis ', 'redis?drain=reset'), 1)
    assert.equal(pools('redis', 'redis?sticky=60', 'redis?near=host'), 3)
  })

  it('says why nothing is behind a route, and since when nobody could be asked', () => {
    const { views } = of(client({ asks: { BACKEND_1: 'none', BACKEND_2: 'unknown', BACKEND_3: 'old' } }))
    assert.deepEqual(
      views.map(({ why, stale }) => why ?? stale),
      ['no instance of none passes', 'Consul: no answer', 'Consul: no answer'],
    )
  })

  it('leaves what is not known to what the kernel has', () => {
    const { table } = of(client({ asks: { BACKEND_1: 'unknown' } }))
    assert.deepEqual([table.pools[0]?.instances, table.routes.length], [undefined, 2])
  })

  it('gives a container that shares a network the ports that its owner did not ask for', () => {
    const owner = client({ name: 'owner', asks: { BACKEND_1_TCP: 'redis' } })
    const guest = client({
      name: 'guest',
      networkMode: 'container:owner',
      networks: {},
      asks: { BACKEND_1_TCP: 'old', BACKEND_2_TCP: 'old' },
    })
    assert.deepEqual(rules(guest, owner), [`172.17.0.5 tcp/1 -> ${redis}`, '172.17.0.5 tcp/2 -> 192.0.2.2:1'])
  })

  it("tells a container on the host's network that nobody can tell it apart", () => {
    const { views, table } = of(client({ networkMode: 'host', networks: {} }))
    assert.match(views[0]?.why ?? '', /on the host's network/)
    assert.deepEqual(table.routes, [])
  })

  it('reports what makes no sense for its container, and leads all others', () => {
    const bad = client({ name: 'bad', asks: { BACKEND_80: 'http://x/y', BACKEND_81: 'redis' } })
    const { faults, table } = of(bad, client({ networks: { bridge: { ipv4: '172.17.0.6', ipv6: '' } } }))
    assert.deepEqual(
      faults.map(({ container, variable }) => `${container} ${variable}`),
      ['bad BACKEND_80'],
    )
    assert.equal(table.routes.length, 4)
  })

  it('knows everybody who could connect, and nobody that has ended', () => {
    const clients = (...all: DockerContainer[]) => of(...all).table.clients
    assert.deepEqual(clients(client({ asks: {} })), ['172.17.0.5'])
    assert.deepEqual(clients(client({ asks: {}, state: 'exited' })), [])
    assert.deepEqual(clients(client({ name: place.container })), [])
  })

  it('asks for nothing itself', () => {
    assert.deepEqual(rules(client({ name: place.container })), [])
  })
})

describe('connections that outlived their reason', () => {
  const wanted = of(
    client({ asks: { BACKEND_1: 'redis', BACKEND_2: 'redis?drain=reset', BACKEND_3: 'unknown' } }),
  )
  const open = (changes: Partial<Connection>): Connection => ({
    ...{ protocol: 'tcp', client: '172.17.0.5', port: 1, instance: { address: '192.0.2.9', port: 9 } },
    state: 'ESTABLISHED',
    ...changes,
  })
  const there = { address: '192.0.2.1', port: 32768 }
  const cases: [string, Partial<Connection>, string | undefined][] = [
    ['to an instance that is there', { instance: there }, undefined],
    ['to one that is there, with a reset asked for', { port: 2, instance: there }, undefined],
    ['of tcp to one that left', {}, undefined],
    ['of tcp to one that left, with a reset asked for', { port: 2 }, 'its instance has left'],
    [
      'of tcp that one that left never answered',
      { state: 'SYN_SENT' },
      'its instance has left without an answer',
    ],
    ['of tcp that nobody answered yet', { state: 'SYN_SENT', instance: there }, undefined],
    ['of udp to one that left', { protocol: 'udp' }, 'its instance has left'],
    ['to what is not known now', { port: 3, protocol: 'udp' }, undefined],
    ['for a port that nobody asks for', { port: 4 }, 'nobody asks for it any more'],
    [
      'of an address that nobody holds',
      { client: '172.17.0.6', instance: there },
      'nobody asks for it any more',
    ],
  ]
  it('are cut once, however many a client has to one instance', () => {
    const one = open({ port: 4 })
    assert.equal(cuts(wanted, [one, one, one, open({ port: 5 })]).length, 2)
  })
  it('that nobody answered are cut without those that somebody did', () => {
    const all = cuts(wanted, [open({ state: 'SYN_SENT' }), open({})])
    assert.deepEqual(
      all.map(({ state }) => state),
      ['SYN_SENT'],
    )
  })
  for (const [what, changes, reason] of cases) {
    it(`${reason === undefined ? 'leave alone' : 'end'} one ${what}`, () => {
      assert.deepEqual(
        cuts(wanted, [open(changes)]).map((each) => each.reason),
        reason === undefined ? [] : [reason],
      )
    })
  }
})
