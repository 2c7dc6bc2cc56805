import type { Firewall } from './firewall.ts'
import {
  base,
  elementOf,
  guardRule,
  membersName,
  ourTable,
  tableName,
  unmaskedRule,
  wordsOfGuard,
  wordsOfUnmasked,
  type Guard,
  type Member,
  type Unmasked,
} from './guard.ts'
import { changeMembers } from './member-steps.ts'
import { nftStep, type FirewallStep } from './step.ts'

/** The table of ours, as the kernel has it. */
export interface ActualTable {
  /** Why it has to be made anew; undefined where it need not. */
  readonly fault: string | undefined
  readonly guards: readonly Guard[]
  readonly members: readonly Member[]
  readonly unmasked: readonly Unmasked[]
}

/** By when they are taken: `before` what packets come by, and `after` it. */
export interface GuardSteps {
  readonly before: readonly FirewallStep[]
  readonly after: readonly FirewallStep[]
}

/** Whether what the device takes is a member's already, or nobody here can see to that. */
export function isGuarded({ guard }: Firewall, table: ActualTable | string | undefined): boolean {
  if (guard === undefined || typeof table === 'string') return true
  return (
    table?.fault === undefined &&
    (table?.guards.some((each) => wordsOfGuard(each) === wordsOfGuard(guard)) ?? false)
  )
}

/** A guard is there before the device whose packets it is for, and goes after it. */
export function planGuard(wanted: Firewall, actual: ActualTable | undefined): GuardSteps {
  const { members } = wanted
  const [guards, unmasked] = [listOf(wanted.guard), listOf(wanted.unmasked)]
  if (guards.length + unmasked.length + members.length === 0) {
    const removal = nftStep('remove', 'guard', 'no packet comes by it', [`delete table ${ourTable}`])
    return { before: [], after: actual === undefined ? [] : [removal] }
  }
  const meanwhile = {
    guards: both(wordsOfGuard, guards, actual?.guards),
    unmasked: both(wordsOfUnmasked, unmasked, actual?.unmasked),
  }
  const before =
    actual === undefined || actual.fault !== undefined
      ? [makeTable(actual?.fault ?? 'there is none', meanwhile.guards, members, meanwhile.unmasked)]
      : [
          ...changeRules(guardRules, actual.guards, meanwhile.guards),
          ...changeMembers(actual.members, members),
          ...changeRules(unmaskedRules, actual.unmasked, meanwhile.unmasked),
        ]
  const after = [
    ...changeRules(guardRules, meanwhile.guards, guards),
    ...changeRules(unmaskedRules, meanwhile.unmasked, unmasked),
  ]
  return { before, after }
}

const listOf = <T>(one: T | undefined): readonly T[] => (one === undefined ? [] : [one])

/** Those that are wanted, and those that are there besides. */
const both = <T>(words: (one: T) => string, wanted: readonly T[], there: readonly T[] = []): readonly T[] => [
  ...wanted,
  ...there.filter((one) => !wanted.some((each) => words(each) === words(one))),
]

function makeTable(
  reason: string,
  guards: readonly Guard[],
  members: readonly Member[],
  unmasked: readonly Unmasked[],
): FirewallStep {
  return nftStep('make', 'guard', reason, [
    // Adding what is there is no error, deleting what is not is one.
    `add table ${ourTable}`,
    `delete table ${ourTable}`,
    ...base(tableName),
    ...guards.map(guardRules.line),
    ...unmasked.map(unmaskedRules.line),
    ...(members.length === 0
      ? []
      : [`add element ${ourTable} ${membersName} { ${members.map(elementOf).join(', ')} }`]),
  ])
}

/** Of a chain whose rules depend on what is wanted. */
interface Rules<T> {
  readonly chain: string
  readonly target: string
  readonly words: (one: T) => string
  readonly line: (one: T) => string
}

const guardRules: Rules<Guard> = {
  chain: 'input',
  target: 'guard',
  words: wordsOfGuard,
  line: (guard) => `add rule ${ourTable} input ${guardRule(guard)}`,
}

const unmaskedRules: Rules<Unmasked> = {
  chain: 'postrouting',
  target: 'exception from masquerading',
  words: wordsOfUnmasked,
  line: (unmasked) => `add rule ${ourTable} postrouting ${unmaskedRule(unmasked)}`,
}

/** In any order: no packet is for two of them. */
function changeRules<T>(
  { chain, target, words, line }: Rules<T>,
  there: readonly T[],
  wanted: readonly T[],
): FirewallStep[] {
  const [before, now] = [there.map(words).sort().join(), wanted.map(words).sort().join()]
  if (before === now) return []
  const reason = wanted.length === 0 ? 'nothing is for it' : `it is for ${wanted.map(words).join(' and ')}`
  return [nftStep('change', target, reason, [`flush chain ${ourTable} ${chain}`, ...wanted.map(line)])]
}
