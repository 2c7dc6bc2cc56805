import { usage } from '../../errors.ts'
import { hasControlCharacter, hasDotSegment, normaliseKey } from '../../model/key.ts'

/** The key as Consul stores it. Throws a usage error for one that Consul would refuse or take for another. */
export function parseKey(command: string, text: string): string {
  const key = parse(command, 'key', text)
  if (key === '') throw usage(`${command}: expected a key, got "${text}"`, 'arpanet kv ls')
  return key
}

/** As a key, but the root, which has no name, is a folder too. */
export const parseFolder = (command: string, text: string): string => parse(command, 'folder', text)

function parse(command: string, noun: string, text: string): string {
  const key = normaliseKey(text)
  if (hasDotSegment(key)) {
    throw usage(`${command}: expected a ${noun} without "." or ".." between slashes, got "${text}"`)
  }
  if (hasControlCharacter(key)) {
    throw usage(`${command}: expected a ${noun} without control characters, got ${JSON.stringify(text)}`)
  }
  return key
}
