import type { Records } from '../../../drivers/names.ts'
import type { Log } from '../../../log.ts'
import type { Backend } from '../../../model/backend.ts'
import type { Clock, Source, Trigger } from '../../reconciler.ts'
import { DirectoryEntry } from './directory-entry.ts'
import type { Found } from './found.ts'
import { Sources, type DirectoryWorld } from './sources.ts'

export type { DirectoryWorld, Found }

/**
 * What is behind each backend now. It keeps listening to all that are followed, and keeps what it heard: "could not
 * ask" is never "there are none".
 */
export class Directory {
  readonly #sources: Sources
  readonly #records: Records
  readonly #clock: Clock
  readonly #log: Log
  readonly #entries = new Map<string, DirectoryEntry>()
  readonly #ending = new Set<Promise<void>>()
  #trigger: Trigger = () => undefined
  #hasEnded = false

  constructor(world: DirectoryWorld, clock: Clock, log: Log) {
    this.#sources = new Sources(world, clock)
    this.#records = world.records
    this.#clock = clock
    this.#log = log
  }

  /** Triggers when anything that was heard is another; urgently when an instance left. It ends the directory, too. */
  readonly source: Source = {
    name: 'the directory of backends',
    listen: (trigger, opened, signal) =>
      new Promise((resolve) => {
        const end = () => {
          void this.end()
          resolve()
        }
        if (signal.aborted) {
          end()
          return
        }
        this.#trigger = trigger
        signal.addEventListener('abort', end, { once: true })
        opened()
      }),
  }

  /** From now on exactly these are followed, under keys that `formatBackend` gives. */
  follow(backends: ReadonlyMap<string, Backend>): void {
    for (const [key, entry] of this.#entries) {
      if (backends.has(key)) continue
      this.#entries.delete(key)
      this.#await(entry.end())
    }
    this.#sources.keepOnly([...backends.values()])
    if (this.#hasEnded) return
    for (const [key, backend] of backends) {
      if (this.#entries.has(key)) continue
      const changed = (reason: string, left: readonly unknown[]) =>
        left.length > 0 ? this.#trigger(reason, 'urgent') : this.#trigger(reason)
      const world = { records: this.#records, clock: this.#clock, log: this.#log, changed }
      this.#entries.set(key, new DirectoryEntry(key, this.#sources.of(backend), world))
    }
  }

  /** What was heard last; undefined while nothing was. */
  found(key: string): Found | undefined {
    return this.#entries.get(key)?.found
  }

  /** Why it cannot be asked now; undefined where it can, or nobody knows yet. */
  trouble(key: string): string | undefined {
    return this.#entries.get(key)?.trouble
  }

  /** Resolves when all that are followed were heard once or could not be asked, or after `withinMs`. */
  async settled(withinMs: number): Promise<void> {
    const enough = new AbortController()
    const all = Promise.all([...this.#entries.values()].map(({ settled }) => settled))
    await Promise.race([all, this.#clock.sleep(withinMs, enough.signal)])
    enough.abort()
  }

  /** Follows nothing any more, for good. Resolves when nothing of it runs. */
  async end(): Promise<void> {
    this.#hasEnded = true
    this.#trigger = () => undefined
    this.follow(new Map())
    await Promise.all(this.#ending)
  }

  #await(ended: Promise<void>): void {
    const known = ended.finally(() => this.#ending.delete(known))
    this.#ending.add(known)
  }
}
