import type { Actual, ActualPool, ActualRoute, Table } from '../plan.ts'
import { memberOf } from './pool-names.ts'

/** What the kernel carries once every step from `before` to `wanted` was taken, as it would be read back; nothing counted. */
export function after({ routes, pools, clients }: Table, before: Actual): Actual {
  const known = new Map(before.pools.map((pool) => [pool.id, pool]))
  return {
    fault: undefined,
    clients,
    routes: routes.map((route): ActualRoute => ({
      ...route,
      leads: true,
      counts: true,
      connections: 0,
      bytes: 0,
    })),
    pools: pools.map((pool): ActualPool => {
      const instances = pool.instances ?? known.get(pool.id)?.instances ?? []
      const members = pool.stickySeconds === undefined ? [] : instances.map((one) => memberOf(pool.id, one))
      return { ...pool, instances, chains: members, sets: members }
    }),
  }
}
