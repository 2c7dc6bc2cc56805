import { execa, ExecaError } from 'execa'
import { precondition, unavailable, type ArpanetError } from '../errors.ts'

/** Somewhere programs run: this host, or a container. Programs get a list of arguments, and speak English. */
export interface Shell {
  /** Standard output of a program that ended with 0. Throws where it did not, with what it wrote to standard error. */
  run(argv: readonly string[], input?: string): Promise<string>
  /**
   * Calls `line` with each line that a program writes, until it ends, fails or `signal` is aborted; `opened` once it
   * has started.
   */
  follow(
    argv: readonly string[],
    line: (text: string) => void,
    opened: () => void,
    signal: AbortSignal,
  ): Promise<void>
}

/** For a program that is run for its answer. */
const timeoutMs = 10_000
/** A listing of many thousand routes is a few megabytes. */
const outputLimitBytes = 256 * 1024 * 1024

/** Of each program the Debian package, where it has another name. */
const packages: Readonly<Record<string, string>> = { nft: 'nftables', ip: 'iproute2' }

const settings = {
  env: { LC_ALL: 'C' },
  maxBuffer: outputLimitBytes,
  stripFinalNewline: false,
  // Else a signal ends this process at once, and not when it is ready to.
  cleanup: false,
} as const

/** Where this process runs. */
export const local: Shell = {
  run: async ([program = '', ...words], input = '') => {
    try {
      const { stdout } = await execa(program, words, { ...settings, input, timeout: timeoutMs })
      return stdout
    } catch (error) {
      throw foreign(program, error)
    }
  },
  follow: async ([program = '', ...words], line, opened, signal) => {
    const running = execa(program, words, {
      ...settings,
      stdin: 'ignore',
      // Only standard error is kept: the lines of a program that runs for months would fill the memory.
      buffer: { stdout: false, stderr: true },
      stripFinalNewline: true,
      cancelSignal: signal,
      forceKillAfterDelay: 1_000,
    })
    running.once('spawn', opened)
    try {
      for await (const text of running) line(text)
      await running
    } catch (error) {
      if (!signal.aborted) throw foreign(program, error)
    }
  },
}

function foreign(program: string, error: unknown): ArpanetError | Error {
  if (!(error instanceof ExecaError)) return error as Error
  const { code, timedOut, exitCode, signal } = error
  const stderr: unknown = error.stderr
  if (code === 'ENOENT') {
    const name = packages[program] ?? program
    const what = `${program}: there is no such program, Debian's package ${name} was expected`
    return precondition(what, `apt-get install ${name}`, error)
  }
  if (timedOut) return unavailable(`${program}: no answer within ${timeoutMs / 1000} s`, undefined, error)
  const end =
    exitCode === undefined
      ? `was ended by ${signal ?? code ?? 'nobody knows what'}`
      : `ended with ${exitCode}`
  const said = typeof stderr === 'string' ? stderr.trim() : ''
  return unavailable(`${program}: ${end}${said === '' ? '' : `: ${said}`}, 0 was expected`, undefined, error)
}
