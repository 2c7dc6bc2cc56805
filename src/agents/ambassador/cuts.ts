import type { Desired } from './desired.ts'
import { routeKey } from './plan.ts'

/** A connection that is open now. */
export interface Connection {
  readonly protocol: 'tcp' | 'udp'
  readonly client: string
  /** The one that the client asked for. */
  readonly port: number
  readonly instance: { readonly address: string; readonly port: number }
}

/** A connection that must not go on, and why. */
export interface Cut extends Connection {
  readonly reason: string
}

/**
 * The connections that outlived their reason. TCP's may finish at an instance that has left unless somebody asked for a
 * reset; UDP has no end that could be waited for. A connection of an address that nobody holds any more would be the
 * next holder's.
 */
export function cuts({ table, cut }: Desired, connections: readonly Connection[]): readonly Cut[] {
  const pools = new Map(table.pools.map((pool) => [pool.id, pool]))
  const routes = new Map(table.routes.map((route) => [routeKey(route), route]))
  // Connections of a client to one instance at one port are one: nobody tells them apart, and they end together.
  const alike = new Map(
    connections.map((each) => [`${routeKey(each)} ${each.instance.address} ${each.instance.port}`, each]),
  )
  return [...alike.values()].flatMap((connection) => {
    const key = routeKey(connection)
    const route = routes.get(key)
    if (route === undefined) return { ...connection, reason: 'nobody asks for it any more' }
    const instances = pools.get(route.pool)?.instances
    if (instances === undefined || (connection.protocol === 'tcp' && !cut.has(key))) return []
    const { address, port } = connection.instance
    const isThere = instances.some((each) => each.address === address && each.port === port)
    return isThere ? [] : { ...connection, reason: 'its instance has left' }
  })
}
