import { ArpanetError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { PassOutcome } from '../model/pass.ts'
import { Alarm } from './alarm.ts'
import { backOffMs, pace, type Clock } from './pace.ts'
import { Patience } from './patience.ts'

export { backOffMs, pace, type Clock }

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

/** Is told what the loop does, for metrics and health. */
export interface Watch {
  pass(outcome: PassOutcome): void
}

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

const sentence = (error: unknown): string =>
  error instanceof ArpanetError ? error.message : ((error as Error).stack ?? String(error))
