import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from './places.ts'

const weekMs = 7 * 24 * 60 * 60 * 1000

/** Removes what no run has used for a week: whoever uses an entry touches it. */
export function pruneCache(): void {
  for (const kind of ['rootfs', 'templates', 'images', 'kernel']) {
    const folder = join(cache, kind)
    if (!existsSync(folder)) continue
    for (const entry of readdirSync(folder)) {
      const path = join(folder, entry)
      if (Date.now() - statSync(path).mtimeMs > weekMs) rmSync(path, { recursive: true, force: true })
    }
  }
}
