import type { Watch } from '../../drivers/docker/docker.ts'
import { unavailable } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { DockerContainer } from '../../model/docker-container.ts'
import type { RegistrationPolicy } from '../../model/registration-policy.ts'
import type { Agent, Clock, Source, Trigger } from '../reconciler.ts'
import { desired } from './desired.ts'
import { keysOf, planKeys, type KeyStep, type Stored, type StoredKey } from './keys.ts'
import { Remarks } from './remarks.ts'

/** What becomes of a key that was seen so, or that there was none. */
export type KeyChange =
  | {
      readonly verb: 'set'
      readonly key: string
      readonly value: string
      readonly seen: StoredKey | undefined
    }
  | { readonly verb: 'remove'; readonly key: string; readonly seen: StoredKey }

/** A folder of a key-value store, and what this host's keys in it are tied to. */
export interface KeyStore {
  readonly name: string
  /** As in `KeyPolicy`. */
  readonly takesOver: boolean
  /** How often the lease is renewed. */
  readonly refreshMs: number
  keys(): Promise<readonly StoredKey[]>
  /** Why it was not made, where the key is no longer as it was seen; undefined where it was. */
  change(change: KeyChange, lease: string): Promise<string | undefined>
  /** The lease of this host, whoever took it: one that starts anew goes on with it. */
  findLease(): Promise<string | undefined>
  takeLease(): Promise<string>
  /** False where it is gone, and with it its keys. */
  renewLease(lease: string): Promise<boolean>
  /** Calls `changed` with the reason to look again; as `Source.listen` else. */
  watch(changed: Trigger, opened: () => void, signal: AbortSignal): Promise<void>
}

interface Wish {
  readonly keys: ReadonlyMap<string, string>
  readonly containers: readonly DockerContainer[]
}

export interface Surroundings {
  readonly docker: Pick<Watch, 'list' | 'events'>
  readonly clock: Pick<Clock, 'sleep'>
  readonly log: Log
}

/** Keeps this host's keys in a store equal to what its containers say. */
export function keyRegistrator(
  store: KeyStore,
  policy: RegistrationPolicy,
  { docker, clock, log }: Surroundings,
): Agent<readonly DockerContainer[], Wish, Stored, KeyStep> {
  const remarks = new Remarks(log)
  const tenancy = new Tenancy(store, clock)
  const rules = { ...policy, store: store.name, takesOver: store.takesOver }
  return {
    name: 'registrator',
    sources: [
      {
        name: "Docker's events",
        listen: (trigger, opened, signal) =>
          docker.events(({ action, id }) => trigger(`${action} ${id.slice(0, 12)}`), opened, signal),
      },
      {
        name: store.name,
        listen: (trigger, opened, signal) => store.watch(trigger, opened, signal),
      },
      tenancy.source,
    ],
    read: () => docker.list(),
    desired: (containers) => {
      const { registrations, ignored } = desired(containers, policy)
      remarks.ignored(ignored)
      return { keys: keysOf(registrations.map(({ registration }) => registration)), containers }
    },
    observe: () => tenancy.look(),
    plan: ({ keys, containers }, stored) => {
      const { steps, conflicts } = planKeys(keys, stored, containers, rules)
      remarks.warn(
        conflicts.map(({ target, holder }) => {
          const whose = holder === undefined ? "somebody else's" : `held by ${holder}`
          return `${target} is ${whose} in ${store.name} and stays so, expected it ours`
        }),
      )
      return steps
    },
    apply: (step) => tenancy.take(step),
  }
}

/** The lease of this host in a store, and the keys that go with it. */
class Tenancy {
  readonly #store: KeyStore
  readonly #clock: Pick<Clock, 'sleep'>
  #lease: string | undefined
  /** Since the store was last looked at: one that does not answer is not asked again for each key. */
  #fault: unknown

  constructor(store: KeyStore, clock: Pick<Clock, 'sleep'>) {
    this.#store = store
    this.#clock = clock
  }

  async look(): Promise<Stored> {
    this.#fault = undefined
    this.#lease ??= await this.#store.findLease()
    return { keys: await this.#store.keys(), lease: this.#lease }
  }

  async take(step: KeyStep): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault as Error
    const { target: key, ...rest } = step
    let refused: string | undefined
    try {
      // What is to be removed needs no lease of ours.
      if (step.verb === 'set') this.#lease ??= await this.#store.takeLease()
      refused = await this.#store.change({ ...rest, key }, this.#lease ?? '')
    } catch (error) {
      this.#lease = undefined
      this.#fault = error
      throw error
    }
    if (refused === undefined) return
    // It may be that the lease is gone.
    this.#lease = undefined
    throw unavailable(`${this.#store.name}: ${refused}`)
  }

  /** Not by passes, which there are none of while Docker does not answer: the keys must not go for that. */
  get source(): Source {
    return {
      name: `the lease in ${this.#store.name}`,
      listen: async (trigger, opened, signal) => {
        for (let isFirst = true; !signal.aborted; isFirst = false) {
          const lease = this.#lease
          if (lease !== undefined && !(await this.#store.renewLease(lease))) {
            if (this.#lease === lease) this.#lease = undefined
            trigger('its lease is gone')
          }
          if (isFirst) opened()
          await this.#clock.sleep(this.#store.refreshMs, signal)
        }
      },
    }
  }
}
