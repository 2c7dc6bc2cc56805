import type { Records } from '../../../drivers/names.ts'
import { backOffMs, type Clock } from '../../reconciler.ts'
import type { Named } from './found.ts'
import { sentenceOf } from './source.ts'

/** How long an answer of DNS is relied on, whatever it says itself. */
const shortestMs = 1_000
const longestMs = 60_000

/** The addresses of a backend's names, asked for again when the last answer expires. */
export class FollowedNames {
  readonly #records: Pick<Records, 'addresses'>
  readonly #clock: Clock
  readonly #changed: () => void
  readonly #known = new Map<string, Named>()
  readonly #following = new Map<string, { readonly end: AbortController; readonly done: Promise<void> }>()

  constructor(records: Pick<Records, 'addresses'>, clock: Clock, changed: () => void) {
    this.#records = records
    this.#clock = clock
    this.#changed = changed
  }

  /** From now on exactly these; what is known of others is forgotten. Resolves when nothing of those runs any more. */
  async follow(names: ReadonlySet<string>): Promise<void> {
    const ended: Promise<void>[] = []
    for (const [name, { end, done }] of this.#following) {
      if (names.has(name)) continue
      end.abort()
      ended.push(done)
      this.#following.delete(name)
      this.#known.delete(name)
    }
    for (const name of names) {
      if (this.#following.has(name)) continue
      const end = new AbortController()
      this.#following.set(name, { end, done: this.#ask(name, end.signal) })
    }
    await Promise.all(ended)
  }

  /** Undefined while nobody answered and nothing failed. */
  known(name: string): Named | undefined {
    return this.#known.get(name)
  }

  async #ask(name: string, signal: AbortSignal): Promise<void> {
    const isOver = () => signal.aborted
    let failures = 0
    while (!isOver()) {
      let restMs: number
      try {
        const { addresses, ttlSeconds } = await this.#records.addresses(name, signal)
        if (isOver()) return
        failures = 0
        restMs = Math.min(longestMs, Math.max(shortestMs, ttlSeconds * 1_000))
        this.#known.set(name, { addresses })
      } catch (error) {
        if (isOver()) return
        failures += 1
        restMs = backOffMs(failures, this.#clock)
        this.#known.set(name, { ...this.#known.get(name), failure: sentenceOf(error) })
      }
      this.#changed()
      await this.#clock.sleep(restMs, signal)
    }
  }
}
