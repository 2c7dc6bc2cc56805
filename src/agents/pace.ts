/** Time, as the loop sees it. */
export interface Clock {
  /** In milliseconds, from any beginning; it never goes back, whatever is done to the host's clock. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** From 0 to 1. */
  random(): number
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

export function backOffMs(failures: number, { random }: Pick<Clock, 'random'>): number {
  const longest = Math.min(pace.longestBackOffMs, pace.firstBackOffMs * 2 ** (failures - 1))
  return longest * (0.5 + random() / 2)
}
