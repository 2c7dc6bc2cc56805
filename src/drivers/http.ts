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
