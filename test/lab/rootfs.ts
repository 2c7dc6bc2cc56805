import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from './places.ts'
import { run } from './program.ts'

/** The Debian releases that hosts are made of, and the Docker engine of each. */
export const engines = { bookworm: '20.10', trixie: '26.1', forky: '28.5' } as const
export type Release = keyof typeof engines
export const releases = Object.keys(engines) as Release[]
/** From trixie on Debian's Docker brings systemd with it. */
export type SystemdRelease = Exclude<Release, 'bookworm'>

const machine = join(import.meta.dirname, 'machine')

/** Names what every root file system is made from, so that a change makes new ones. */
const recipe = hash(readdirSync(machine).map((file) => readFileSync(join(machine, file), 'utf8')))

export function hash(parts: readonly string[]): string {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part).update('\0')
  return sum.digest('hex').slice(0, 12)
}

/** The folder with a release's root file system; hosts lay their own changes over it. */
export const rootfsOf = (release: Release): string => join(cache, 'rootfs', `${release}-${recipe}`)

/** Makes the root file systems that are not there yet, two at a time. */
export async function buildRootfs(wanted: readonly Release[]): Promise<void> {
  const queue = [...new Set(wanted)]
  const worker = async () => {
    for (let release = queue.shift(); release !== undefined; release = queue.shift()) {
      await run([join(machine, 'build'), release, rootfsOf(release)], { timeoutMs: 600_000 })
      touch(rootfsOf(release))
    }
  }
  await Promise.all([worker(), worker()])
}

/** Marks an entry of the cache as used now. */
export function touch(path: string): void {
  const now = new Date()
  utimesSync(path, now, now)
}
