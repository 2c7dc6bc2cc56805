import type { Wish } from '../../model/backend.ts'
import type { DockerContainer } from '../../model/docker-container.ts'
import type { RouteFault, RouteRequest } from '../../model/route-request.ts'
import { clientOf, defaultNetwork, isClient, optedIn, type Network } from './desired/clients.ts'
import { poolKey, poolOf, type Found, type Place, type PoolWish } from './desired/pools.ts'
import { routeKey, type Pool, type Route, type Table } from './plan.ts'

export type { Place }

/** What one container asks for. */
export interface Asked {
  readonly requests: readonly RouteRequest[]
  readonly faults: readonly RouteFault[]
}

export interface Facts {
  readonly containers: readonly DockerContainer[]
  readonly networks: readonly Network[]
  /** By the container's id. */
  readonly asked: ReadonlyMap<string, Asked>
  /** What is behind a backend, by its key. */
  readonly found: (wish: Wish) => Found
}

/** One thing that a container asks for, for people. */
export interface View {
  readonly container: string
  readonly addresses: readonly string[]
  readonly port: number
  readonly protocols: readonly ('tcp' | 'udp')[]
  /** In the container's own words. */
  readonly asked: string
  readonly pool: string | undefined
  /** Why no connection is led anywhere; undefined where it is. */
  readonly why: string | undefined
  /** Since when nobody could be asked: the instances are the last known. */
  readonly stale: string | undefined
}

export interface Desired {
  readonly table: Table
  /** Where the ambassador is to be, beside Docker's default bridge. */
  readonly networks: readonly string[]
  /** Routes, by their keys, whose connections end with their instance. */
  readonly cut: ReadonlySet<string>
  readonly views: readonly View[]
  readonly faults: readonly (RouteFault & { readonly container: string })[]
}

/** The rules that follow from what this host's containers ask for, and from what is behind it. */
export function desired(facts: Facts, place: Place): Desired {
  const { containers, asked } = facts
  const byId = new Map(containers.map((each) => [each.id, each]))
  const allowed = optedIn(facts.networks)
  const routes = new Map<string, Route>()
  const pools = new Map<string, Pool>()
  const [networks, cut] = [new Set<string>(), new Set<string>()]
  const views: View[] = []
  const faults: Desired['faults'][number][] = []

  const poolFor = (wish: PoolWish, found: Found): Pool => {
    const key = poolKey(wish)
    const known = pools.get(key)
    if (known !== undefined) return known
    const pool = poolOf(wish, found, containers, place)
    pools.set(key, pool)
    return pool
  }

  // Everybody who could connect, so that who asks for nothing is refused and not kept waiting.
  const known = containers
    .filter((each) => isClient(each) && each.name !== place.container)
    .flatMap((each) => {
      const client = clientOf(each, byId, allowed)
      return 'addresses' in client ? client.addresses : []
    })

  // Those with a network of their own go first: who shares it does not take it from them.
  const clients = containers.filter(isClient).sort((a, b) => rank(a) - rank(b))
  for (const container of clients) {
    const { name, id } = container
    const wishes = asked.get(id)
    if (name === place.container || wishes === undefined) continue
    faults.push(...wishes.faults.map((fault) => ({ container: name, ...fault })))
    if (wishes.requests.length === 0) continue
    const client = clientOf(container, byId, allowed)
    if ('networks' in client) for (const each of client.networks) networks.add(each)
    const addresses = 'addresses' in client ? client.addresses : []
    for (const { port, protocols, text, wish } of wishes.requests) {
      const found = facts.found(wish)
      const pool = poolFor(wish, found)
      for (const address of addresses) {
        for (const protocol of protocols) {
          const route: Route = { client: address, protocol, port, pool: pool.id }
          const key = routeKey(route)
          if (routes.has(key)) continue
          routes.set(key, route)
          if (wish.drain === 'reset') cut.add(key)
        }
      }
      views.push({
        container: name,
        addresses,
        port,
        protocols,
        asked: text,
        pool: pool.id,
        why: 'why' in client ? client.why : whyNone(pool, found),
        stale: found.stale,
      })
    }
  }
  networks.delete(defaultNetwork)
  // A pool that nobody is led to needs no rules.
  const used = new Set([...routes.values()].map(({ pool }) => pool))
  return {
    table: {
      routes: [...routes.values()],
      pools: [...pools.values()].filter(({ id }) => used.has(id)),
      clients: [...new Set(known)],
    },
    networks: [...networks].sort(),
    cut,
    views,
    faults,
  }
}

const rank = ({ networkMode }: DockerContainer): number => (networkMode.startsWith('container:') ? 1 : 0)

const whyNone = ({ instances }: Pool, { why }: Found): string | undefined =>
  instances !== undefined && instances.length > 0 ? undefined : (why ?? 'nothing is known of it yet')
