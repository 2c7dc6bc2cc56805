import assert from 'node:assert/strict'
import {
  plan,
  routeKey,
  type Actual,
  type ActualRoute,
  type FilledPool,
  type Route,
  type Scripts,
} from '../../../../src/agents/ambassador/plan.ts'
import { canonical, type Table } from '../../../../src/agents/ambassador/kernel/table.ts'
import { aPool, aRoute, aTable, states } from './table-states.ts'

type Act =
  | { table: Parameters<Scripts['table']>[0] }
  | { client: ['add' | 'remove', string] }
  | { route: [ActualRoute | null, Route | null] }
  | { pool: [FilledPool | null, FilledPool | null] }

const line = (act: object) => `${JSON.stringify(act)}\n`
const strictScripts: Scripts = {
  table: (table) => line({ table }),
  client: (...client) => line({ client }),
  route: (...route) => line({ route }),
  pool: (...pool) => line({ pool }),
}

/** A kernel that refuses what makes no sense. */
class StrictKernel {
  exists = false
  readonly routes = new Map<string, Route>()
  readonly pools = new Map<string, FilledPool>()
  readonly clients = new Set<string>()

  apply(script: string): void {
    const act = JSON.parse(script) as Act
    if ('table' in act) {
      this.exists = true
      this.routes.clear()
      this.pools.clear()
      this.clients.clear()
      for (const pool of act.table.pools) this.#pool(null, pool)
      for (const route of act.table.routes) this.#route(null, route)
      for (const client of act.table.clients) this.clients.add(client)
    } else if ('client' in act) {
      const [verb, address] = act.client
      assert.equal(this.clients.has(address), verb === 'remove', `client ${address} is what it is`)
      if (verb === 'add') this.clients.add(address)
      else this.clients.delete(address)
    } else if ('route' in act) this.#route(...act.route)
    else this.#pool(...act.pool)
  }

  #route(before: Omit<Route, 'pool'> | null, after: Route | null): void {
    const key = routeKey((after ?? before)!)
    assert.equal(this.routes.has(key), before !== null, `route ${key} is what it is`)
    if (after === null) this.routes.delete(key)
    else {
      assert.ok(this.pools.has(after.pool), `there is a pool ${after.pool}`)
      this.routes.set(key, after)
    }
  }

  #pool(before: FilledPool | null, after: FilledPool | null): void {
    const { id } = (after ?? before)!
    assert.equal(this.pools.has(id), before !== null, `pool ${id} is what it is`)
    if (after !== null) return void this.pools.set(id, after)
    assert.ok(![...this.routes.values()].some(({ pool }) => pool === id), `a route leads to pool ${id}`)
    this.pools.delete(id)
  }

  get actual(): Actual {
    return {
      fault: this.exists ? undefined : 'there is none',
      routes: [...this.routes.values()].map((route) => ({
        ...route,
        leads: true,
        counts: true,
        connections: 0,
        bytes: 0,
      })),
      pools: [...this.pools.values()].map((pool) => ({ ...pool, chains: [], sets: [] })),
      clients: [...this.clients],
    }
  }

  get table(): Table {
    return {
      routes: [...this.routes.values()],
      pools: [...this.pools.values()],
      clients: [...this.clients],
    }
  }

  become(table: Table): readonly string[] {
    const steps = plan(canonical(table), this.actual, strictScripts)
    for (const { script, reason } of steps) {
      assert.notEqual(reason, '')
      this.apply(script)
    }
    return steps.map(({ verb, target }) => `${verb} ${target}`)
  }
}

const sorted = ({ routes, pools, clients }: Table) => ({
  clients: clients.toSorted(),
  routes: routes.map((each) => JSON.stringify(each)).sort(),
  pools: pools.map(({ id, instances }) => JSON.stringify([id, instances])).sort(),
})

describe('plan of routes and pools', () => {
  for (const [from, before] of Object.entries(states)) {
    for (const [to, after] of Object.entries(states)) {
      it(`from ${from} to ${to}`, () => {
        const kernel = new StrictKernel()
        kernel.become(before)
        const steps = kernel.become(after)
        assert.deepEqual(sorted(kernel.table), sorted(canonical(after)))
        assert.deepEqual(kernel.become(after), [])
        if (from === to && from !== 'nothing') assert.deepEqual(steps, [])
      })
    }
  }

  const become = (before: Omit<Table, 'clients'>, after: Omit<Table, 'clients'>) => {
    const kernel = new StrictKernel()
    kernel.become(aTable(before))
    return { steps: kernel.become(aTable(after)), kernel }
  }

  it('is one step where there is no table', () => {
    assert.deepEqual(new StrictKernel().become(states['two clients, two pools']!), [
      'set up the routing table',
    ])
  })

  it('takes routes away before their pools, and adds them after', () => {
    const { steps } = become(
      {
        routes: [aRoute('a', { port: 1 }), aRoute('c', { port: 3 })],
        pools: [aPool('a', []), aPool('c', [])],
      },
      {
        routes: [aRoute('b', { port: 2 }), aRoute('b', { port: 3 })],
        pools: [aPool('b', []), aPool('c', ['192.0.2.1'])],
      },
    )
    assert.deepEqual(steps, [
      'change pool c',
      'remove route 10.77.1.2 tcp/1',
      'add pool b',
      'add route 10.77.1.2 tcp/2',
      'change route 10.77.1.2 tcp/3',
      'remove pool a',
    ])
  })

  it('keeps the instances of a pool of which nothing is known', () => {
    const { steps, kernel } = become(
      { routes: [], pools: [aPool('a', ['192.0.2.1'])] },
      {
        routes: [aRoute('a'), aRoute('b', { port: 2 })],
        pools: ['a', 'b'].map((id) => ({ id, instances: undefined })),
      },
    )
    assert.deepEqual(steps, [
      'add pool b',
      'add route 10.77.1.2 tcp/80',
      'add route 10.77.1.2 tcp/2',
      'add client 10.77.1.2',
    ])
    assert.deepEqual(
      [...kernel.pools.values()].map(({ instances }) => instances.length),
      [1, 0],
    )
  })

  it('keeps them where the table is made anew', () => {
    const kernel = new StrictKernel()
    kernel.become(aTable({ routes: [], pools: [aPool('a', ['192.0.2.1'])] }))
    kernel.exists = false
    assert.deepEqual(kernel.become(aTable({ routes: [], pools: [{ id: 'a', instances: undefined }] })), [
      'set up the routing table',
    ])
    assert.equal(kernel.pools.get('a')?.instances.length, 1)
  })

  it('says what becomes of a pool', () => {
    const actual: Actual = {
      fault: undefined,
      routes: [],
      clients: [],
      pools: [{ ...aPool('a', ['192.0.2.1', 'fd00::1']), chains: [], sets: [] }],
    }
    const [step] = plan(
      canonical(aTable({ routes: [], pools: [aPool('a', ['192.0.2.1', '192.0.2.2'])] })),
      actual,
      strictScripts,
    )
    assert.equal(step?.reason, 'less [fd00::1]:80, with 192.0.2.2:80')
  })
})
