import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export interface Run {
  readonly argv: readonly string[]
  /** The settings; nothing else of this process's environment is seen. */
  readonly environment?: Readonly<Record<string, string>>
  /** What `~/.arpanetrc` holds. */
  readonly arpanetrc?: string
  /** Standard input; closed at once where there is none. */
  readonly input?: string | Buffer
}

export interface Result {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A host without Docker and without settings of its own. */
const bare = { HOME: '/nonexistent', HOSTNAME: 'h1', DOCKER_HOST: 'unix:///nonexistent/docker.sock' }

/** Of the environment of this process, what coverage needs. */
const coverage = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name === 'NODE_V8_COVERAGE'),
)

/** Compiled sources are shared by all runs of one test run. */
const compileCache = mkdtempSync(join(tmpdir(), 'arpanet-unit-'))
process.once('exit', () => rmSync(compileCache, { recursive: true, force: true }))

/** As many at once as there are processors: a run does little but compile and compute. */
let free = availableParallelism()
const waiting: (() => void)[] = []
async function turn<T>(act: () => Promise<T>): Promise<T> {
  if (free > 0) free -= 1
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await act()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
}

/** Runs a program to its end. */
export async function program(
  [file = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
  input: string | Buffer = '',
): Promise<Result> {
  const child = spawn(file, args, { env: environment })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  // A program that ends early does not read all of it, which is no fault.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { exitCode, stdout, stderr }
}

/** A run with nothing left open: its whole environment, its input as bytes in latin1. */
export interface Line {
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly input: string
}

const lineOf = ({ argv, environment = {}, arpanetrc, input = '' }: Run): Line => ({
  argv,
  environment: { ...bare, ...(arpanetrc === undefined ? {} : { ARPANETRC: arpanetrc }), ...environment },
  input: Buffer.from(input).toString('latin1'),
})

const nodes = { ...coverage, NODE_COMPILE_CACHE: compileCache }

/** Runs the command line from its sources, as a person would. */
export const arpanet = (run: Run): Promise<Result> =>
  turn(() => {
    const { argv, environment, input } = lineOf(run)
    const node = [process.execPath, 'bin/dev.js', ...argv]
    return program(node, { ...nodes, ...environment }, Buffer.from(input, 'latin1'))
  })

/** Runs many command lines in one process of their own, as `arpanet` would run each. */
const arpanets = (runs: readonly Run[]): Promise<Result[]> =>
  turn(async () => {
    const node = [process.execPath, 'test/support/one-process.ts']
    const { stdout, stderr, exitCode } = await program(node, nodes, JSON.stringify(runs.map(lineOf)))
    if (exitCode !== 0) throw new Error(`one-process.ts: exited ${exitCode}: ${stderr}`)
    return JSON.parse(stdout) as Result[]
  })

/**
 * Command lines for the tests of the describe block that calls this: those that the block names are run together,
 * in one process, before its first test. What each has done can be asked for inside a test.
 */
export function useArpanet(): (run: Run | string) => () => Result {
  const runs: Run[] = []
  let results: Result[] | undefined
  before('arpanet', async () => {
    results = await arpanets(runs)
  })
  return (run) => {
    const index = runs.push(typeof run === 'string' ? { argv: run.split(' ') } : run) - 1
    return () => {
      const result = results?.[index]
      if (result === undefined) throw new Error('arpanet: has not run, name its line outside of the tests')
      return result
    }
  }
}
