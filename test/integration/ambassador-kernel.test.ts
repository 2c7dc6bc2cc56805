// The ambassador's rules in a real kernel, and connections through them.
//
//     client ──┐                   ┌── one    (10.77.2.2, fd77:2::2)
//              ├── ambassador ─────┤
//     other ───┘                   └── two    (10.77.3.2, fd77:3::2)
//
import assert from 'node:assert/strict'
import { plan, type Actual } from '../../src/agents/ambassador/plan.ts'
import { readRuleset } from '../../src/agents/ambassador/kernel/read-ruleset.ts'
import { scripts } from '../../src/agents/ambassador/kernel/ruleset.ts'
import { canonical, type Table } from '../../src/agents/ambassador/kernel/table.ts'
import { connect as connectConntrack, type Conntrack } from '../../src/drivers/conntrack.ts'
import { connect as connectNft, type Nft } from '../../src/drivers/nft.ts'
import { eventually } from '../lab/eventually.ts'
import { circuit } from '../support/circuit.ts'
import { NetworkNamespace, type Running } from '../support/network-namespace.ts'
import { aPool, aRoute, anInstance, states } from '../unit/agents/ambassador/table-states.ts'

const one = '10.77.2.2'
const two = '10.77.3.2'
const [ours, ours6] = ['10.77.1.1', 'fd77:1::1']
const port = 80

const sorted = ({ routes, pools, clients }: Table | Actual) => ({
  clients: clients.toSorted(),
  routes: routes.map(({ client, protocol, port, pool }) => `${client} ${protocol}/${port} to ${pool}`).sort(),
  pools: pools.map(({ id, instances }) => JSON.stringify([id, instances])).sort(),
})

describe('the ambassador in a kernel', function () {
  this.timeout(60_000)
  const all: NetworkNamespace[] = []
  let ambassador: NetworkNamespace, client: NetworkNamespace, other: NetworkNamespace
  let nft: Nft, conntrack: Conntrack

  before(async () => {
    for (const name of ['ambassador', 'client', 'one', 'two', 'other']) {
      all.push(await NetworkNamespace.create(name))
    }
    const [first, ...outer] = all
    ambassador = first!
    client = outer[0]!
    other = outer[3]!
    for (const [index, each] of outer.entries()) await ambassador.plug(each, index + 1)
    await ambassador.forward()
    await outer[1]!.serve('one', port)
    await outer[2]!.serve('two', port)
    await outer[1]!.serve('one-6379', 6379)
    nft = connectNft(ambassador.shell)
    conntrack = connectConntrack(ambassador.shell)
  })

  after(async () => {
    for (const each of all) await each.delete()
  })

  const actual = async () => readRuleset(await nft.list('arpanet'))
  /** Everybody is known who has an address here. */
  const known = ['10.77.1.2', 'fd77:1::2', '10.77.4.2']
  const steps = async (table: Omit<Table, 'clients'>) =>
    plan(canonical({ clients: known, ...table }), await actual(), scripts)
  const become = async (table: Omit<Table, 'clients'> & Partial<Table>) => {
    const taken = await steps(table)
    await nft.apply(taken.map(({ script }) => script).join(''))
    return taken.map(({ verb, target }) => `${verb} ${target}`)
  }
  /** One route of the client's to a pool. */
  const lead = (addresses: readonly string[], changes = {}, route = {}) =>
    become({ routes: [aRoute('a', route)], pools: [aPool('a', addresses, changes)] })
  const forgetAll = () =>
    ambassador.shell
      .run(['conntrack', '-F'])
      .then(() => nft.apply('add table inet arpanet\ndelete table inet arpanet\n'))
  const says = (connection: Running, text: string) =>
    eventually(`it says ${text}`, () => connection.written().includes(text), { everyMs: 10 })
  const refused = /Connection refused/

  beforeEach(forgetAll)

  it('becomes each of its states from each other in one pass', async () => {
    let from = 'nothing at all'
    let found = await actual()
    for (const to of circuit(Object.keys(states))) {
      const wanted = canonical(states[to]!)
      const taken = plan(wanted, found, scripts)
      try {
        await nft.apply(taken.map(({ script }) => script).join(''))
        found = await actual()
        assert.deepEqual(sorted(found), sorted(wanted))
        assert.deepEqual(plan(wanted, found, scripts), [])
      } catch (error) {
        throw new Error(`from ${from} to ${to}: ${(error as Error).message}`, { cause: error })
      }
      from = to
    }
  })

  const strangers: Record<string, [line: string, steps: readonly string[]]> = {
    'a rule in the chain of a pool': ['add rule inet arpanet pool_a accept', ['change pool a']],
    'a chain of a pool that is empty': ['flush chain inet arpanet pool_a', ['change pool a']],
    'a route that leads nowhere': [
      'add element inet arpanet routes4 { 10.9.9.9 . tcp . 1 : drop }',
      ['remove route 10.9.9.9 tcp/1'],
    ],
    'a route that is not counted': [
      'delete element inet arpanet traffic4 { 10.77.1.2 . tcp . 80 }',
      ['change route 10.77.1.2 tcp/80'],
    ],
    'a route that is counted only': [
      'delete element inet arpanet routes4 { 10.77.1.2 . tcp . 80 }',
      ['change route 10.77.1.2 tcp/80'],
    ],
    'a rule of the base gone': ['flush chain inet arpanet postrouting', ['set up the routing table']],
    'a rule more in the base': ['insert rule inet arpanet forward accept', ['set up the routing table']],
    'a chain of somebody else': ['add chain inet arpanet mine', ['set up the routing table']],
    'a set of somebody else': ['add set inet arpanet mine { type ipv4_addr; }', ['set up the routing table']],
    'no table': ['delete table inet arpanet', ['set up the routing table']],
  }
  for (const [what, [line, expected]] of Object.entries(strangers)) {
    it(`mends ${what}`, async () => {
      const table = { routes: [aRoute('a')], pools: [aPool('a', [one, two])] }
      await become(table)
      await nft.apply(`${line}\n`)
      assert.deepEqual(await become(table), expected)
      assert.deepEqual(await steps(table), [])
    })
  }

  it('leads a connection to an instance, at another port', async () => {
    await become({
      routes: [aRoute('a')],
      pools: [{ id: 'a', instances: [anInstance(one, { port: 6379 })] }],
    })
    assert.equal(await client.ask(ours, port), 'one-6379')
  })

  it('counts connections and bytes of a route', async () => {
    await lead([one])
    for (let n = 0; n < 3; n += 1) await client.ask(ours, port)
    const [route] = (await actual()).routes
    assert.equal(route?.connections, 3)
    // Each has at least seven packets of 52 bytes.
    assert.ok(route.bytes > 3 * 7 * 52, `${route.bytes} bytes`)
  })

  it('gives each instance its share', async () => {
    await become({
      routes: [aRoute('a')],
      pools: [{ id: 'a', instances: [anInstance(one, { weight: 20 }), anInstance(two, { weight: 10 })] }],
    })
    const said = []
    for (let n = 0; n < 9; n += 1) said.push(await client.ask(ours, port))
    assert.equal(said.filter((each) => each === 'one').length, 6)
  })

  it('sends a client to the same instance again where that is wanted', async () => {
    await lead([one, two], { stickySeconds: 60 })
    const said = new Set<string>()
    for (let n = 0; n < 5; n += 1) said.add(await client.ask(ours, port))
    assert.equal(said.size, 1)
    // Another instance that comes or goes is nothing to the client.
    const [kept] = [...said]
    await lead([one, two, '10.77.9.9'], { stickySeconds: 60 })
    assert.equal(await client.ask(ours, port), kept)
    const gone = kept === 'one' ? two : one
    await lead([gone], { stickySeconds: 60 })
    assert.notEqual(await client.ask(ours, port), kept)
  })

  it('refuses at once where there is no instance', async () => {
    await lead([])
    await assert.rejects(client.ask(ours, port), refused)
    await lead([], {}, { protocol: 'udp' })
    await assert.rejects(client.askUdp(ours, port), refused)
  })

  it('keeps one waiting of whom it does not know yet, and leads it once it does', async () => {
    await become({ routes: [], pools: [], clients: [] })
    const early = client.open(ours, port)
    await eventually('its first packet was dropped', async () => {
      const text = await ambassador.shell.run(['nft', 'list', 'chain', 'inet', 'arpanet', 'input'])
      return (
        text.includes('clients4') &&
        (await client.shell.run(['ss', '-tn', 'state', 'syn-sent'])).includes(ours)
      )
    })
    await lead([one])
    await says(early, 'one')
    await early.stop()
  })

  it('leads everybody who has no route of its own where all are led', async () => {
    await become({
      routes: [aRoute('a', { client: '*' }), aRoute('b')],
      pools: [aPool('a', [one]), aPool('b', [two])],
    })
    assert.equal(await client.ask(ours, port), 'two')
    assert.equal(await other.ask('10.77.4.1', port), 'one')
  })

  it('refuses a client without a route, and a port without one', async () => {
    await lead([one])
    await assert.rejects(other.ask('10.77.4.1', port), refused)
    await assert.rejects(client.ask(ours, 81), refused)
  })

  it('leads datagrams', async () => {
    await lead([two], {}, { protocol: 'udp' })
    assert.equal(await client.askUdp(ours, port), 'two')
  })

  it('leads IPv6 to instances of IPv6 only', async () => {
    await lead([one, 'fd77:3::2'], {}, { client: 'fd77:1::2' })
    for (let n = 0; n < 3; n += 1) assert.equal(await client.ask(ours6, port), 'two')
    const [route] = (await actual()).routes
    assert.equal(route?.connections, 3)
    assert.ok(route.bytes > 1_000)
    await lead([one], {}, { client: 'fd77:1::2' })
    await assert.rejects(client.ask(ours6, port), refused)
  })

  it('is no router', async () => {
    await lead([one])
    await assert.rejects(client.ask(one, port), /timed out/i)
    await nft.apply('delete table inet arpanet\n')
    assert.equal(await client.ask(one, port), 'one', 'without the rules it would be one')
  })

  it('lets an open connection go on when its instance goes, and sends no new one there', async () => {
    await lead([one])
    const connection = client.open(ours, port)
    await says(connection, 'one')
    await lead([two])
    for (let n = 0; n < 3; n += 1) assert.equal(await client.ask(ours, port), 'two')
    connection.write('still there\n')
    await says(connection, 'still there')
    await become({ routes: [], pools: [] })
    connection.write('without a route\n')
    await says(connection, 'without a route')
    await connection.stop()
  })

  it('keeps open connections when the table is made anew, as after another version', async () => {
    await lead([one])
    const connection = client.open(ours, port)
    await says(connection, 'one')
    await nft.apply(
      'flush chain inet arpanet forward\nadd rule inet arpanet forward ct status dnat accept comment "arpanet 0"\n',
    )
    assert.deepEqual(await lead([two]), ['set up the routing table'])
    // The kernel keeps the translation with the connection, not with the rule.
    connection.write('still there\n')
    await says(connection, 'still there')
    assert.equal(await client.ask(ours, port), 'two')
    await connection.stop()
  })

  it('keeps the instances of a pool of which nothing is known, even when the table is made anew', async () => {
    await lead([one])
    await nft.apply('flush chain inet arpanet postrouting\n')
    const taken = await become({ routes: [aRoute('a')], pools: [{ id: 'a', instances: undefined }] })
    assert.deepEqual(taken, ['set up the routing table'])
    assert.equal(await client.ask(ours, port), 'one')
  })

  const forgotten = {
    'a client': { client: '10.77.1.2' },
    'a route': { client: '10.77.1.2', protocol: 'tcp', port },
    'an instance': { instance: { address: one, port } },
  } as const
  for (const [what, filter] of Object.entries(forgotten)) {
    for (const [where, addresses] of [
      ['another instance', [two]],
      ['nowhere', []],
    ] as const) {
      it(`resets a connection of ${what} that is forgotten, and now leads to ${where}`, async () => {
        await lead([one])
        const connection = client.open(ours, port)
        await says(connection, 'one')
        const seen = { protocol: 'tcp', client: '10.77.1.2', port, instance: { address: one, port } }
        assert.deepEqual(await conntrack.connections(), [{ ...seen, state: 'ESTABLISHED' }])
        await lead(addresses)
        await conntrack.forget(filter)
        assert.deepEqual(await conntrack.connections(), [])
        connection.write('still there\n')
        await says(connection, 'Connection reset by peer')
        assert.doesNotMatch(connection.written(), /still there/)
        await connection.stop()
      })
    }
  }

  it('leads a client that an instance never answered to another, once that is forgotten', async () => {
    const lost = '10.77.2.99'
    await ambassador.ip(`neighbour add ${lost} lladdr 02:00:00:00:00:99 dev to2 nud permanent`)
    await lead([lost])
    const connection = client.open(ours, port)
    const states = async () => (await conntrack.connections()).map(({ state }) => state)
    await eventually('it asks', async () => (await states()).includes('SYN_SENT'), { everyMs: 10 })
    await lead([two])
    await conntrack.forget({ client: '10.77.1.2', instance: { address: lost, port }, state: 'ESTABLISHED' })
    assert.deepEqual(await states(), ['SYN_SENT'])
    await conntrack.forget({ client: '10.77.1.2', instance: { address: lost, port }, state: 'SYN_SENT' })
    await says(connection, 'two')
    await connection.stop()
  })

  it('forgets nothing without complaint, of IPv6 too', async () => {
    for (const address of ['10.9.9.9', 'fd00::9']) {
      await conntrack.forget({ client: address })
      await conntrack.forget({ client: address, protocol: 'udp', port: 53 })
      await conntrack.forget({ instance: { address, port: 53 } })
    }
  })

  it('tells of whatever is changed, by whomever', async () => {
    const [changed, stop] = [new Set<string>(), new AbortController()]
    const opened = Promise.withResolvers<undefined>()
    const listening = nft.changes(
      (table) => void changed.add(table),
      () => opened.resolve(undefined),
      stop.signal,
    )
    await opened.promise
    assert.deepEqual([...changed], [])
    await nft.apply('add table inet theirs\n')
    await lead([one])
    await eventually('both are told of', () => changed.has('theirs') && changed.has('arpanet'), {
      everyMs: 10,
    })
    await nft.apply('delete table inet theirs\n')
    stop.abort()
    await listening
  })

  it('says in a line what nft refuses, and does nothing of the script', async () => {
    await lead([one])
    await assert.rejects(
      nft.apply('add chain inet arpanet pool_x\nadd rule inet arpanet pool_x goto nowhere\n'),
      { name: 'ArpanetError', message: /^nft: .*No such file or directory.*$/ },
    )
    assert.deepEqual(await steps({ routes: [aRoute('a')], pools: [aPool('a', [one])] }), [])
  })
})
