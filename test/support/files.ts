import { dirname } from 'node:path/posix'
import type { FileFacts, Files, Owner } from '../../src/drivers/files.ts'
import { precondition } from '../../src/errors.ts'

/** A file by its text, a folder by null. */
export type Tree = Readonly<Record<string, string | null>>

export interface FakeFiles extends Files {
  /** Everything that was changed, in its order: `write /etc/docker/daemon.json 644`. Questions leave no trace. */
  readonly changes: string[]
  /** What is there, by path, in the order of the paths. */
  readonly tree: () => Tree
  readonly owner: (path: string) => Owner | undefined
  readonly mode: (path: string) => number | undefined
}

interface Entry {
  readonly text: string | null
  readonly mode: number
  readonly owner?: Owner | undefined
  readonly changedAt: Date
}

/** What else is so of a disk. */
export interface Disk {
  /** Modes by path; files have 644 and folders 755. */
  readonly modes?: Readonly<Record<string, number>>
  /** Why nothing can be written in a folder. */
  readonly readOnly?: Readonly<Record<string, string>>
  readonly freeBytes?: number
  /** When all that is there was changed last, and what is changed will have been. */
  readonly now?: Date
}

/** A disk in memory. It refuses what a real one refuses; the folders above what it begins with are there. */
export function fakeFiles(
  tree: Tree,
  { modes = {}, readOnly = {}, freeBytes = 20_000_000_000, now = new Date(0) }: Disk = {},
): FakeFiles {
  const entries = new Map<string, Entry>([['/', { text: null, mode: 0o755, changedAt: now }]])
  const put = (path: string, text: string | null, mode: number, owner?: Owner) =>
    void entries.set(path, { text, mode, owner, changedAt: now })
  const above = (path: string): string[] => (path === '/' ? [] : [...above(dirname(path)), dirname(path)])
  for (const [path, text] of Object.entries(tree)) {
    for (const folder of above(path)) if (!entries.has(folder)) put(folder, null, modes[folder] ?? 0o755)
    put(path, text, modes[path] ?? (text === null ? 0o755 : 0o644))
  }
  const changes: string[] = []
  const isFolder = (path: string) => entries.get(path)?.text === null
  const inside = (path: string) => [...entries.keys()].filter((each) => each.startsWith(`${path}/`))

  /** One change, unless there is a reason against it. */
  const change = <T>(line: string, why: string | undefined, act: () => T): Promise<T> => {
    if (why !== undefined) return Promise.reject(precondition(`${line}: ${why}`))
    changes.push(line)
    return Promise.resolve(act())
  }
  const whyNotIn = (path: string): string | undefined => {
    const folder = dirname(path)
    if (!entries.has(folder)) return `no such folder ${folder}`
    return isFolder(folder) ? readOnly[folder] : `${folder} is no folder`
  }
  const whyNotFile = (path: string) => whyNotIn(path) ?? (isFolder(path) ? 'is a folder' : undefined)
  const whyNotFrom = (path: string) =>
    typeof entries.get(path)?.text === 'string' ? undefined : `no such file ${path}`

  return {
    changes,
    tree: () =>
      Object.fromEntries(
        [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, { text }]) => [path, text]),
      ),
    owner: (path) => entries.get(path)?.owner,
    mode: (path) => entries.get(path)?.mode,
    readText: (path) =>
      isFolder(path)
        ? Promise.reject(precondition(`read ${path}: is a folder`))
        : Promise.resolve(entries.get(path)?.text ?? undefined),
    facts: (path) => {
      const found = entries.get(path)
      if (found === undefined) return Promise.resolve(undefined)
      const { text, mode, changedAt } = found
      const facts: FileFacts = {
        kind: text === null ? 'folder' : 'file',
        mode,
        modifiedAt: changedAt,
        changedAt,
      }
      return Promise.resolve(facts)
    },
    list: (path) =>
      Promise.resolve(
        inside(path)
          .filter((each) => dirname(each) === path)
          .map((each) => each.slice(path.length + 1)),
      ),
    writeText: (path, text, mode) =>
      change(`write ${path} ${mode.toString(8)}`, whyNotFile(path), () => put(path, text, mode)),
    copy: (from, to) =>
      change(
        `copy ${from} ${to}`,
        whyNotFrom(from) ?? whyNotFile(to) ?? (entries.has(to) ? 'is there already' : undefined),
        () => put(to, entries.get(from)?.text ?? '', entries.get(from)?.mode ?? 0o644),
      ),
    move: (from, to) =>
      change(`move ${from} ${to}`, whyNotFrom(from) ?? whyNotIn(from) ?? whyNotFile(to), () => {
        put(to, entries.get(from)?.text ?? '', entries.get(from)?.mode ?? 0o644)
        entries.delete(from)
      }),
    makeFolder: (path, mode, owner) =>
      change(
        `make ${path} ${mode.toString(8)}`,
        whyNotIn(path) ?? (entries.has(path) ? 'is there already' : undefined),
        () => put(path, null, mode, owner),
      ),
    removeFile: (path) =>
      entries.has(path)
        ? change(`remove ${path}`, whyNotFile(path), () => void entries.delete(path))
        : Promise.resolve(),
    removeFolder: (path) => {
      if (!entries.has(path)) return Promise.resolve(true)
      if (inside(path).length > 0) return Promise.resolve(false)
      const why = isFolder(path) ? whyNotIn(path) : 'is no folder'
      return change(`remove folder ${path}`, why, () => entries.delete(path))
    },
    whyReadOnly: (path) => {
      const nearest = [...above(path), path].findLast((each) => entries.has(each)) ?? '/'
      return Promise.resolve(readOnly[nearest])
    },
    freeBytes: () => Promise.resolve(freeBytes),
  }
}
