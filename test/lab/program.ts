import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { atExit } from './ending.ts'
import { searchPath } from './places.ts'

/** What a program left behind. */
export type Outcome = {
  /** What was run, for messages. */
  title: string
  /** 128 + the signal's number where a signal ended it, as a shell says it; 124 where the budget ran out. */
  exitCode: number
  stdout: string
  stdoutBytes: Buffer
  stderr: string
}

export type ProgramOptions = {
  input?: string | Uint8Array
  /** Leaves standard input open after `input`, as a person at a terminal does. */
  holdInput?: boolean
  /** Added to a clean environment; nothing of the caller's own passes. */
  env?: Record<string, string>
  /** Default 120 000. */
  timeoutMs?: number
  /** What a failure calls it; default is the command itself. */
  title?: string
}

/** Process groups that are not to outlive this process. */
const running = new Set<number>()

const cleanEnvironment = { PATH: searchPath, HOME: '/root', LANG: 'C.UTF-8' }

/** Runs a program to its end. Rejects only where it cannot be started. */
export function observe(argv: readonly string[], options: ProgramOptions = {}): Promise<Outcome> {
  const [file = '', ...args] = argv
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  // A process group of its own, so that the budget's end reaches grandchildren too.
  const child = spawn(file, args, { env: { ...cleanEnvironment, ...options.env }, detached: true })
  atExit(endRunning)
  if (child.pid !== undefined) running.add(child.pid)
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  let late = false
  const alarm = setTimeout(() => {
    late = true
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }, options.timeoutMs ?? 120_000)

  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A program may end without reading what it was sent.
  child.stdin.on('error', () => undefined)
  child.stdin.write(options.input ?? '')
  if (options.holdInput !== true) child.stdin.end()
  child.on('error', (error) => {
    clearTimeout(alarm)
    reject(error)
  })
  child.on('close', (status, signal) => {
    clearTimeout(alarm)
    if (child.pid !== undefined) running.delete(child.pid)
    const stdoutBytes = Buffer.concat(stdout)
    const note = late ? `\n(ended by the lab after ${options.timeoutMs ?? 120_000} ms)\n` : ''
    resolve({
      title: options.title ?? argv.join(' '),
      exitCode: late ? 124 : (status ?? 128 + signalNumber(signal)),
      stdout: stdoutBytes.toString(),
      stdoutBytes,
      stderr: Buffer.concat(stderr).toString() + note,
    })
  })
  return promise
}

/** Runs a program that must succeed. */
export async function run(argv: readonly string[], options: ProgramOptions = {}): Promise<Outcome> {
  return demand(await observe(argv, options))
}

/** Throws what a program said, where it failed. */
export function demand(outcome: Outcome): Outcome {
  if (outcome.exitCode === 0) return outcome
  throw new Error(describe(outcome))
}

export function describe({ title, exitCode, stdout, stderr }: Outcome): string {
  return `${title}: exit ${exitCode}\n${stdout}${stderr}`.trimEnd()
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal]
}

function endRunning(): void {
  for (const group of running) {
    try {
      process.kill(-group, 'SIGTERM')
    } catch {
      // It ended just now.
    }
  }
}
