/** What went wrong, in the words of docs/architecture.md, with the exit code that says whether a retry helps. */
export const exitCodes = {
  unexpected: 1,
  usage: 2,
  precondition: 3,
  unavailable: 4,
  conflict: 5,
  'not-found': 6,
} as const

export type ErrorKind = keyof typeof exitCodes

/**
 * An error that a person reads: `<thing>: <what is wrong>, <what was expected>`, and below it lines that can be
 * pasted to mend it.
 */
export class ArpanetError extends Error {
  readonly kind: ErrorKind
  readonly hint: string | undefined

  constructor(
    kind: ErrorKind,
    message: string,
    options: { hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'ArpanetError'
    this.kind = kind
    this.hint = options.hint
  }

  get exitCode(): number {
    return exitCodes[this.kind]
  }
}

type Make = (message: string, hint?: string, cause?: unknown) => ArpanetError

const kind =
  (name: ErrorKind): Make =>
  (message, hint, cause) =>
    new ArpanetError(name, message, { hint, cause })

/** A flag, an argument or a setting that makes no sense: typing the same again does not help. */
export const usage = kind('usage')
/** Something that this host lacks: no socket, no permission, a port taken. */
export const precondition = kind('precondition')
/** Docker or Consul does not answer (yet): a retry may help. */
export const unavailable = kind('unavailable')
/** Something that is not ours is in the way, and stays untouched. */
export const conflict = kind('conflict')
/** The key, service or host asked for does not exist. */
export const notFound = kind('not-found')
