import type { Log } from '../../log.ts'

/** Says what is not as it should be once, until it is gone. */
export class Told {
  readonly #log: Log
  readonly #told = new Map<string, ReadonlySet<string>>()

  constructor(log: Log) {
    this.#log = log
  }

  /** All that is to be said about something now. */
  tell(about: string, lines: readonly string[]): void {
    const before = this.#told.get(about)
    for (const line of lines) if (!before?.has(line)) this.#log.warn(line)
    this.#told.set(about, new Set(lines))
  }
}
