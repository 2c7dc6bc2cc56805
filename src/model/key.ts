/** Consul refuses a larger value (`kv_max_value_size`). */
export const valueLimitBytes = 512 * 1024

/**
 * A key as Consul stores it: runs of slashes are one, none at either end. So `/arpanet//a/`, as a CONSUL_KV_PATH with
 * a leading slash gives, and `arpanet/a` are the same key.
 */
export function normaliseKey(key: string): string {
  return key.replace(/\/+/g, '/').replace(/^\/|\/$/g, '')
}

/** `folder/a?recurse`, as the first arpanet took it from the query string of Consul's API. */
export function splitRecurse(key: string): { key: string; recurse: boolean } {
  const recurse = key.endsWith('?recurse')
  return { key: recurse ? key.slice(0, -'?recurse'.length) : key, recurse }
}

/** What lies under a folder, as names relative to it; `''` is the root. */
export function relativeTo(folder: string, keys: readonly string[]): string[] {
  const prefix = folder === '' ? '' : `${folder}/`
  return keys.filter((key) => key.startsWith(prefix) && key !== prefix).map((key) => key.slice(prefix.length))
}

/** The key and everything under it, but not its neighbours: `a` takes `a` and `a/b`, never `ab`. */
export function isWithin(folder: string, key: string): boolean {
  return key === folder || key.startsWith(`${folder}/`)
}

/** A segment that is a path's own word: an HTTP server would fold `a/../b` into `b` and touch another key. */
export function hasDotSegment(key: string): boolean {
  return key.split('/').some((segment) => segment === '.' || segment === '..')
}

/** Consul's API refuses them. */
export function hasControlCharacter(key: string): boolean {
  return /\p{Cc}/u.test(key)
}
