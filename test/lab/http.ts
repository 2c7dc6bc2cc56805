import { request } from 'node:http'
import type { Duplex } from 'node:stream'

export type FetchOptions = {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** Default 10 000. */
  timeoutMs?: number
}

export type Answer = {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
  text: string
}

/** Speaks HTTP over a connection that somebody else made. */
export function fetchOver(connection: Duplex, path: string, options: FetchOptions = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const sent = request(
    {
      path,
      method: options.method ?? 'GET',
      headers: { host: 'lab', connection: 'close', ...options.headers },
      createConnection: () => connection,
    },
    (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(chunks)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString() })
      })
    },
  )
  const alarm = setTimeout(() => {
    sent.destroy(new Error(`${path}: no answer within ${options.timeoutMs ?? 10_000} ms`))
  }, options.timeoutMs ?? 10_000)
  sent.on('error', reject)
  sent.end(options.body)
  return promise.finally(() => {
    clearTimeout(alarm)
    connection.destroy()
  })
}
