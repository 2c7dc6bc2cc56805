import { Command, type Config, type Interfaces } from '@oclif/core'
import type { Consul } from './drivers/consul/consul.ts'
import type { Docker } from './drivers/docker/docker.ts'
import { usage } from './errors.ts'
import { nearest } from './model/nearest.ts'
import type { Paper } from './model/pull-board.ts'
import type { SettingName, Settings } from './settings/table.ts'
import { wire, type World } from './wire.ts'

/** A command that can be made: what the table of commands loads. */
export type CommandClass = Omit<typeof BaseCommand, 'prototype'> &
  (new (argv: string[], config: Config) => BaseCommand)

/** The one place where oclif meets settings, drivers and our errors. */
export abstract class BaseCommand extends Command {
  /** The settings that the command asks for: shown in its help, and no others are checked. */
  static uses: readonly SettingName[] = []
  static override flags: Interfaces.FlagInput = {}

  protected readonly world: World = wire()

  /** Runs the command as oclif would, its hooks and plugins left out, for there are none. */
  static async launch(this: CommandClass, argv: string[], config: Config): Promise<void> {
    refuseValues(this, argv)
    await new this(argv, config)._run()
  }

  protected async docker(): Promise<Docker> {
    return this.world.docker()
  }

  protected async consul(): Promise<Consul> {
    return this.world.consul(await this.settings('ARPANET_IP', 'CONSUL_PORT'))
  }

  protected settings<Name extends SettingName>(...names: Name[]): Promise<Pick<Settings, Name>> {
    return this.world.settings(names)
  }

  /** A fact that was asked for, or what is now true: standard output. */
  protected print(line: string): void {
    this.log('%s', line)
  }

  /** What goes on meanwhile: standard error. */
  protected progress = (line: string): void => {
    this.logToStderr('%s', line)
  }

  /** Where pulls show how far they are: standard error, as a terminal only where it can draw. */
  protected paper(): Paper {
    const { error, type } = this.world.terminal
    return {
      write: (text) => void error.write(text),
      // A terminal inside a container has no size for a moment.
      columns: () => (error.isTTY && type !== 'dumb' ? error.columns || 80 : undefined),
    }
  }

  /** The arguments as typed, for commands that pass them on. */
  protected verbatim(): string[] {
    this.parsed = true
    return this.argv[0] === '--' ? this.argv.slice(1) : this.argv
  }

  /** A parser's error, in our words. */
  protected override catch(error: Error): Promise<never> {
    const { id, flags } = this.ctor
    return Promise.reject(fromParser(error, id, Object.keys(flags)))
  }
}

/** oclif reads `--json=false` as `--json false`, and so deletes or lists the key "false". */
function refuseValues({ id, flags }: CommandClass, argv: readonly string[]): void {
  const end = argv.indexOf('--')
  for (const word of argv.slice(0, end < 0 ? undefined : end)) {
    const [, name = ''] = /^--([^=]+)=/.exec(word) ?? []
    if (flags[name]?.type === 'boolean') {
      throw usage(`${id}: --${name} takes no value, got "${word}"`, `arpanet ${id} --help`)
    }
  }
}

/** What oclif's parser adds to its errors, each kind something of it. */
interface ParserError extends Error {
  readonly args?: readonly unknown[]
  readonly flags?: readonly string[]
}

function fromParser(error: ParserError, command: string, flags: readonly string[]): Error {
  if (!('oclif' in error)) return error
  const hint = `arpanet ${command} --help`
  const [arg] = error.args ?? []
  switch (error.constructor.name) {
    case 'RequiredArgsError': {
      const names = (error.args ?? []).map((each) => (each as { name: string }).name.toUpperCase())
      return usage(`${command}: expected ${names.join(' and ')}`, hint)
    }
    case 'UnexpectedArgsError':
      return usage(`${command}: unexpected argument "${String(arg)}"`, hint)
    case 'NonExistentFlagsError': {
      const [flag = ''] = error.flags ?? []
      const meant = nearest(flag.replace(/^-+/, ''), flags)
      return usage(`${command}: unknown flag ${flag}${meant ? `, did you mean --${meant}?` : ''}`, hint)
    }
    case 'FailedFlagValidationError':
      return usage(`${command}: ${againstFlags(error.message)}`, hint)
    default:
      return usage(`${command}: ${(error.message.split('\n')[0] ?? '').replace(/^Flag /, '')}`, hint)
  }
}

/** The first of the sentences that oclif lists: flags that exclude each other, or one that needs another. */
function againstFlags(message: string): string {
  const [, one, other] = /(--\S+)=true cannot also be provided when using (--\S+)/.exec(message) ?? []
  if (one !== undefined && other !== undefined) return `${other} and ${one} exclude each other`
  const [, flag, needed] = /must be provided when using (--\S+): (--\S+)/.exec(message) ?? []
  return flag === undefined || needed === undefined ? message : `${flag} needs ${needed}`
}
