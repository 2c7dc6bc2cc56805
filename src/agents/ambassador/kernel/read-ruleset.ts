import { clientsOf, everyone, open, openTo, routesOf, trafficOf } from './layout.ts'
import { listOf, propertiesOf, type Properties } from './nft-json.ts'
import type { Actual, ActualPool, ActualRoute } from '../plan.ts'
import { poolOf } from './pool-names.ts'
import { faultOfChains, faultOfSets } from './read-layout.ts'
import { readPool } from './read-pool.ts'
import { anyone, routeKey } from './table.ts'

/**
 * What the kernel carries, of the objects that nft lists of our table. What is not as we write it is never a failure:
 * it makes its route or pool another than is wanted, or else the whole table.
 */
export function readRuleset(listing: readonly unknown[]): Actual {
  const of = new Map<string, Properties[]>()
  for (const each of listing) {
    for (const [kind, properties] of Object.entries(propertiesOf(each))) {
      const some = of.get(kind) ?? []
      some.push(propertiesOf(properties))
      of.set(kind, some)
    }
  }
  const all = (kind: string): readonly Properties[] => of.get(kind) ?? []
  const rules = Map.groupBy(all('rule'), ({ chain }) => String(chain))
  const named = new Map([...all('set'), ...all('map')].map((each) => [String(each.name), each]))
  const pools = poolsOf(all('chain'), rules, named)
  const table = all('table')[0]
  if (table === undefined) return { fault: 'there is none', routes: [], pools: [], clients: [] }
  const known = new Set(['metainfo', 'table', 'chain', 'set', 'map', 'rule'])
  const stranger = [...of.keys()].find((kind) => !known.has(kind))
  const fault =
    (table.flags !== undefined ? 'somebody put it to sleep' : undefined) ??
    (stranger === undefined ? undefined : `somebody else's ${stranger} is in it`) ??
    faultOfChains(all('chain'), rules) ??
    faultOfSets(named, new Set(pools.flatMap(({ sets }) => sets))) ??
    faultOfOpen(elementsOf(named, open))
  if (fault !== undefined) return { fault, routes: [], pools, clients: [] }
  const routes = routesIn(named)
  return typeof routes === 'string'
    ? { fault: routes, routes: [], pools, clients: [] }
    : { fault: undefined, routes, pools, clients: clientsIn(named) }
}

const elementsOf = (named: ReadonlyMap<string, Properties>, set: string): string[] =>
  listOf(named.get(set)?.elem).map((element) => String(propertiesOf(propertiesOf(element).elem).val))

const clientsIn = (named: ReadonlyMap<string, Properties>): string[] => [
  ...([4, 6] as const).flatMap((family) => elementsOf(named, clientsOf(family))),
  ...(elementsOf(named, open).length > 0 ? [anyone] : []),
]

const faultOfOpen = (found: readonly string[]): string | undefined =>
  found.length === 0 || (found.length === openTo.length && openTo.every((each) => found.includes(each)))
    ? undefined
    : `its ${open} is neither empty nor everybody`

/** Of both families; a sentence where an element is none of a route. */
function routesIn(named: ReadonlyMap<string, Properties>): readonly ActualRoute[] | string {
  const found = new Map<string, ActualRoute>()
  for (const family of [4, 6] as const) {
    for (const [name, isMap] of [
      [routesOf(family), true],
      [trafficOf(family), false],
    ] as const) {
      for (const element of listOf(named.get(name)?.elem)) {
        const [key, verdict] = isMap ? listOf(element) : [element]
        const { val, counter } = propertiesOf(propertiesOf(key).elem)
        const [client, protocol, port] = listOf(propertiesOf(val).concat)
        const isKey =
          typeof client === 'string' && (protocol === 'tcp' || protocol === 'udp') && typeof port === 'number'
        if (!isKey) return `its ${name} has something that is no route`
        const { packets, bytes } = propertiesOf(counter)
        const former = found.get(routeKey({ client, protocol, port })) ?? {
          ...unknown,
          client,
          protocol,
          port,
        }
        found.set(
          routeKey(former),
          isMap
            ? { ...former, leads: true, pool: goalOf(verdict), connections: Number(packets ?? 0) }
            : { ...former, counts: true, bytes: Number(bytes ?? 0) },
        )
      }
    }
  }
  for (const element of listOf(named.get(everyone)?.elem)) {
    const [key, verdict] = listOf(element)
    const { val, counter } = propertiesOf(propertiesOf(key).elem)
    const [protocol, port] = listOf(propertiesOf(val).concat)
    if ((protocol !== 'tcp' && protocol !== 'udp') || typeof port !== 'number') {
      return `its ${everyone} has something that is no route`
    }
    const route = { client: anyone, protocol, port } as const
    const connections = Number(propertiesOf(counter).packets ?? 0)
    found.set(routeKey(route), {
      ...unknown,
      ...route,
      leads: true,
      counts: true,
      pool: goalOf(verdict),
      connections,
    })
  }
  return [...found.values()]
}

const unknown = { pool: undefined, leads: false, counts: false, connections: 0, bytes: 0 }

/** The pool that a verdict leads to. */
function goalOf(verdict: unknown): string | undefined {
  const { target } = propertiesOf(propertiesOf(verdict).goto)
  return typeof target === 'string' && !target.includes('/') ? poolOf(target) : undefined
}

function poolsOf(
  all: readonly Properties[],
  rules: ReadonlyMap<string, readonly Properties[]>,
  named: ReadonlyMap<string, Properties>,
): ActualPool[] {
  const names = all.map(({ name }) => String(name))
  const idOf = (name: string) => poolOf(name) ?? ''
  const members = Map.groupBy(
    names.filter((name) => name.includes('/')),
    idOf,
  )
  const memory = Map.groupBy(
    [...named.keys()].filter((name) => name.includes('/')),
    idOf,
  )
  return names.flatMap((name) => {
    const id = poolOf(name)
    if (id === undefined || name.includes('/')) return []
    const [itsChains, itsSets] = [members.get(id) ?? [], memory.get(id) ?? []]
    const remembering = itsSets.map((each) => propertiesOf(named.get(each)))
    return [{ id, chains: itsChains, sets: itsSets, ...readPool(id, rules, itsChains, remembering) }]
  })
}
