import { ArpanetError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { PassOutcome } from '../model/pass.ts'

/**
 * Says "look again", and why. It carries no facts: state is always read. What is urgent costs somebody with each
 * millisecond: it does not wait for others, and a pass is broken off for it.
 */
export type Trigger = (reason: string, urgency?: 'urgent') => void

/** Something outside that says when to look again. */
export interface Source {
  readonly name: string
  /**
   * Listens until it ends, is told to by `signal`, or fails. `opened` is called when nothing that happens from then on
   * can be missed.
   */
  listen(trigger: Trigger, opened: () => void, signal: AbortSignal): Promise<void>
}

/** The smallest change, of one target, and why. */
export interface Step {
  readonly verb: string
  readonly target: string
  readonly reason: string
}

/** What an agent keeps equal to what, in the words of docs/architecture.md. */
export interface Agent<Facts, Desired, Actual, S extends Step> {
  readonly name: string
  readonly sources: readonly Source[]
  /** Reads what the desired state follows from. Throws where it could not read all of it. */
  readonly read: () => Promise<Facts>
  readonly desired: (facts: Facts) => Desired
  /** Reads what is. Throws where it could not read all of it. */
  readonly observe: (desired: Desired) => Promise<Actual>
  /** Minimal and in order; nothing where all is as it should be. */
  readonly plan: (desired: Desired, actual: Actual) => readonly S[]
  /** Idempotent. */
  readonly apply: (step: S) => Promise<void>
  /** How many steps may be taken at a time, where they follow one another and have one verb; one without it. */
  readonly together?: number
}

/** An agent, whatever it looks at. Each knows the types of its own answers. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyAgent = Agent<any, any, any, any>

/** What the loop needs of the world. */
export interface Surroundings {
  readonly log: Log
  readonly clock: Clock
  readonly watch?: Watch
}

export interface Clock {
  /** In milliseconds, from any beginning; it never goes back, whatever is done to the host's clock. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** From 0 to 1. */
  random(): number
}

/** Is told what the loop does, for metrics and health. */
export interface Watch {
  pass(outcome: PassOutcome): void
}

/** How the loop paces itself. */
export const pace = {
  /** Several triggers within this time are one pass. A pass for an urgent one begins so long after the last began. */
  debounceMs: 50,
  /** Without a trigger, so that a missed one does no lasting harm. */
  everyMs: 30_000,
  /** After a failure, doubled each time, with a jitter of a half. */
  firstBackOffMs: 250,
  /** Short enough that all is as it should be within 5 s after whatever was wrong is right again. */
  longestBackOffMs: 2_500,
} as const

/**
 * Keeps what should be and what is equal until `signal` is aborted; then the step that is being taken is finished and
 * everything stays as it is.
 */
export async function reconcile<Facts, Desired, Actual, S extends Step>(
  agent: Agent<Facts, Desired, Actual, S>,
  { log, clock, watch }: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const alarm = new Alarm(clock)
  const listening = agent.sources.map((source) => keepListening(source, alarm, log, clock, signal))
  const patience = new Patience(clock)
  let unread = 0
  for (let reason = 'the start'; !signal.aborted;) {
    const begun = clock.now()
    const outcome = await pass(agent, patience, alarm, log, signal)
    watch?.pass({ reason, durationMs: clock.now() - begun, ...outcome })
    unread = outcome.read ? 0 : unread + 1
    if (unread > 0) {
      // Whatever happens meanwhile, it cannot be looked at either.
      await clock.sleep(backOffMs(unread, clock), signal)
      reason = 'it could not be looked at'
    } else {
      reason = await alarm.next(Math.min(pace.everyMs, patience.shortestMs()), signal)
      await alarm.gather(begun + pace.debounceMs, signal)
    }
    alarm.quiet()
  }
  await Promise.all(listening)
}

export function backOffMs(failures: number, { random }: Pick<Clock, 'random'>): number {
  const longest = Math.min(pace.longestBackOffMs, pace.firstBackOffMs * 2 ** (failures - 1))
  return longest * (0.5 + random() / 2)
}

/** Which targets failed, and from when on each may be tried again: one that never works must not hold up the others. */
class Patience {
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

type Looked = Pick<PassOutcome, 'read' | 'steps' | 'failures'>

/** Reads, compares and changes, once. */
async function pass<Facts, Desired, Actual, S extends Step>(
  agent: Agent<Facts, Desired, Actual, S>,
  patience: Patience,
  alarm: Pick<Alarm, 'isUrgent'>,
  log: Log,
  signal: AbortSignal,
): Promise<Looked> {
  let steps: readonly S[]
  try {
    const desired = agent.desired(await agent.read())
    steps = agent.plan(desired, await agent.observe(desired))
  } catch (error) {
    // "Could not ask" is not "there is nothing": no steps.
    log.warn(`cannot look: ${sentence(error)}`)
    return { read: false, steps: 0, failures: 1 }
  }
  patience.keepOnly(new Set(steps.map(({ target }) => target)))
  const failed = new Set(steps.map(({ target }) => target).filter((target) => !patience.mayTry(target)))
  let taken = 0
  const take = async (step: S) => {
    try {
      await agent.apply(step)
      taken += 1
      patience.worked(step.target)
      log.info(`${step.verb} ${step.target}: ${step.reason}`)
    } catch (error) {
      failed.add(step.target)
      patience.failed(step.target)
      log.warn(`cannot ${step.verb} ${step.target} (${step.reason}): ${sentence(error)}`)
    }
  }
  for (let rest = steps; rest.length > 0;) {
    // The next pass goes on with those that are left, and each pass takes one.
    if (signal.aborted || (taken > 0 && alarm.isUrgent)) break
    const several = first(rest, agent.together ?? 1)
    rest = rest.slice(several.length)
    await Promise.all(several.filter(({ target }) => !failed.has(target)).map(take))
  }
  return { read: true, steps: taken, failures: failed.size }
}

/** The first steps of one verb, each of a target of its own. */
function first<S extends Step>(steps: readonly S[], limit: number): readonly S[] {
  const targets = new Set<string>()
  for (const { verb, target } of steps) {
    if (targets.size === limit || verb !== steps[0]?.verb || targets.has(target)) break
    targets.add(target)
  }
  return steps.slice(0, targets.size)
}

/** Listens again whenever a source ends or fails, each time with a full pass, for something may have been missed. */
async function keepListening(
  source: Source,
  alarm: Alarm,
  log: Log,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const isOver = () => signal.aborted
  let failures = 0
  while (!isOver()) {
    try {
      await source.listen(
        (reason, urgency) => alarm.ring(reason, urgency),
        () => {
          if (failures > 0) log.info(`listens to ${source.name} again`)
          failures = 0
          alarm.ring(`listens to ${source.name}`)
        },
        signal,
      )
      if (isOver()) return
      failures += 1
      log.warn(`${source.name} ended, and is listened to again`)
    } catch (error) {
      if (isOver()) return
      failures += 1
      log.warn(`cannot listen to ${source.name}: ${sentence(error)}`)
    }
    await clock.sleep(backOffMs(failures, clock), signal)
  }
}

/** Remembers that it rang until somebody asks. */
class Alarm {
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

const sentence = (error: unknown): string =>
  error instanceof ArpanetError ? error.message : ((error as Error).stack ?? String(error))
