import { usage, type ArpanetError } from '../errors.ts'
import { nearest } from '../model/nearest.ts'
import { declaration, settingNames, type SettingName, type Settings } from './table.ts'

/** Where settings come from, by name; what is not set is absent or empty. */
export type Source = Readonly<Record<string, string | undefined>>

/**
 * The settings asked for, from the first source that has each: flag, environment, `~/.arpanetrc`, this host, default.
 * Settings that nobody asks for are not looked at, so that a fault in one stops only the commands that use it.
 * Throws one usage error that names every fault at once.
 */
export function resolve<Name extends SettingName>(
  names: readonly Name[],
  sources: readonly Source[],
): Pick<Settings, Name> {
  const faults = unknownNames(sources)
  const values = new Map<SettingName, string | number | boolean>()
  for (const name of names) {
    const text = textOf(name, sources)
    if (text === undefined && declaration(name).otherwise !== undefined) continue
    const value = text === undefined ? undefined : declaration(name).parse(text)
    if (value === undefined) faults.push(fault(name, text))
    else values.set(name, value)
  }
  if (faults.length > 0) throw all(faults)
  return Object.fromEntries(values) as Pick<Settings, Name>
}

function textOf(name: SettingName, sources: readonly Source[]): string | undefined {
  const set = sources.map((source) => source[name]).find((text) => text !== undefined && text !== '')
  const { defaultFrom } = declaration(name)
  if (set === undefined && defaultFrom !== undefined) return textOf(defaultFrom as SettingName, sources)
  return set ?? declaration(name).default
}

interface Fault {
  readonly message: string
  readonly hint: string | undefined
}

function fault(name: SettingName, text: string | undefined): Fault {
  const { expected, example, secret, names } = declaration(name)
  const meant = text === undefined || names === undefined ? undefined : nearest(text, names)
  const got = text === undefined ? 'but it is not set' : secret ? 'got something else' : `got "${text}"`
  return {
    message: `${name}: expected ${expected}, ${got}${meant === undefined ? '' : `, did you mean ${meant}?`}`,
    hint: `export ${name}=${meant ?? example}`,
  }
}

/** A mistyped name would otherwise be a setting silently not taken. */
function unknownNames(sources: readonly Source[]): Fault[] {
  const names = new Set(sources.flatMap((source) => Object.keys(source)))
  return [...names]
    .filter((name) => name.startsWith('ARPANET_') && !(settingNames as string[]).includes(name))
    .map((name) => {
      const meant = nearest(name, settingNames)
      return {
        message: `${name}: unknown setting${meant ? `, did you mean ${meant}?` : ''}`,
        hint: undefined,
      }
    })
}

function all(faults: readonly Fault[]): ArpanetError {
  const hints = faults.map(({ hint }) => hint).filter((hint) => hint !== undefined)
  return usage(
    faults.map(({ message }) => message).join('\n'),
    hints.length > 0 ? hints.join('\n') : undefined,
  )
}
