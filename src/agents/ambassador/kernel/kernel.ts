import type { Nft } from '../../../drivers/nft.ts'
import type { Clock, Source, Trigger } from '../../reconciler.ts'
import { after } from './after.ts'
import { tableName } from './layout.ts'
import { plan, type Actual, type Step, type Table } from '../plan.ts'
import { readRuleset } from './read-ruleset.ts'
import { scripts } from './ruleset.ts'
import { canonical } from './table.ts'
import { inOneTransaction } from './transactions.ts'

/** What was read of the kernel counts for so long at most: less than the time between two passes without a trigger. */
const freshMs = 20_000
/** The monitor tells of our own changes, too, and so long after them. */
const echoMs = 500

interface Known {
  readonly actual: Actual
  readonly readAt: number
}

/**
 * The table in the kernel. To read ten thousand routes takes longer than to change one, so what was read, and written
 * since, counts until somebody else writes, something fails, or some time has passed.
 */
export class Kernel {
  readonly #nft: Nft
  readonly #clock: Pick<Clock, 'now'>
  readonly #transaction: (script: string) => Promise<void>
  #known: Known | undefined
  /** What the table is once all steps of the last plan are taken. */
  #planned: { readonly wanted: Table; readonly missing: Set<Step>; before?: Known } | undefined
  #isListening = false
  #wroteAt = -Infinity

  constructor(nft: Nft, clock: Pick<Clock, 'now'>) {
    this.#nft = nft
    this.#clock = clock
    this.#transaction = inOneTransaction((script) => nft.apply(script))
  }

  readonly source: Source = {
    name: "the kernel's rules",
    listen: async (trigger: Trigger, opened, signal) => {
      try {
        await this.#nft.changes(
          (table) => {
            if (table !== tableName || this.#clock.now() < this.#wroteAt + echoMs) return
            this.forget()
            trigger('somebody changed the rules')
          },
          () => {
            this.#isListening = true
            opened()
          },
          signal,
        )
      } finally {
        this.#isListening = false
      }
    },
  }

  forget(): void {
    this.#known = undefined
  }

  async read(): Promise<Actual> {
    return readRuleset(await this.#nft.list(tableName))
  }

  /** Whether what is known of it still counts. */
  get isFresh(): boolean {
    return this.#isListening && this.#known !== undefined && this.#known.readAt + freshMs > this.#clock.now()
  }

  async table(): Promise<Actual> {
    const known = this.isFresh ? this.#known : undefined
    this.#known = known ?? { readAt: this.#clock.now(), actual: await this.read() }
    return this.#known.actual
  }

  plan(table: Table, actual: Actual): readonly Step[] {
    const wanted = canonical(table)
    const steps = plan(wanted, actual, scripts)
    this.#planned = { wanted, missing: new Set(steps) }
    return steps
  }

  async apply(step: Step): Promise<void> {
    this.#wroteAt = Infinity
    try {
      await this.#transaction(step.script)
    } catch (error) {
      this.forget()
      throw error
    } finally {
      this.#wroteAt = this.#clock.now()
    }
    this.#taken(step)
  }

  /** With the last step the table is what was wanted; until then it is nothing that could be compared with. */
  #taken(step: Step): void {
    const planned = this.#planned
    if (!planned?.missing.delete(step)) return
    const known = this.#known
    this.#known = undefined
    if (known !== undefined) planned.before ??= known
    if (planned.missing.size > 0 || planned.before === undefined) return
    const { actual, readAt } = planned.before
    this.#known = { actual: after(planned.wanted, actual), readAt }
  }
}
