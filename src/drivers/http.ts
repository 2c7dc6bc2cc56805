import { request } from 'node:https'
import { unavailable } from '../errors.ts'

/** The status that a GET of `url` is answered with; undefined where nobody answers within `timeoutMs`. */
export async function status(url: string, timeoutMs = 2_000): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    await response.body?.cancel()
    return response.status
  } catch {
    return undefined
  }
}

export type HttpStatus = typeof status

/** What a service of ours tells at `url`, as JSON. */
export async function json(
  url: string,
  { of, hint }: { readonly of: string; readonly hint: string },
  timeoutMs = 10_000,
): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    if (response.ok) return await response.json()
  } catch (error) {
    throw unavailable(`${of}: no answer at ${url}`, hint, error)
  }
  throw unavailable(`${of}: answers ${response.status} at ${url}, 200 was expected`, hint)
}

export type HttpJson = typeof json

/** What a TLS client shows and whom it trusts, as PEM. */
export interface TlsOptions {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** The status that a GET over TLS is answered with, or why there was none. */
export function tlsStatus(url: string, options: TlsOptions, timeoutMs = 5_000): Promise<number | Error> {
  return new Promise((resolve) => {
    // A connection of its own each time: one that is kept has shown its certificate already.
    const asked = request(url, { ...options, agent: false, timeout: timeoutMs }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.on('timeout', () => asked.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)))
    asked.on('error', resolve)
    asked.end()
  })
}

export type TlsStatus = typeof tlsStatus
