import { EventEmitter } from 'node:events'
import { onceMs, type Attempt } from './attempt.ts'
import type { Asked, Heard } from './consul.ts'

/** How long a question waits for a change. */
const waitSeconds = 60
/** Consul adds up to a sixteenth to the time, so that not all ask again at once. */
const waitingMs = [waitSeconds * 1_100 + 5_000]

/** What a library's method takes of a question, and what it gives: the whole response before its body. */
export type Ask<T> = (options: object) => Promise<[{ readonly headers: Headers }, T]>
type Headers = Readonly<Record<string, string>>

/**
 * Asks once; with an index, until it is another, for a minute at most. A question without an index is answered by a
 * leader that has made sure that it is one and knows all that was written: one that was just elected could else answer
 * from a store that is still filling up (https://developer.hashicorp.com/consul/api-docs/features/consistency). One that
 * waits for news is answered by any server: who asked a leader that is lost would hear of it after all others.
 */
export function question<T>(
  attempt: Attempt,
  ask: Ask<T>,
  { index, waits, signal }: Asked,
): Promise<Heard<T>> {
  const doesWait = waits && index !== undefined
  return attempt(
    async ({ timeout }: { timeout?: number }) => {
      signal.throwIfAborted()
      // The library's own way to end a question, and to be given the headers of its answer.
      const cancel = Object.assign(new EventEmitter(), { includeResponse: true })
      const stop = () => cancel.emit('cancel')
      signal.addEventListener('abort', stop, { once: true })
      try {
        const [{ headers }, value] = await ask({
          ctx: cancel,
          timeout,
          ...(index === undefined && { consistent: true }),
          ...(doesWait && { index, wait: `${waitSeconds}s`, stale: true }),
        })
        return { value, index: headers['x-consul-index'] ?? '0' }
      } finally {
        signal.removeEventListener('abort', stop)
      }
    },
    doesWait ? waitingMs : onceMs,
  )
}
