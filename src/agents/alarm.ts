import { pace, type Clock } from './pace.ts'

/** Remembers that it rang until somebody asks. */
export class Alarm {
  #reason: string | undefined
  #isUrgent = false
  #rung: () => void = () => undefined
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether it rang for something urgent since it was last quiet. */
  get isUrgent(): boolean {
    return this.#isUrgent
  }

  ring(reason: string, urgency?: 'urgent'): void {
    this.#reason ??= reason
    this.#isUrgent ||= urgency !== undefined
    this.#rung()
  }

  /** Why to look again: what rang since it was last quiet, or that so much time has passed. */
  async next(withinMs: number, signal: AbortSignal): Promise<string> {
    await this.#sleep(withinMs, () => this.#reason !== undefined, signal)
    return this.#reason ?? (signal.aborted ? 'the end' : 'time')
  }

  /** Lets others ring too; where it is urgent, for no longer than until `urgentAt`. */
  async gather(urgentAt: number, signal: AbortSignal): Promise<void> {
    const begun = this.#clock.now()
    await this.#sleep(pace.debounceMs, () => this.#isUrgent, signal)
    const restMs = Math.min(begun + pace.debounceMs, urgentAt) - this.#clock.now()
    if (restMs > 0) await this.#clock.sleep(restMs, signal)
  }

  quiet(): void {
    this.#reason = undefined
    this.#isUrgent = false
  }

  async #sleep(ms: number, isOver: () => boolean, signal: AbortSignal): Promise<void> {
    if (isOver() || signal.aborted) return
    const waiting = new AbortController()
    const stop = () => waiting.abort()
    signal.addEventListener('abort', stop, { once: true })
    this.#rung = () => {
      if (isOver()) stop()
    }
    await this.#clock.sleep(ms, waiting.signal)
    this.#rung = () => undefined
    signal.removeEventListener('abort', stop)
  }
}
