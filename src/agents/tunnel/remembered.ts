import type { Clock } from '../reconciler.ts'

/** Less than the time between two passes without a trigger: each of those reads all anew. */
const freshMs = 25_000

/**
 * What was read of this host, which counts until somebody changes something, or some time has passed: to read costs a
 * dozen programs, and another host waits meanwhile.
 */
export class Remembered<T> {
  readonly #read: () => Promise<T>
  readonly #clock: Pick<Clock, 'now'>
  /** Whether anybody would tell of a change. */
  readonly #isTold: () => boolean
  #known: { readonly value: T; readonly readAt: number } | undefined
  #changes = 0

  constructor(read: () => Promise<T>, clock: Pick<Clock, 'now'>, isTold: () => boolean) {
    this.#read = read
    this.#clock = clock
    this.#isTold = isTold
  }

  forget(): void {
    this.#changes += 1
    this.#known = undefined
  }

  async get(): Promise<T> {
    const known = this.#known
    if (known !== undefined && this.#isTold() && known.readAt + freshMs > this.#clock.now())
      return known.value
    const [changes, readAt] = [this.#changes, this.#clock.now()]
    const value = await this.#read()
    // What changed meanwhile may not be in it.
    this.#known = changes === this.#changes ? { value, readAt } : undefined
    return value
  }
}
