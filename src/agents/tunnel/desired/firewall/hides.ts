import { overlap } from '../../../../model/subnet.ts'
import type { Rule } from './rules.ts'
import { optionOf, targetOf, wordsOf } from './words.ts'

/** What leaves the source as it is, and leads to no chain that may change it. */
const keepsSource = new Set(['', 'ACCEPT', 'RETURN', 'LOG', 'NFLOG', 'MARK', 'CONNMARK', 'DROP'])

const isHiding: Readonly<Record<Rule['above'], (target: string) => boolean>> = {
  'what returns': (target) => target === 'RETURN',
  'what translates': (target) => !keepsSource.has(target),
  nothing: () => false,
}

/** Whether a rule of others that is above may take packets that `rule` is there for. */
export function hides(other: string, rule: Rule): boolean {
  const [theirs, ours] = [wordsOf(other), wordsOf(rule.text)]
  if (!isHiding[rule.above](targetOf(theirs))) return false
  const differs = (name: string, isSame: (a: string, b: string) => boolean) => {
    const [their, our] = [optionOf(theirs, name), optionOf(ours, name)]
    return their !== undefined && our !== undefined && !isSame(their, our)
  }
  const areDisjoint =
    ['-s', '-d'].some((name) => differs(name, overlap)) ||
    // One that ends in + is of all whose names begin so.
    ['-i', '-o'].some((name) => differs(name, (a, b) => a.endsWith('+') || a === b))
  return !areDisjoint
}
