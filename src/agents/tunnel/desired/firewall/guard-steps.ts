import type { Firewall } from './firewall.ts'
import {
  base,
  elementOf,
  guardRule,
  membersName,
  tableName,
  unmaskedRule,
  wordsOfGuard,
  wordsOfMember,
  wordsOfUnmasked,
  type Guard,
  type Member,
  type Unmasked,
} from './guard.ts'
import type { FirewallStep } from './step.ts'

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

const table = `inet ${tableName}`

const step = (
  verb: FirewallStep['verb'],
  target: string,
  reason: string,
  lines: readonly string[],
): FirewallStep => ({ program: 'nft', verb, target, reason, lines })

/**
 * A guard is there before the device whose packets it is for, and goes after it. A member that has another subnet is
 * removed and added in one batch, because the kernel takes no two that overlap.
 */
export function planGuard(wanted: Firewall, actual: ActualTable | undefined): GuardSteps {
  const { members } = wanted
  const [guards, unmasked] = [listOf(wanted.guard), listOf(wanted.unmasked)]
  if (guards.length + unmasked.length + members.length === 0) {
    const removal = step('remove', 'guard', 'no packet comes by it', [`delete table ${table}`])
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
  return step('make', 'guard', reason, [
    // Adding what is there is no error, deleting what is not is one.
    `add table ${table}`,
    `delete table ${table}`,
    ...base(tableName),
    ...guards.map(guardRules.line),
    ...unmasked.map(unmaskedRules.line),
    ...(members.length === 0
      ? []
      : [`add element ${table} ${membersName} { ${members.map(elementOf).join(', ')} }`]),
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
  line: (guard) => `add rule ${table} input ${guardRule(guard)}`,
}

const unmaskedRules: Rules<Unmasked> = {
  chain: 'postrouting',
  target: 'exception from masquerading',
  words: wordsOfUnmasked,
  line: (unmasked) => `add rule ${table} postrouting ${unmaskedRule(unmasked)}`,
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
  return [step('change', target, reason, [`flush chain ${table} ${chain}`, ...wanted.map(line)])]
}

function changeMembers(there: readonly Member[], wanted: readonly Member[]): FirewallStep[] {
  const [before, now] = [new Set(there.map(wordsOfMember)), new Set(wanted.map(wordsOfMember))]
  const change = (word: 'add' | 'delete', member: Member) => [
    `${word} element ${table} ${membersName} { ${elementOf(member)} }`,
  ]
  const target = (member: Member) => `member ${wordsOfMember(member)}`
  return [
    ...there
      .filter((member) => !now.has(wordsOfMember(member)))
      .map((member) => step('remove', target(member), 'no host has it', change('delete', member))),
    ...wanted
      .filter((member) => !before.has(wordsOfMember(member)))
      .map((member) => step('add', target(member), 'packets come from there', change('add', member))),
  ]
}
