import type { Agent as ConsulAgent, Change, KeyValue, Sessions, Tree } from '../../drivers/consul/consul.ts'
import type { Watch } from '../../drivers/docker/docker.ts'
import { unavailable } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { DockerContainer } from '../../model/docker-container.ts'
import { publisherOf } from '../../model/published-container.ts'
import type { Agent, Clock, Trigger } from '../reconciler.ts'
import { wantedOf, type Policy, type Wanted } from './desired.ts'
import { isOurs, plan, type Actual, type Seen, type Step } from './plan.ts'

/** What fleetstreet acts on. */
export interface Outside {
  readonly watch: Pick<Watch, 'list' | 'inspect' | 'events'>
  readonly kv: Pick<KeyValue, 'tree' | 'change'>
  readonly sessions: Pick<Sessions, 'create' | 'renew'>
  readonly agent: Pick<ConsulAgent, 'changes'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/** After so long without fleetstreet its keys go; Consul may take twice that. A restarted one comes back earlier. */
export const sessionSeconds = 90
/** A session is renewed at the first pass after it, and a pass is made every half minute. */
const renewAfterMs = 20_000

/** Keeps the keys under a folder what this host's containers are. */
export function fleetstreet(
  policy: Policy,
  outside: Outside,
): Agent<readonly Wanted[], readonly Wanted[], Actual, Step> {
  const { watch, agent, log } = outside
  const inspections = new Inspections(policy, outside)
  const store = new Store(policy, outside)
  let look: Trigger = () => undefined
  let told = ''
  /** Whether the last try to open a session failed: then that is all there is to try. */
  let isStuck = false
  return {
    name: 'fleetstreet',
    sources: [
      {
        name: "Docker's events",
        listen: (trigger, opened, signal) => {
          look = trigger
          return watch.events(
            ({ action, id, attributes }) => {
              // Neither runs yet, or is another before the signal is obeyed.
              if (action === 'create' || action === 'kill') return
              inspections.forget(id)
              trigger(`${action} ${attributes.name ?? id.slice(0, 12)}`)
            },
            () => {
              inspections.forgetAll()
              opened()
            },
            signal,
          )
        },
      },
      {
        // A Consul that comes back without its data is filled at once.
        name: "Consul's catalogue",
        listen: (trigger, opened, signal) =>
          agent.changes(() => trigger('the catalogue is another'), opened, signal),
      },
    ],
    read: () => inspections.read(),
    desired: (wanted) => wanted,
    observe: (wanted) => store.observe(wanted.length > 0),
    plan: (wanted, actual) => {
      const { steps, conflicts } = plan(wanted, actual, policy)
      const lines = conflicts.map(({ key, holder }) => `${key} is ${holder}'s, and stays as it is`)
      if (lines.join('\n') !== told) for (const line of lines) log.warn(line)
      told = lines.join('\n')
      store.prepare(steps)
      isStuck &&= actual.session === undefined
      return isStuck ? steps.filter(({ verb }) => verb === 'open') : steps
    },
    apply: async (step) => {
      if (step.verb !== 'open') return store.change(step)
      const wasStuck = isStuck
      isStuck = true
      await store.open()
      isStuck = false
      if (wasStuck) look('there is a session')
    },
  }
}

/** At a time, so that a first look neither takes long nor is more than an engine likes. */
const inspectsAtOnce = 16
/** For what changed and nobody told of: every one is looked at again now and then, a few in each pass. */
const staleAfterMs = 300_000
const staleAtOnce = 10

/** The host's containers, inspected again when something happened to them. */
class Inspections {
  readonly #policy: Policy
  readonly #outside: Outside
  /** By their ids, those first that were inspected first. */
  readonly #known = new Map<string, { listed: string; at: number; wanted: Wanted | undefined }>()

  constructor(policy: Policy, outside: Outside) {
    this.#policy = policy
    this.#outside = outside
  }

  forget(id: string): void {
    this.#forgotten.add(id)
    this.#known.delete(id)
  }

  forgetAll(): void {
    for (const id of this.#known.keys()) this.forget(id)
    this.#all = true
  }

  /** What was forgotten since an inspection began: its answer may be older than that. */
  #forgotten = new Set<string>()
  #all = false

  async read(): Promise<readonly Wanted[]> {
    const { watch, clock } = this.#outside
    this.#forgotten.clear()
    this.#all = false
    const listed = new Map((await watch.list()).filter(isUp).map((each) => [each.id, glance(each)]))
    for (const id of this.#known.keys()) if (!listed.has(id)) this.#known.delete(id)
    const stale = [...this.#known]
      .filter(([, { at }]) => at + staleAfterMs < clock.now())
      .slice(0, staleAtOnce)
    const due = new Set(stale.map(([id]) => id))
    const asked = [...listed].filter(([id, seen]) => due.has(id) || this.#known.get(id)?.listed !== seen)
    const answers = new Map<string, Wanted | undefined>()
    const worker = async () => {
      for (let next = asked.pop(); next !== undefined; next = asked.pop()) {
        const [id, seen] = next
        const wanted = wantedOf(await watch.inspect(id), this.#policy)
        answers.set(id, wanted)
        this.#known.delete(id)
        if (this.#all || this.#forgotten.has(id)) continue
        this.#known.set(id, { listed: seen, at: clock.now(), wanted })
      }
    }
    await Promise.all(Array.from({ length: inspectsAtOnce }, worker))
    return [...listed.keys()].flatMap(
      (id) => (answers.has(id) ? answers.get(id) : this.#known.get(id)?.wanted) ?? [],
    )
  }
}

const isUp = ({ state }: DockerContainer): boolean =>
  state === 'running' || state === 'paused' || state === 'restarting'

/** What of a container is seen without inspecting it. */
const glance = ({ name, state, health, bindings, networks }: DockerContainer): string =>
  JSON.stringify([name, state, health, bindings, networks])

/** The folder in Consul, and the session that this host's keys are tied to. */
class Store {
  readonly #policy: Policy
  readonly #outside: Outside
  #tree: Tree | undefined
  #seen: readonly Seen[] = []
  #session: { readonly id: string; readonly renewedAt: number } | undefined
  #prepared: readonly Exclude<Step, { verb: 'open' }>[] = []
  #refused: Promise<ReadonlyMap<string, string>> | undefined

  constructor(policy: Policy, outside: Outside) {
    this.#policy = policy
    this.#outside = outside
  }

  async observe(isNeeded: boolean): Promise<Actual> {
    const { folder } = this.#policy
    const tree = await this.#outside.kv.tree(folder, this.#tree)
    if (tree !== this.#tree) {
      this.#tree = tree
      this.#seen = tree.leaves.map(({ key, index, session, value }) => ({
        key: key.slice(folder.length + 1),
        index,
        session,
        value,
        publisher: publisherOf(value),
      }))
    }
    const holder = mostCommon(
      this.#seen.filter((seen) => isOurs(seen, this.#policy)).flatMap(({ session }) => session ?? []),
    )
    if (isNeeded || this.#session !== undefined) await this.#renew(holder)
    return { session: this.#session?.id, keys: this.#seen }
  }

  /**
   * The session of the keys is taken over, whoever opened it: a restarted agent writes nothing, and two on one host by
   * mistake agree. One without keys may be gone, and the keys with it.
   */
  async #renew(holder: string | undefined): Promise<void> {
    const now = this.#outside.clock.now()
    const id = holder ?? this.#session?.id
    if (id === undefined) return
    const isFresh = this.#session?.id === id && this.#session.renewedAt + renewAfterMs > now
    if (isFresh && holder !== undefined) return
    this.#session = (await this.#outside.sessions.renew(id)) ? { id, renewedAt: now } : undefined
  }

  async open(): Promise<void> {
    const { sessions, clock } = this.#outside
    const renewedAt = clock.now()
    this.#session = {
      id: await sessions.create(`fleetstreet of ${this.#policy.host}`, sessionSeconds),
      renewedAt,
    }
  }

  /** All steps of a plan are one change to Consul, made when the first of them is taken. */
  prepare(steps: readonly Step[]): void {
    this.#prepared = steps.filter((step) => step.verb !== 'open')
    this.#refused = undefined
  }

  async change({ verb, target }: Step): Promise<void> {
    if (verb === 'write' && this.#session === undefined) throw unavailable('Consul: there is no session')
    this.#refused ??= this.#changeAll()
    const why = (await this.#refused).get(target)
    if (why !== undefined) throw unavailable(`Consul: ${why}`)
  }

  async #changeAll(): Promise<ReadonlyMap<string, string>> {
    const { folder } = this.#policy
    const session = this.#session?.id
    const changes = this.#prepared.flatMap((step): Change[] => {
      const key = `${folder}/${step.target}`
      const index = step.seen?.index ?? 0
      if (step.verb === 'remove') return [{ verb: 'remove', key, index }]
      if (session === undefined) return []
      return [{ verb: 'set', key, index, value: step.value, heldBy: step.seen?.session }]
    })
    const refused = await this.#outside.kv.change(session ?? '', changes)
    return new Map(refused.map(({ key, why }) => [key.slice(folder.length + 1), why]))
  }
}

/** The first of those that occur most often: whoever asks gets the same answer. */
function mostCommon(texts: readonly string[]): string | undefined {
  const counted = [...Map.groupBy(texts, (each) => each)].map(([each, all]) => [each, all.length] as const)
  return counted.sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))[0]?.[0]
}
