import { formatAddress, parseAddress } from '../../../model/backend-address.ts'

/** Where connections can go to, as somebody wrote it down. */
export interface Place {
  /** An IP address, or a name that DNS is asked for. */
  readonly host: string
  readonly port: number
  readonly weight: number
  /** The address of the host it runs on, where that is known. */
  readonly node?: string
}

/** What a source says is behind a backend. */
export interface Said {
  readonly places: readonly Place[]
  /** Why there are none. */
  readonly why?: string
  /** What was left out, and why. */
  readonly remarks?: readonly string[]
}

/**
 * Says what is behind a backend, now and whenever it is another, until `signal` is aborted; from then on nobody
 * listens. Throws where it could not be asked, and is called again then.
 */
export type Listen = (say: (said: Said) => void, signal: AbortSignal) => Promise<void>

/** A place that may be one, or what is wrong with it. */
export function placeAt(host: string, port: number, rest: Pick<Place, 'weight' | 'node'>): Place | string {
  const found = parseAddress(formatAddress({ host, port }))
  return typeof found === 'string' ? found : { ...found, ...rest, weight: Math.max(1, rest.weight) }
}

/** All of them until `signal` is aborted; with one that fails the others end, too. */
export async function together(
  signal: AbortSignal,
  ...loops: readonly ((signal: AbortSignal) => Promise<void>)[]
): Promise<void> {
  const end = new AbortController()
  const both = AbortSignal.any([signal, end.signal])
  const running = loops.map((loop) => loop(both))
  try {
    await Promise.all(running)
  } finally {
    end.abort()
    await Promise.allSettled(running)
  }
}

/** Errors of drivers are sentences already. */
export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
