import { readFile } from 'node:fs/promises'
import { precondition } from '../errors.ts'

/** A file's text; undefined where there is none. Another fault is an error: a file that cannot be read is not empty. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw precondition(`${path}: cannot be read (${code}), expected a text file`, `ls -ld ${path}`, error)
  }
}
