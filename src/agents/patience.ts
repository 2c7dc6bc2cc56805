import { backOffMs, type Clock } from './pace.ts'

/** Which targets failed, and from when on each may be tried again: one that never works must not hold up the others. */
export class Patience {
  readonly #failed = new Map<string, { failures: number; notBefore: number }>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  mayTry(target: string): boolean {
    return (this.#failed.get(target)?.notBefore ?? 0) <= this.#clock.now()
  }

  failed(target: string): void {
    const failures = (this.#failed.get(target)?.failures ?? 0) + 1
    this.#failed.set(target, { failures, notBefore: this.#clock.now() + backOffMs(failures, this.#clock) })
  }

  /** Forgets the targets that nothing is to be done to any more. */
  keepOnly(targets: ReadonlySet<string>): void {
    for (const target of this.#failed.keys()) if (!targets.has(target)) this.#failed.delete(target)
  }

  worked(target: string): void {
    this.#failed.delete(target)
  }

  /** Until the first of them may be tried again. */
  shortestMs(): number {
    const times = [...this.#failed.values()].map(({ notBefore }) => notBefore - this.#clock.now())
    return Math.max(0, Math.min(...times, Infinity))
  }
}
