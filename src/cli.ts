import { Config } from '@oclif/core'
import { chalkStderr } from 'chalk'
import { fileURLToPath } from 'node:url'
import product from '../package.json' with { type: 'json' }
import { commands } from './commands/index.ts'
import { ArpanetError, exitCodes, usage } from './errors.ts'
import type { Commands } from './help.ts'
import { nearest } from './model/nearest.ts'

/** Runs one command line, prints its error if it fails, and leaves its exit code in `process.exitCode`. */
export async function run(argv: readonly string[]): Promise<void> {
  // As a container's first process we would ignore signals that nobody handles.
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    process.once(signal, () => {
      if (process.listenerCount(signal) === 0) process.exit(128 + number)
    })
  }
  process.stdout.on('error', quietAfterHead)
  try {
    await dispatch(argv)
  } catch (error) {
    process.exitCode = report(error)
  }
}

async function dispatch(argv: readonly string[]): Promise<void> {
  const [first] = argv
  if (first === '--version' || first === '-v') {
    write(`arpanet ${product.version}`)
    return
  }
  if (first === undefined || first === 'help' || isHelp(first)) return showHelp(argv.slice(1).join(' '))
  if (argv.length === 2 && isHelp(argv[1])) return showHelp(first)
  const { id, load, rest } = find(argv)
  // What follows these belongs to the consul program, or to an agent's own command line, --help too.
  const passedOn = ['consul', 'start:consul', 'registrator', 'fleetstreet', 'ambassador'].includes(id)
  const own = passedOn ? rest.slice(0, 1) : rest
  const end = own.indexOf('--')
  if (own.slice(0, end < 0 ? undefined : end).some(isHelp)) return showHelp(id)
  const command = (await load()).default
  command.id = id
  await command.launch([...rest], config())
}

async function showHelp(asked: string): Promise<void> {
  const { help } = await import('./help.ts')
  write(await help(asked, commands, config()))
}

const write = (text: string): void => void process.stdout.write(`${text}\n`)

const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h'

interface Found {
  readonly id: string
  readonly load: Commands[string]
  readonly rest: readonly string[]
}

/** The command that the words begin with: `kv get`, `kv:get`, `start:consul` and `start consul` are all understood. */
function find(argv: readonly string[]): Found {
  const [first = '', second = ''] = argv
  const all = Object.entries(commands)
  for (const count of [2, 1]) {
    const words = argv.slice(0, count).join(':')
    const found = all.find(([id]) => id.replace(' ', ':') === words)
    if (found) return { id: found[0], load: found[1], rest: argv.slice(count) }
  }
  const ids = all.map(([id]) => id)
  const topic = ids.filter((id) => id.split(/[ :]/)[0] === first)
  if (topic.length > 0) {
    const got = second === '' ? '' : `, got "${second}"`
    throw usage(`${first}: expected ${list(topic)}${got}`, `arpanet help ${first}`)
  }
  const meant = nearest(first, [
    'help',
    '--help',
    '--version',
    ...ids,
    ...ids.flatMap((id) => id.split(/[ :]/)),
  ])
  throw usage(`arpanet: unknown command "${first}"${meant ? `, did you mean ${meant}?` : ''}`, 'arpanet help')
}

const list = (words: readonly string[]): string =>
  words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}` : (words[0] ?? '')

/** What oclif's commands and help ask of a configuration; it has no plugins and hooks, so nothing is searched on disk. */
function config(): Config {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const made = new Config({ root })
  return Object.assign(made, {
    name: product.name,
    bin: product.oclif.bin,
    version: product.version,
    root: root.replace(/\/$/, ''),
    pjson: product,
    userAgent: `arpanet/${product.version}`,
    runHook: () => Promise.resolve({ successes: [], failures: [] }),
  })
}

/** Says what went wrong and how to mend it, on standard error. A stack only for a bug. */
function report(error: unknown): number {
  if (!(error instanceof ArpanetError)) {
    process.stderr.write(`arpanet: a bug, please report it\n${(error as Error).stack ?? String(error)}\n`)
    return exitCodes.unexpected
  }
  process.stderr.write(`${chalkStderr.red(error.message)}\n`)
  if (error.hint !== undefined) process.stderr.write(error.hint.replace(/^/gm, '  ') + '\n')
  return error.exitCode
}

/** `arpanet kv ls | head` closes our output; the rest is not wanted, and that is no error. */
function quietAfterHead(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}
