import type { Clock } from '../../src/agents/reconciler.ts'

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  /** Goes on by `ms`; whoever sleeps until then wakes in the order of the times, and does what it does at once. */
  advance(ms: number): Promise<void>
}

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/** Lets everything run that waits for nothing but its turn. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

export function fakeClock(): FakeClock {
  let now = 0
  let sleepers: Sleeper[] = []
  return {
    now: () => now,
    random: () => 1,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve()
          return
        }
        const sleeper: Sleeper = {
          until: now + ms,
          wake: () => {
            sleepers = sleepers.filter((each) => each !== sleeper)
            resolve()
          },
        }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', sleeper.wake, { once: true })
      }),
    advance: async (ms) => {
      const end = now + ms
      await settle()
      for (;;) {
        const next = sleepers.filter(({ until }) => until <= end).sort((a, b) => a.until - b.until)[0]
        if (next === undefined) break
        now = Math.max(now, next.until)
        next.wake()
        await settle()
      }
      now = end
    },
  }
}
