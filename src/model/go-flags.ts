/** A flag and the text that stands for no flag. A switch needs no value: `-cleanup` is `-cleanup=true`. */
export type GoFlag =
  | { readonly kind: 'text'; readonly fallback: string }
  | { readonly kind: 'integer'; readonly fallback: number }
  | { readonly kind: 'switch'; readonly fallback: boolean }

export type GoFlags = Readonly<Record<string, GoFlag>>

type ValueOf<F extends GoFlag> = F['kind'] extends 'text'
  ? string
  : F['kind'] extends 'integer'
    ? number
    : boolean

export type GoFlagValues<F extends GoFlags> = { [name in keyof F]: ValueOf<F[name]> }

export type GoCommandLine<F extends GoFlags> =
  | { readonly kind: 'parsed'; readonly flags: GoFlagValues<F>; readonly rest: readonly string[] }
  /** Somebody asked for help: `-h` or `-help`. */
  | { readonly kind: 'help' }
  /** The word that is wrong, and what about it. */
  | { readonly kind: 'wrong'; readonly word: string; readonly fault: string }

/**
 * A command line as Go's `flag` reads it: one dash or two, `-flag value` or `-flag=value`, and the first word that is
 * no flag, or `--`, ends them (https://pkg.go.dev/flag#hdr-Command_line_flag_syntax). The last of several counts.
 */
export function parseGoFlags<F extends GoFlags>(declared: F, argv: readonly string[]): GoCommandLine<F> {
  const values = new Map<string, string | number | boolean>(
    Object.entries(declared).map(([name, flag]) => [name, flag.fallback]),
  )
  let index = 0
  for (; index < argv.length; index++) {
    const word = argv[index] ?? ''
    if (!word.startsWith('-') || word === '-') break
    if (word === '--') {
      index++
      break
    }
    const wrong = (fault: string) => ({ kind: 'wrong', word, fault }) as const
    const [, name, given] = /^--?([^-=][^=]*)(?:=([^]*))?$/.exec(word) ?? []
    if (name === undefined) return wrong('no flag is written so, one or two dashes and a name were expected')
    const flag = Object.hasOwn(declared, name) ? declared[name] : undefined
    if (flag === undefined) {
      return name === 'h' || name === 'help' ? { kind: 'help' } : wrong('there is no such flag')
    }
    let text = given
    text ??= flag.kind === 'switch' ? 'true' : argv[++index]
    if (text === undefined) return wrong('the value is missing')
    const value = valueOf(flag, text)
    if (value === undefined) return wrong(`'${text}' is no ${expected[flag.kind]}`)
    values.set(name, value)
  }
  return { kind: 'parsed', flags: Object.fromEntries(values) as GoFlagValues<F>, rest: argv.slice(index) }
}

const expected = { text: 'text', integer: 'whole number', switch: 'true or false' }

function valueOf(flag: GoFlag, text: string): string | number | boolean | undefined {
  if (flag.kind === 'text') return text
  if (flag.kind === 'switch') {
    if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true
    return /^(0|f|F|FALSE|false|False)$/.test(text) ? false : undefined
  }
  const [, sign, digits = ''] = /^([+-]?)(\d\w*)$/.exec(text) ?? []
  // Go reads 010 as eight.
  const number = Number(digits.replace(/^0(?=\d)/, '0o'))
  if (digits === '' || !Number.isSafeInteger(number)) return undefined
  return sign === '-' ? 0 - number : number
}
