import type { Conntrack } from '../../drivers/conntrack.ts'
import type { Networks, Watch } from '../../drivers/docker/docker.ts'
import type { Nft } from '../../drivers/nft.ts'
import type { Shell } from '../../drivers/shell.ts'
import { precondition } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { formatBackend, type Backend, type Wish } from '../../model/backend.ts'
import type { DockerContainer } from '../../model/docker-container.ts'
import { routeRequests } from '../../model/route-request.ts'
import type { RoutesView } from '../../model/route-view.ts'
import type { Agent, Clock, Trigger } from '../reconciler.ts'
import { defaultNetwork, isClient } from './desired/clients.ts'
import { cuts, type Connection, type Cut } from './cuts.ts'
import { defaultRoute } from './default-route.ts'
import { desired, type Asked, type Desired, type Facts, type Place } from './desired.ts'
import type { Directory } from './directory/directory.ts'
import { Kernel } from './kernel/kernel.ts'
import type { Actual as ActualTable, Step as TableStep } from './plan.ts'
import { routesView } from './view.ts'

/** What the ambassador acts on. */
export interface Outside {
  readonly watch: Pick<Watch, 'list' | 'inspect' | 'events'>
  readonly networks: Networks
  /** In the namespace that its rules are in. */
  readonly shell: Shell
  readonly nft: Nft
  readonly conntrack: Conntrack
  readonly directory: Directory
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

interface Actual {
  readonly table: ActualTable
  /** Where the ambassador is, beside Docker's default bridge. */
  readonly networks: readonly string[]
  readonly hasDefaultRoute: boolean
  readonly connections: readonly Connection[]
}

type Step =
  | TableStep
  | { readonly verb: 'join' | 'leave'; readonly target: string; readonly reason: string }
  | { readonly verb: 'lay'; readonly target: string; readonly reason: string }
  | { readonly verb: 'cut'; readonly target: string; readonly reason: string; readonly cut: Cut }

/** In its networks containers know it by this name. */
const alias = 'backends'

/** What is asked for the first time is waited for so long, so that its first connection finds an instance. */
const firstAnswerMs = 1_000

/** Another container may be given the address of one that ended; one that starts, or joins, connects at once. */
const isUrgent = /^(start|die|connect|disconnect)$/

export interface Ambassador extends Agent<Facts, Desired, Actual, Step> {
  /** What it knows now, for people. */
  view(): Promise<RoutesView>
}

/** Keeps the rules of one network namespace what this host's containers ask for. */
export function ambassador(place: Place, outside: Outside): Ambassador {
  const { watch, networks, nft, conntrack, directory, shell } = outside
  const kernel = new Kernel(nft, outside.clock)
  const asked = new Requests()
  const faults = new Faults(outside.log)
  let look: Trigger = () => undefined
  let hasDefaultRoute = false
  let holder: DockerContainer | undefined
  let gateway = ''
  let last: Desired | undefined
  let viewing: Promise<RoutesView> | undefined
  /** Connections outlive their reason only where something of the table changed, or nobody knows what was before. */
  let doesCheckConnections = true

  const forget = () => {
    kernel.forget()
    hasDefaultRoute = false
  }

  const readView = async (): Promise<RoutesView> => {
    if (last === undefined) return { routes: [], faults: [] }
    const [{ routes }, connections] = await Promise.all([kernel.read(), conntrack.connections()])
    return routesView(last, routes, connections)
  }

  const namespace = async (containers: readonly DockerContainer[]) => {
    const found = containers.find(({ name }) => name === place.container)
    if (found?.state !== 'running') {
      throw precondition(
        `ambassador: container ${place.container} ${found ? `is ${found.state}` : 'is not there'}, expected it to run`,
        'arpanet start:stack backends',
      )
    }
    // Its rules ended with the namespace that it had.
    if (found.id !== holder?.id) forget()
    if (found.id !== holder?.id || gateway === '') gateway = gatewayOf(await watch.inspect(found.id))
    holder = found
    return found
  }

  return {
    name: 'ambassador',
    together: 1_024,
    sources: [
      {
        name: "Docker's events",
        listen: (trigger, opened, signal) => {
          look = trigger
          return watch.events(
            ({ action, id, attributes }) => {
              if (id === holder?.id) forget()
              trigger(
                `${action} ${attributes.name ?? id.slice(0, 12)}`,
                isUrgent.test(action) ? 'urgent' : undefined,
              )
            },
            opened,
            signal,
          )
        },
      },
      directory.source,
      kernel.source,
    ],
    read: async () => {
      const [containers, all] = await Promise.all([watch.list(), networks.list()])
      await namespace(containers)
      // One that is made is followed already: it connects as soon as it starts.
      const requests = asked.of(containers.filter((each) => isClient(each) || each.state === 'created'))
      const backends = new Map<string, Backend>()
      for (const { requests: some } of requests.values()) {
        for (const { wish } of some) backends.set(formatBackend(wish.backend), wish.backend)
      }
      directory.follow(backends)
      await directory.settled(firstAnswerMs)
      const found = ({ backend }: Wish) => {
        const key = formatBackend(backend)
        const why = directory.trouble(key)
        return directory.found(key) ?? { instances: undefined, ...(why === undefined ? {} : { why }) }
      }
      return { containers, networks: all, asked: requests, found }
    },
    desired: (facts) => {
      last = desired(facts, place)
      faults.tell(last.faults)
      return last
    },
    observe: async () => {
      // What nobody but Docker changes, and only when it joins or leaves a network, is asked as seldom as the rules.
      if (!kernel.isFresh) hasDefaultRoute = gateway === '' || (await defaultRoute(shell, gateway).isThere())
      const table = await kernel.table()
      const connections = doesCheckConnections ? await conntrack.connections() : []
      const joined = Object.keys(holder?.networks ?? {}).filter((name) => name !== defaultNetwork)
      return { table, networks: joined, hasDefaultRoute, connections }
    },
    plan: (wanted, actual) => {
      const step = (verb: 'join' | 'leave' | 'lay', target: string, reason: string) =>
        ({ verb, target, reason }) as const
      const steps = kernel.plan(wanted.table, actual.table)
      doesCheckConnections = steps.length > 0
      return [
        ...(actual.hasDefaultRoute
          ? []
          : [step('lay', 'the default route', `by ${gateway}, whatever is joined`)]),
        ...wanted.networks
          .filter((name) => !actual.networks.includes(name))
          .map((name) => step('join', name, `a container in it asks for ${alias}`)),
        ...steps,
        ...cuts(wanted, actual.connections).map((cut) => ({
          verb: 'cut' as const,
          target: `${cut.client} ${cut.protocol}/${cut.port}`,
          reason: cut.reason,
          cut,
        })),
        ...actual.networks
          .filter((name) => !wanted.networks.includes(name))
          .map((name) => step('leave', name, 'no container in it asks for anything')),
      ]
    },
    apply: async (step) => {
      switch (step.verb) {
        case 'lay':
          await defaultRoute(shell, gateway).make()
          hasDefaultRoute = true
          return
        case 'join':
          return networks.connect(step.target, place.container, [alias])
        case 'leave':
          return networks.disconnect(step.target, place.container)
        case 'cut':
          return conntrack.forget(step.cut)
        default:
          await kernel.apply(step)
          // Their connections are looked at once the table is what it should be.
          look('the table is another')
      }
    },
    view: () => {
      // Who asks for all metrics asks several times at once, and to read the kernel takes a while.
      viewing ??= readView().finally(() => (viewing = undefined))
      return viewing
    },
  }
}

const gatewayOf = (inspected: unknown): string => {
  const { NetworkSettings } = (inspected ?? {}) as {
    NetworkSettings?: { Networks?: Record<string, { Gateway?: string }> }
  }
  return NetworkSettings?.Networks?.[defaultNetwork]?.Gateway ?? ''
}

/** What each container asks for, read once: neither its environment nor its labels change. */
class Requests {
  readonly #known = new Map<string, Asked>()

  of(containers: readonly DockerContainer[]): ReadonlyMap<string, Asked> {
    const ids = new Set(containers.map(({ id }) => id))
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id)
    for (const container of containers) {
      if (!this.#known.has(container.id)) this.#known.set(container.id, routeRequests(container))
    }
    return this.#known
  }
}

/** Says each once, until it is gone. */
class Faults {
  readonly #log: Log
  #told = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  tell(faults: Desired['faults']): void {
    const lines = faults.map(
      ({ container, variable, text, reason }) => `${container}: ${variable}=${text} ${reason}`,
    )
    for (const line of lines) if (!this.#told.has(line)) this.#log.warn(line)
    this.#told = new Set(lines)
  }
}
