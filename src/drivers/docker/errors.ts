import { precondition, unavailable, type ArpanetError } from '../../errors.ts'

/** What Docker's API and the socket beneath it throw. */
interface Foreign {
  readonly code?: string
  readonly statusCode?: number
  readonly message: string
  readonly json?: { readonly message?: string }
}

export const isMissing = (error: unknown): boolean => (error as Foreign).statusCode === 404
export const isAlreadySo = (error: unknown): boolean => (error as Foreign).statusCode === 304

/** An error of the engine or its socket, in our words. */
export function translate(doing: string, socketPath: string, error: unknown): ArpanetError {
  const foreign = error as Foreign
  switch (foreign.code) {
    case 'ENOENT':
      return precondition(
        `Docker: no socket at ${socketPath}, expected the engine's`,
        'docker run -v /var/run/docker.sock:/var/run/docker.sock …, as the wrapper does',
        error,
      )
    case 'EACCES':
      return precondition(
        `Docker: no permission to use ${socketPath}, expected membership of its group`,
        'sudo -E arpanet …',
        error,
      )
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EPIPE':
      return unavailable(
        `Docker: no answer at ${socketPath} (${foreign.code})`,
        'service docker start',
        error,
      )
    default:
      return unavailable(
        `Docker: cannot ${doing}: ${foreign.json?.message ?? foreign.message}`,
        undefined,
        error,
      )
  }
}

/** Does one thing with the engine and puts its errors into our words. */
export type Attempt = <T>(doing: string, ask: () => Promise<T>) => Promise<T>

export const attempt =
  (socketPath: string): Attempt =>
  async (doing, ask) => {
    try {
      return await ask()
    } catch (error) {
      throw translate(doing, socketPath, error)
    }
  }

/** Undefined where the engine says that there is no such thing. */
export async function ifThere<T>(ask: Promise<T>): Promise<T | undefined> {
  try {
    return await ask
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
