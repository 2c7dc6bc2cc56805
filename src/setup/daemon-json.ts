import { applyEdits, modify, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import { isDeepStrictEqual } from 'node:util'
import type { Fault } from './fault.ts'

/** What Docker reads when it starts (https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file). */
export const daemonJsonPath = '/etc/docker/daemon.json'

export type DaemonKeys = Readonly<Record<string, unknown>>

/** The keys of a daemon.json; a file of nothing but space is one without keys. Its faults where Docker may not read it. */
export function parseDaemonJson(text: string): { keys: DaemonKeys } | { faults: Fault[] } {
  const fault = (what: string, mend: string) => ({ faults: [{ what: `${daemonJsonPath}: ${what}`, mend }] })
  if (text.startsWith('\uFEFF')) {
    return fault(
      'begins with a byte order mark, expected plain UTF-8',
      String.raw`sed -i '1s/^\xef\xbb\xbf//' ${daemonJsonPath}`,
    )
  }
  if (text.trim() === '') return { keys: {} }
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
  const [error] = errors
  if (error !== undefined) {
    const { line, column } = placeOf(text, error.offset)
    const code = printParseErrorCode(error.error)
    const why = code === 'InvalidCommentToken' ? 'holds a comment' : `is not JSON (${words(code)})`
    return fault(
      `${why} at line ${line}, column ${column}, and Docker reads JSON only`,
      `\${EDITOR:-vi} +${line} ${daemonJsonPath}`,
    )
  }
  if (root?.type !== 'object') {
    return fault('holds something else than an object, expected { … }', `\${EDITOR:-vi} ${daemonJsonPath}`)
  }
  const names = (root.children ?? []).map(nameOf)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    return fault(`says "${twice}" twice, expected it once`, `\${EDITOR:-vi} ${daemonJsonPath}`)
  }
  return { keys: JSON.parse(text) as DaemonKeys }
}

const nameOf = (property: Node): string => String(property.children?.[0]?.value)

/** `CommaExpected` as `comma expected`. */
const words = (code: string): string => code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

/**
 * `text` with these keys as they are here, undefined for those to be gone. All else stays as it is, byte by byte; only
 * a line that holds one of these keys and others is laid out anew, in a file of several lines.
 */
export function edit(text: string, keys: DaemonKeys): string {
  let edited = text.trim() === '' ? '{}\n' : text
  // Laid out, a file of one line would be another file altogether.
  const isOneLine = /^\s*\{[^\n]*"[^\n]*\}\s*$/.test(edited)
  const options = isOneLine ? {} : { formattingOptions: indentation(edited) }
  for (const [name, value] of Object.entries(keys)) {
    edited = applyEdits(edited, modify(edited, [name], value, options))
  }
  return edited
}

function indentation(text: string) {
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? '  '
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 4 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  }
}

/** What differs between two sets of keys, `-` for what goes and `+` for what comes. */
export function keyChanges(before: DaemonKeys, after: DaemonKeys): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names
    .filter((name) => !isDeepStrictEqual(before[name], after[name]))
    .flatMap((name) => [
      ...(name in before ? [`- ${line(name, before[name])}`] : []),
      ...(name in after ? [`+ ${line(name, after[name])}`] : []),
    ])
}

const line = (name: string, value: unknown): string =>
  `"${name}": ${JSON.stringify(value).replaceAll('","', '", "')}`

/** What setup wrote into daemon.json, and what it stands in the place of. */
export interface Remembered {
  /** The keys that setup wrote, or was about to write. */
  readonly set: DaemonKeys
  /** What of setup's was in the file when that was noted: a setup that broke off left it there. */
  readonly was: DaemonKeys
  /** What the user has under these names. */
  readonly theirs: DaemonKeys
}

/** The keys that are as setup wrote them. */
export const setupsKeys = (now: DaemonKeys, { set, was }: Remembered): DaemonKeys =>
  Object.fromEntries(
    Object.entries(now).filter(([name, value]) =>
      [set, was].some((each) => Object.hasOwn(each, name) && isDeepStrictEqual(each[name], value)),
    ),
  )

/**
 * The keys as the user has them: what setup wrote is taken back to what was there before, what somebody changed since
 * stays changed.
 */
export function usersKeys(now: DaemonKeys, remembered: Remembered): DaemonKeys {
  const ours = setupsKeys(now, remembered)
  const kept = Object.entries(now).filter(([name]) => !Object.hasOwn(ours, name))
  const back = Object.entries(remembered.theirs).filter(([name]) => Object.hasOwn(ours, name))
  return Object.fromEntries([...kept, ...back])
}

/** What turns the keys that are into those that should be, for `edit`. */
export function editsTo(now: DaemonKeys, wanted: DaemonKeys): DaemonKeys {
  const names = [...new Set([...Object.keys(now), ...Object.keys(wanted)])]
  return Object.fromEntries(
    names.filter((name) => !isDeepStrictEqual(now[name], wanted[name])).map((name) => [name, wanted[name]]),
  )
}
