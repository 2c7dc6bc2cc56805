import { elementOf, membersName, ourTable, wordsOfMember, type Member } from './guard.ts'
import { nftStep, type FirewallStep } from './step.ts'

/** Who comes is added before others go, and what changes of one is a step: in between it could send nothing. */
export function changeMembers(there: readonly Member[], wanted: readonly Member[]): FirewallStep[] {
  const [before, now] = [new Set(there.map(wordsOfMember)), new Set(wanted.map(wordsOfMember))]
  const come = Map.groupBy(
    wanted.filter((member) => !before.has(wordsOfMember(member))),
    ({ address }) => address,
  )
  const gone = Map.groupBy(
    there.filter((member) => !now.has(wordsOfMember(member))),
    ({ address }) => address,
  )
  const line = (word: 'add' | 'delete') => (member: Member) =>
    `${word} element ${ourTable} ${membersName} { ${elementOf(member)} }`
  const steps = { add: [] as FirewallStep[], change: [] as FirewallStep[], remove: [] as FirewallStep[] }
  for (const address of new Set([...come.keys(), ...gone.keys()])) {
    const [added, removed] = [come.get(address) ?? [], gone.get(address) ?? []]
    const [verb, reason] =
      removed.length === 0
        ? (['add', 'packets come from there'] as const)
        : added.length === 0
          ? (['remove', 'no host has it'] as const)
          : (['change', `it had ${subnetsOf(removed)}`] as const)
    const target = `member ${address} with ${subnetsOf(verb === 'remove' ? removed : added)}`
    steps[verb].push(
      nftStep(verb, target, reason, [...removed.map(line('delete')), ...added.map(line('add'))]),
    )
  }
  return [...steps.add, ...steps.change, ...steps.remove]
}

const subnetsOf = (members: readonly Member[]): string => members.map(({ subnet }) => subnet).join(' and ')
