import type { Desired } from './desired.ts'
import { routeKey } from './plan.ts'

/** A connection that is open now. */
export interface Connection {
  readonly protocol: 'tcp' | 'udp'
  readonly client: string
  /** The one that the client asked for. */
  readonly port: number
  readonly instance: { readonly address: string; readonly port: number }
  readonly state: string
}

/** Connections that must not go on, and why: of all states, or of one. */
export interface Cut extends Omit<Connection, 'state'> {
  readonly state?: string
  readonly reason: string
}

/** The client has asked for a connection, and nobody answered. */
const unanswered = 'SYN_SENT'

/**
 * The connections that outlived their reason. TCP's may finish at an instance that has left unless somebody asked for a
 * reset; UDP has no end that could be waited for. One that the instance never answered is forgotten, so that the client
 * that asks again is led to another; the kernel would lead it to a lost host for two minutes, and each that happens to
 * be given its port after it. A connection of an address that nobody holds any more would be the next holder's.
 */
export function cuts({ table, cut: resets }: Desired, connections: readonly Connection[]): readonly Cut[] {
  const pools = new Map(table.pools.map((pool) => [pool.id, pool]))
  const routes = new Map(table.routes.map((route) => [routeKey(route), route]))
  // Connections of a client to one instance at one port are one: nobody tells them apart, and they end together.
  const alike = new Map<string, Cut>()
  for (const { state, ...connection } of connections) {
    const key = routeKey(connection)
    const { address, port } = connection.instance
    const cut = (reason: string, only?: string) =>
      alike.set(`${key} ${address} ${port}`, {
        ...connection,
        ...(only !== undefined && { state: only }),
        reason,
      })
    const route = routes.get(key)
    if (route === undefined) cut('nobody asks for it any more')
    const instances = route && pools.get(route.pool)?.instances
    if (instances === undefined) continue
    if (instances.some((each) => each.address === address && each.port === port)) continue
    if (connection.protocol === 'udp' || resets.has(key)) cut('its instance has left')
    else if (state === unanswered) cut('its instance has left without an answer', unanswered)
  }
  return [...alike.values()]
}
