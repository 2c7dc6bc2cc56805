import { usage } from '../../errors.ts'
import { hasControlCharacter, hasDotSegment, normaliseKey } from '../../model/key.ts'

/** The key as Consul stores it. Throws a usage error for one that Consul would refuse or take for another. */
export function parseKey(command: string, text: string): string {
  const key = normaliseKey(text)
  if (key === '') throw usage(`${command}: expected a key, got "${text}"`, 'arpanet kv ls')
  if (hasDotSegment(key))
    throw usage(`${command}: expected a key without "." or ".." between slashes, got "${text}"`)
  if (hasControlCharacter(key)) {
    throw usage(`${command}: expected a key without control characters, got ${JSON.stringify(text)}`)
  }
  return key
}
