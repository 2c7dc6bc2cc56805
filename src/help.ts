import { CommandHelp, type Command, type Config } from '@oclif/core'
import type { CommandClass } from './base-command.ts'
import { usage } from './errors.ts'
import { defaultOf } from './settings/documents.ts'
import { declaration } from './settings/table.ts'

/** Every command by what a person types, loaded when it is run. */
export type Commands = Readonly<Record<string, () => Promise<{ default: CommandClass }>>>

/** The help of the command that was asked for, of a topic such as `kv`, or of all. */
export async function help(asked: string, commands: Commands, config: Config): Promise<string> {
  const words = (text: string) => `${text.replace(':', ' ')} `.trimStart()
  const chosen = Object.entries(commands).filter(([id]) => words(id).startsWith(words(asked)))
  if (chosen.length === 0) throw usage(`help: unknown command "${asked}"`, 'arpanet help')
  const loaded = await Promise.all(
    chosen.map(async ([id, load]) => ({ id, command: (await load()).default })),
  )
  const [only] = loaded
  return loaded.length === 1 && only ? one(only, config) : overview(asked, loaded)
}

function one({ id, command }: Loaded, config: Config): string {
  const sections = new CommandHelp(describe(id, command), config, { maxWidth: 100 }).generate()
  return [`${command.summary ?? ''}\n`, sections, settingsOf(command)].filter(Boolean).join('\n')
}

interface Loaded {
  readonly id: string
  readonly command: CommandClass
}

function overview(topic: string, loaded: readonly Loaded[]): string {
  const width = Math.max(...loaded.map(({ id }) => id.length)) + 2
  const row = (id: string, summary = '') => `  ${id.padEnd(width)}${summary}`
  const rows = loaded
    .filter(({ command }) => !command.hidden)
    .map(({ id, command }) => row(id, command.summary))
  if (topic !== '') return ['USAGE', `  $ arpanet ${topic} COMMAND`, '', 'COMMANDS', ...rows].join('\n')
  return [
    'arpanet turns a handful of Docker hosts into one cluster.',
    '',
    'USAGE',
    '  $ arpanet COMMAND',
    '',
    'COMMANDS',
    ...rows,
    row('help', 'show all commands, or one with its flags, examples and settings'),
    row('--version', 'print the version'),
    '',
    'Settings come from the environment and from ~/.arpanetrc; arpanet help COMMAND says which.',
  ].join('\n')
}

/** What oclif's help shows of a command; it wants names inside arguments and flags, where they are declared as keys. */
function describe(id: string, command: CommandClass): Command.Loadable {
  const named = <T extends object>(table: Record<string, T> = {}) =>
    Object.fromEntries(Object.entries(table).map(([name, each]) => [name, { ...each, name }]))
  return {
    id,
    usage: command.usage,
    description: command.description,
    examples: command.examples,
    args: named(command.args),
    flags: named(command.flags),
    aliases: [],
    hidden: false,
    strict: command.strict,
  } as unknown as Command.Loadable
}

function settingsOf(command: CommandClass): string {
  if (command.uses.length === 0) return ''
  const width = Math.max(...command.uses.map((name) => name.length)) + 2
  const rows = command.uses.map(
    (name) => `  ${name.padEnd(width)}${declaration(name).summary} (${defaultOf(name)})`,
  )
  return ['', 'SETTINGS', ...rows].join('\n')
}
