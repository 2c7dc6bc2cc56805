import { reconcile, type AnyAgent } from './agents/reconciler.ts'
import { BaseCommand } from './base-command.ts'
import type { Telemetry } from './drivers/telemetry.ts'
import { logTo, type Log } from './log.ts'

/** What every agent's command inherits: it runs until it is told to end, and shows others how it does. */
export abstract class AgentCommand extends BaseCommand {
  /** Agents are for the stack, not for people. */
  static override hidden = true

  /**
   * Runs the agent that `make` makes until SIGTERM or SIGINT; what it made stays as it is, but where it has something to
   * `leave` and SIGINT told it to. `show` adds to what it shows.
   */
  protected async runAgent<A extends AnyAgent>(
    name: string,
    make: (log: Log) => A,
    show: (telemetry: Telemetry, agent: A) => void = () => undefined,
    leave?: (agent: A) => Promise<void>,
  ): Promise<void> {
    const { clock, error, health } = await this.world.agency()
    const log = logTo((text) => void error.write(text), name)
    const end = new AbortController()
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end.abort(signal))
    const watch = health === undefined ? undefined : await health(name)
    log.info('starts')
    const agent = make(log)
    if (watch !== undefined) show(watch, agent)
    await reconcile(agent, { log, clock, ...(watch === undefined ? {} : { watch }) }, end.signal)
    const leaves = leave !== undefined && end.signal.reason === 'SIGINT'
    if (leaves) await leave(agent)
    await watch?.close()
    log.info(leaves ? 'ends, and has undone what it made' : 'ends; what it made stays')
  }
}
