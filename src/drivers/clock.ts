import { setTimeout as sleep } from 'node:timers/promises'

export { sleep }

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
