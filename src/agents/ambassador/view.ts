import type { InstanceView, RoutesView } from '../../model/route-view.ts'
import type { Connection } from './cuts.ts'
import type { Desired } from './desired.ts'
import { routeKey, type ActualRoute } from './plan.ts'

/** What people are shown: what was asked for, where it leads, and what the kernel says of it. */
export function routesView(
  { views, faults, table }: Desired,
  actual: readonly ActualRoute[],
  connections: readonly Connection[],
): RoutesView {
  const pools = new Map(table.pools.map((pool) => [pool.id, pool]))
  const open = Map.groupBy(connections, routeKey)
  const counted = new Map(actual.map((route) => [routeKey(route), route]))
  const routes = views.map(({ container, addresses, port, protocols, asked, pool, why, stale }) => {
    const keys = addresses.flatMap((client) =>
      protocols.map((protocol) => routeKey({ client, protocol, port })),
    )
    const theirs = keys.flatMap((key) => open.get(key) ?? [])
    const sum = (of: 'connections' | 'bytes') =>
      keys.reduce((all, key) => all + (counted.get(key)?.[of] ?? 0), 0)
    const at = (address: string, instancePort: number) =>
      theirs.filter(({ instance }) => instance.address === address && instance.port === instancePort).length
    const now = (pool === undefined ? undefined : pools.get(pool)?.instances) ?? []
    const instances: InstanceView[] = now.map((each) => ({ ...each, open: at(each.address, each.port) }))
    const isNow = (address: string, instancePort: number) =>
      now.some((each) => each.address === address && each.port === instancePort)
    const former = new Map(theirs.map(({ instance }) => [`${instance.address} ${instance.port}`, instance]))
    for (const { address, port: instancePort } of former.values()) {
      if (isNow(address, instancePort)) continue
      instances.push({ address, port: instancePort, weight: 0, open: at(address, instancePort) })
    }
    return {
      ...{ container, addresses, port, protocols, asked, instances, why, stale },
      ...{ opened: sum('connections'), bytes: sum('bytes') },
    }
  })
  return {
    routes: routes.sort((a, b) => compare(a.container, b.container) || a.port - b.port),
    faults,
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
