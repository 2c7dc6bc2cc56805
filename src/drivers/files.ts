import { readFile } from 'node:fs/promises'

/** A file's text; undefined where there is none. Other faults are thrown: a file that cannot be read is not empty. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}
