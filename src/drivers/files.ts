import {
  access,
  chmod,
  chown,
  constants,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  statfs,
} from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path/posix'
import { precondition } from '../errors.ts'

/** A file's text; undefined where there is none. Another fault is an error: a file that cannot be read is not empty. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw translate(path, 'read', error)
  }
}

export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'other'
  /** Permission bits, such as 0o600. */
  readonly mode: number
  readonly modifiedAt: Date
  /** When its content, its name or its owner changed last. */
  readonly changedAt: Date
}

/** The files of a host, by the paths that the host itself has for them. */
export interface Files {
  /** Throws where it is not UTF-8, for what cannot be read whole must not be written back. */
  readText(path: string): Promise<string | undefined>
  facts(path: string): Promise<FileFacts | undefined>
  /** The names in a folder; none where there is no folder. */
  list(path: string): Promise<string[]>
  /** Whole or not at all, and on the disk when it is done. */
  writeText(path: string, text: string, mode: number): Promise<void>
  copy(from: string, to: string): Promise<void>
  /** Puts a file in the place of another, whole or not at all. */
  move(from: string, to: string): Promise<void>
  makeFolder(path: string, mode: number, owner?: Owner): Promise<void>
  removeFile(path: string): Promise<void>
  /** False where something is in it. */
  removeFolder(path: string): Promise<boolean>
  /** Why nothing can be written in the folder, or in the nearest one above it that exists; undefined where it can. */
  whyReadOnly(path: string): Promise<string | undefined>
  /** On the disk where the path is or would be. */
  freeBytes(path: string): Promise<number>
}

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** The files of the host whose root folder is mounted at `root`. */
export function filesAt(root: string): Files {
  const real = (path: string) => resolveIn(root, path)
  const attempt = async <T>(path: string, doing: string, act: (real: string) => Promise<T>): Promise<T> => {
    try {
      return await act(await real(path))
    } catch (error) {
      throw translate(path, doing, error)
    }
  }
  const nearest = async (path: string): Promise<string> =>
    (await lstat(await real(path)).catch(() => undefined)) === undefined && path !== '/'
      ? nearest(dirname(path))
      : path

  return {
    readText: async (path) => {
      const bytes = await attempt(path, 'read', (at) => readFile(at).catch(undefinedIfMissing))
      const text = bytes?.toString('utf8')
      if (bytes === undefined || text === undefined) return undefined
      if (!Buffer.from(text, 'utf8').equals(bytes)) {
        throw precondition(`${path}: is not UTF-8, expected a text file`, `file ${path}`)
      }
      return text
    },
    facts: (path) =>
      attempt(path, 'look at', async (at) => {
        const found = await lstat(at).catch(undefinedIfMissing)
        if (found === undefined) return undefined
        const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other'
        return { kind, mode: found.mode & 0o7777, modifiedAt: found.mtime, changedAt: found.ctime }
      }),
    list: (path) => attempt(path, 'list', async (at) => (await readdir(at).catch(undefinedIfMissing)) ?? []),
    writeText: (path, text, mode) =>
      attempt(path, 'write', async (at) => {
        const beside = `${at}.arpanet-new`
        await rm(beside, { force: true })
        const file = await open(beside, 'wx', mode)
        try {
          await file.chmod(mode)
          await file.writeFile(text)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(beside, at)
        await syncFolder(dirname(at))
      }),
    copy: async (from, to) => {
      const source = await real(from)
      await attempt(to, 'write', async (at) => {
        await copyFile(source, at, constants.COPYFILE_EXCL)
        const { mode } = await lstat(source)
        await chmod(at, mode & 0o7777)
        await syncFolder(dirname(at))
      })
    },
    move: async (from, to) => {
      const source = await real(from)
      await attempt(to, 'write', async (at) => {
        await rename(source, at)
        await syncFolder(dirname(at))
      })
    },
    makeFolder: (path, mode, owner) =>
      attempt(path, 'make', async (at) => {
        await mkdir(at)
        await chmod(at, mode)
        if (owner !== undefined) await chown(at, owner.uid, owner.gid)
      }),
    removeFile: (path) => attempt(path, 'remove', (at) => rm(at, { force: true })),
    removeFolder: (path) =>
      attempt(path, 'remove', async (at) => {
        try {
          await rmdir(at)
          return true
        } catch (error) {
          if (isMissing(error)) return true
          if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') return false
          throw error
        }
      }),
    whyReadOnly: async (path) => {
      try {
        await access(await real(await nearest(path)), constants.W_OK)
        return undefined
      } catch (error) {
        return reason(error)
      }
    },
    freeBytes: (path) =>
      attempt(path, 'measure', async () => {
        const { bavail, bsize } = await statfs(await real(await nearest(path)))
        return bavail * bsize
      }),
  }
}

/** As many links as Linux follows (path_resolution(7)). */
const mostLinks = 40

/** The place of a host's path under `root`, links followed as the host follows them: an absolute one begins at `root`. */
async function resolveIn(root: string, path: string): Promise<string> {
  let names = normalize(path).split('/').filter(Boolean)
  const done: string[] = []
  for (let links = 0; names.length > 0;) {
    const [name = '', ...rest] = names
    names = rest
    if (name === '..') {
      done.pop()
      continue
    }
    const target = await readlink(join(root, ...done, name)).catch(() => undefined)
    if (target === undefined) {
      done.push(name)
      continue
    }
    if (++links > mostLinks) throw Object.assign(new Error(`too many links in ${path}`), { code: 'ELOOP' })
    if (target.startsWith('/')) done.length = 0
    names = [...target.split('/').filter((each) => each !== '' && each !== '.'), ...names]
  }
  return join(root, ...done)
}

/** A name is on the disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

const undefinedIfMissing = (error: unknown): undefined => {
  if (!isMissing(error)) throw error as Error
}

/** What the usual faults of a disk are called. */
const reasons: Readonly<Record<string, string>> = {
  EROFS: 'read-only file system',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOSPC: 'no space left',
}

const reason = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException
  return reasons[code] ?? (code === '' ? message : code)
}

function translate(path: string, doing: string, error: unknown) {
  const past =
    { read: 'read', write: 'written', make: 'made', measure: 'measured', remove: 'removed' }[doing] ??
    `${doing}ed`
  const verb = doing === 'look at' ? 'looked at' : past
  return precondition(
    `${path}: cannot be ${verb} (${reason(error)}), expected ${doing === 'read' ? 'a text file' : 'it to be possible'}`,
    `ls -ld ${path}`,
    error,
  )
}
