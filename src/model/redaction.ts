/** What stands in the place of a value that is not shown. */
export const hidden = '(hidden)'

/** Shorter ones are words such as `true` and `root`, which would be hidden everywhere. */
const shortestSecret = 6

/** Names of variables, `*` for any characters and `?` for one: `SERVICE_*,PATH`. */
export function namePatterns(list: string): RegExp[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const escaped = name.replace(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
      return new RegExp(`^${escaped.replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`)
    })
}

export interface RedactedEnvironment {
  /** `NAME=value` where the name may be shown, else `NAME=(hidden)`. */
  readonly lines: readonly string[]
  /** The values that were hidden and are long enough to be known again elsewhere. */
  readonly secrets: readonly string[]
}

export function redactEnvironment(
  lines: readonly string[],
  isShown: (name: string) => boolean,
): RedactedEnvironment {
  const secrets = new Set<string>()
  const redacted = lines.map((line) => {
    const at = line.indexOf('=')
    if (at < 0 || isShown(line.slice(0, at))) return line
    const value = line.slice(at + 1)
    if (value.length >= shortestSecret) secrets.add(value)
    return `${line.slice(0, at)}=${hidden}`
  })
  return { lines: redacted, secrets: [...secrets] }
}

const secretName = /encrypt|token|secret|passw|passphrase|credential|api-?key/i

/** What arguments with names like `-encrypt` or `--db-password` give: Consul's gossip key is one of ours. */
export function secretArguments(args: readonly string[]): string[] {
  return args.flatMap((arg, at) => {
    const [, name = '', given] = /^--?([^=\s]{1,200})(?:=([^]*))?$/.exec(arg) ?? []
    if (!secretName.test(name)) return []
    const next = args[at + 1] ?? ''
    const value = given ?? (next.startsWith('-') ? '' : next)
    return value.length >= shortestSecret ? [value] : []
  })
}

/** The same without the secrets, in whichever text within they are. */
export function withoutSecrets(value: unknown, secrets: readonly string[]): unknown {
  // Of one that is a part of another nothing stays behind.
  const longestFirst = secrets.toSorted((a, b) => b.length - a.length)
  const clean = (each: unknown): unknown => {
    if (typeof each === 'string') {
      return longestFirst.reduce((text, secret) => text.replaceAll(secret, () => hidden), each)
    }
    if (Array.isArray(each)) return each.map(clean)
    if (each === null || typeof each !== 'object') return each
    return Object.fromEntries(Object.entries(each).map(([name, inner]) => [name, clean(inner)]))
  }
  return clean(value)
}
