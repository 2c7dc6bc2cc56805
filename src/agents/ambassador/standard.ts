import type { Conntrack } from '../../drivers/conntrack.ts'
import type { Nft } from '../../drivers/nft.ts'
import type { Shell } from '../../drivers/shell.ts'
import { precondition } from '../../errors.ts'
import { formatBackend, type Wish } from '../../model/backend.ts'
import type { Agent, Clock, Trigger } from '../reconciler.ts'
import { cuts, type Connection, type Cut } from './cuts.ts'
import type { Desired } from './desired.ts'
import { poolOf, type Found } from './desired/pools.ts'
import type { Directory } from './directory/directory.ts'
import { Kernel } from './kernel/kernel.ts'
import { tableName } from './kernel/layout.ts'
import type { Listener } from './options.ts'
import type { Actual as ActualTable, Pool, Step as TableStep } from './plan.ts'
import { anyone, routeKey } from './kernel/table.ts'

/** What an ambassador acts on that leads whoever connects to its own container. */
export interface Outside {
  readonly nft: Nft
  readonly conntrack: Conntrack
  readonly directory: Directory
  readonly clock: Pick<Clock, 'now'>
}

export interface Facts {
  readonly found: (wish: Wish) => Found
}

interface Actual {
  readonly table: ActualTable
  readonly connections: readonly Connection[]
}

type Step =
  TableStep | { readonly verb: 'cut'; readonly target: string; readonly reason: string; readonly cut: Cut }

/** What is asked for the first time is waited for so long, so that its first connection finds an instance. */
const firstAnswerMs = 1_000

/** Keeps the rules of its own network namespace what the listeners ask for; `hostAddress` may be empty. */
export function standard(
  listeners: readonly Listener[],
  hostAddress: string,
  { nft, conntrack, directory, clock }: Outside,
): Agent<Facts, Desired, Actual, Step> {
  const kernel = new Kernel(nft, clock)
  const backends = new Map(listeners.map(({ wish: { backend } }) => [formatBackend(backend), backend]))
  let look: Trigger = () => undefined
  let doesCheckConnections = true
  return {
    name: 'ambassador',
    together: 1_024,
    sources: [
      {
        name: directory.source.name,
        listen: (trigger, opened, signal) => {
          look = trigger
          return directory.source.listen(trigger, opened, signal)
        },
      },
      kernel.source,
    ],
    read: async () => {
      directory.follow(backends)
      await directory.settled(firstAnswerMs)
      return { found: ({ backend }) => directory.found(formatBackend(backend)) ?? { instances: undefined } }
    },
    desired: (facts) => standardDesired(listeners, hostAddress, facts),
    observe: async () => {
      const table = await kernel.table()
      return { table, connections: doesCheckConnections ? await conntrack.connections() : [] }
    },
    plan: (wanted, actual) => {
      const steps = kernel.plan(wanted.table, actual.table)
      doesCheckConnections = steps.length > 0
      return [
        ...steps,
        ...standardCuts(wanted, actual.connections).map((cut) => ({
          verb: 'cut' as const,
          target: `${cut.client} ${cut.protocol}/${cut.port}`,
          reason: cut.reason,
          cut,
        })),
      ]
    },
    apply: async (step) => {
      if (step.verb === 'cut') return conntrack.forget(step.cut)
      await kernel.apply(step)
      // Their connections are looked at once the table is what it should be.
      look('the table is another')
    },
  }
}

/** The rules that lead everybody to what is behind the listeners' backends. */
export function standardDesired(
  listeners: readonly Listener[],
  hostAddress: string,
  { found }: Facts,
): Desired {
  const pools = new Map<string, Pool>()
  const [cut, routes] = [new Set<string>(), []] as [Set<string>, Desired['table']['routes'][number][]]
  for (const { port, protocols, wish } of listeners) {
    const pool = poolOf(wish, found(wish), [], { container: '', hostAddress })
    pools.set(pool.id, pool)
    for (const protocol of protocols) {
      const route = { client: anyone, protocol, port, pool: pool.id }
      routes.push(route)
      if (wish.drain === 'reset') cut.add(routeKey(route))
    }
  }
  const table = { routes, pools: [...pools.values()], clients: [anyone] }
  return { table, networks: [], cut, views: [], faults: [] }
}

/** Other rules of the namespace, as Docker's for its DNS, translate connections that are not ours. */
export function standardCuts(wanted: Desired, connections: readonly Connection[]): readonly Cut[] {
  const routes = new Set(wanted.table.routes.map(routeKey))
  return connections.flatMap((connection) => {
    const asAnyone = { ...connection, client: anyone }
    const isOurs = routes.has(routeKey(asAnyone)) && !isLoopback(connection.client)
    return isOurs ? cuts(wanted, [asAnyone]).map((cut) => ({ ...cut, client: connection.client })) : []
  })
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'

/** Throws a precondition where this process may not write rules here, or the kernel would pass nothing on. */
export async function checkNamespace(shell: Shell, nft: Nft, words: string): Promise<void> {
  const mend = `docker run --user 0 --cap-add NET_ADMIN --sysctl net.ipv4.ip_forward=1 IMAGE ambassador ${words}`
  try {
    await nft.list(tableName)
  } catch (error) {
    if (!(error as Error).message.includes('Operation not permitted')) throw error
    throw precondition(
      'nft: operation not permitted, root with NET_ADMIN in this network namespace was expected',
      mend,
      error,
    )
  }
  const forwards = await shell.run(['cat', '/proc/sys/net/ipv4/ip_forward'])
  if (forwards.trim() === '0') {
    throw precondition('net.ipv4.ip_forward: is 0 in this network namespace, 1 was expected', mend)
  }
}
