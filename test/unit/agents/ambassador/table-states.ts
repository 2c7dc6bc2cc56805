import {
  anyone,
  type Pool,
  type PoolInstance,
  type Route,
  type Table,
} from '../../../../src/agents/ambassador/kernel/table.ts'

export const anInstance = (address: string, changes: Partial<PoolInstance> = {}): PoolInstance => ({
  address,
  port: 80,
  weight: 1,
  ...changes,
})

export const aPool = (id: string, addresses: readonly string[], changes: Partial<Pool> = {}): Pool => ({
  id,
  instances: addresses.map((address) => anInstance(address)),
  ...changes,
})

export const aRoute = (pool: string, changes: Partial<Route> = {}): Route => ({
  client: '10.77.1.2',
  protocol: 'tcp',
  port: 80,
  pool,
  ...changes,
})

const four = '10.77.2.2'
const other = '10.77.3.2'
const six = 'fd77:2::2'

/** What a kernel can be asked to carry, but for the clients, who are those that have a route, and one more in some. */
const tables: Readonly<Record<string, Omit<Table, 'clients'>>> = {
  nothing: { routes: [], pools: [] },
  'a pool without a route': { routes: [], pools: [aPool('a', [four])] },
  'a route to a pool without an instance': { routes: [aRoute('a')], pools: [aPool('a', [])] },
  'a route to one instance': { routes: [aRoute('a')], pools: [aPool('a', [four])] },
  'the same to another': { routes: [aRoute('a')], pools: [aPool('a', [other])] },
  'the same to two': { routes: [aRoute('a')], pools: [aPool('a', [four, other])] },
  'the same to two of other weights': {
    routes: [aRoute('a')],
    pools: [
      {
        id: 'a',
        instances: [anInstance(four, { weight: 30 }), anInstance(other, { weight: 10 }), anInstance(six)],
      },
    ],
  },
  'the same to both families': { routes: [aRoute('a')], pools: [aPool('a', [four, other, six])] },
  'the same, sticky': {
    routes: [aRoute('a')],
    pools: [aPool('a', [four, other, six], { stickySeconds: 60 })],
  },
  'the same, sticky for longer': {
    routes: [aRoute('a')],
    pools: [aPool('a', [four, other, six], { stickySeconds: 600 })],
  },
  'the same, sticky, with other weights': {
    routes: [aRoute('a')],
    pools: [
      {
        id: 'a',
        stickySeconds: 60,
        instances: [anInstance(four, { weight: 3 }), anInstance(other), anInstance(six)],
      },
    ],
  },
  'the same, sticky, with fewer instances': {
    routes: [aRoute('a')],
    pools: [aPool('a', [other], { stickySeconds: 60 })],
  },
  'the same, sticky, without an instance': {
    routes: [aRoute('a')],
    pools: [aPool('a', [], { stickySeconds: 60 })],
  },
  'the same client to another pool': {
    routes: [aRoute('b')],
    pools: [aPool('b', [four])],
  },
  'two clients, two pools': {
    routes: [aRoute('a'), aRoute('b', { client: 'fd77:1::2' }), aRoute('b', { protocol: 'udp' })],
    pools: [aPool('a', [four]), aPool('b', [other, six])],
  },
  'the same exchanged': {
    routes: [aRoute('b'), aRoute('a', { client: 'fd77:1::2' }), aRoute('a', { protocol: 'udp' })],
    pools: [aPool('a', [other]), aPool('b', [four, six])],
  },
  'a pool that is called as a word of nft': { routes: [aRoute('drop')], pools: [aPool('drop', [four])] },
  'many instances': {
    routes: [aRoute('a')],
    pools: [
      aPool(
        'a',
        Array.from({ length: 40 }, (_, n) => `10.78.0.${40 - n}`),
      ),
    ],
  },
}

export const aTable = (table: Omit<Table, 'clients'>, ...more: readonly string[]): Table => {
  const clients = table.routes.map(({ client }) => client).filter((client) => client !== anyone)
  return { ...table, clients: [...new Set([...clients, ...more])] }
}

export const states: Readonly<Record<string, Table>> = {
  ...Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, aTable(table)])),
  'a client without a route': aTable({ routes: [], pools: [] }, '10.77.1.2', 'fd77:1::2'),
  'a route for everybody': aTable({
    routes: [aRoute('a', { client: anyone }), aRoute('b')],
    pools: [aPool('a', [four]), aPool('b', [other])],
  }),
  'another for everybody': aTable({
    routes: [aRoute('b', { client: anyone }), aRoute('b', { client: anyone, protocol: 'udp' })],
    pools: [aPool('b', [other, six])],
  }),
}
