import { inspect } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'

export type Budget = {
  /** How long it may take, on a machine that is not so busy that looks take three times their pause; default 15 000. */
  budgetMs?: number
  /** Pause between two looks; default 200. */
  everyMs?: number
}

/** Thrown by a look when no later one can succeed. */
export class Hopeless extends Error {}

/** Notes what a look saw, for the failure's message, and hands it back. */
export type Seen = <T>(value: T) => T

/**
 * Looks again and again until `look` neither throws nor gives false or undefined, and gives what it gave.
 * Where the budget runs out the error says what was awaited, for how long, what the last look saw and why it failed.
 */
export async function eventually<T>(
  what: string,
  look: (seen: Seen) => T | Promise<T>,
  { budgetMs = 15_000, everyMs = 200 }: Budget = {},
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + budgetMs
  // Where looking itself takes long the machine is slow, and whoever is looked at is, too.
  const looksMin = budgetMs / everyMs / 3
  let looks = 0
  for (;;) {
    let lastSeen: unknown = nothing
    let problem: unknown
    looks += 1
    try {
      const value = await look((value) => {
        lastSeen = value
        return value
      })
      if (value !== false && value !== undefined) return value as Exclude<T, false | undefined>
      if (lastSeen === nothing) lastSeen = value
    } catch (error) {
      problem = error
    }
    if (problem instanceof Hopeless) throw problem
    if (performance.now() >= deadline && looks >= looksMin) {
      throw new Error(message(what, budgetMs, looks, lastSeen, problem), { cause: problem })
    }
    await sleep(everyMs)
  }
}

const nothing = Symbol('nothing')

function message(what: string, budgetMs: number, looks: number, seen: unknown, problem: unknown): string {
  const lines = [`${what}: not so within ${budgetMs} ms (${looks} looks)`]
  if (seen !== nothing)
    lines.push(`last seen: ${typeof seen === 'string' ? seen : JSON.stringify(seen, null, 2)}`)
  if (problem !== undefined)
    lines.push(`last error: ${problem instanceof Error ? problem.message : inspect(problem)}`)
  return lines.join('\n')
}
