import { setTimeout as sleep } from 'node:timers/promises'

export { sleep }

/** The clock of a loop: it never goes back, whatever is done to the host's. */
export const monotonic = {
  now: (): number => performance.now(),
  random: (): number => Math.random(),
  /** Ends early, and without an error, when `signal` is aborted. */
  sleep: async (ms: number, signal?: AbortSignal): Promise<void> => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  },
}

/**
 * Asks again every `everyMs` until there is an answer that is not undefined, for `budgetMs` at most; undefined when
 * the budget is spent. The first question is asked at once, and one is always asked.
 */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  budgetMs: number,
  everyMs: number,
): Promise<T | undefined> {
  const end = performance.now() + budgetMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() + everyMs > end) return undefined
    await sleep(everyMs)
  }
}
