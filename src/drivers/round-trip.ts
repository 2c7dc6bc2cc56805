import { createConnection } from 'node:net'

/**
 * How long a connection takes to be made, or to be refused: both are answers of whoever has the address. Undefined where
 * there is none within `timeoutMs`, or no way there.
 */
export function roundTripMs(host: string, port: number, timeoutMs: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const begun = performance.now()
    const socket = createConnection({ host, port, timeout: timeoutMs })
    const end = (answered: boolean) => {
      socket.destroy()
      resolve(answered ? performance.now() - begun : undefined)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    // Who cannot be reached is told of by a router, or by this host itself.
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'))
  })
}

export type RoundTripMs = typeof roundTripMs
