import { sleep } from '../clock.ts'
import { isPassing, translate } from './errors.ts'

/**
 * How long each try may take. A request that reached a server which lost its power, or was passed on to a leader that
 * did, is never answered; the same request asked again goes to another. The last try is long enough for an election.
 */
export const triesMs = [3_000, 4_000, 8_000]

const pauseMs = 500

/** For what must not be done twice. */
export const onceMs = [15_000]

/** Asks, and asks again what passes by itself. The library takes `timeout` with every request; its types do not say so. */
export type Attempt = <T>(ask: (options: object) => Promise<T>, tries?: readonly number[]) => Promise<T>

export const attemptAt =
  (address: string): Attempt =>
  async (ask, tries = triesMs) => {
    for (const [index, timeout] of tries.entries()) {
      try {
        return await ask({ timeout })
      } catch (error) {
        const last = index === tries.length - 1
        if (last || !isPassing(error)) throw translate(address, error)
        await sleep(pauseMs)
      }
    }
    throw new Error('no tries')
  }
