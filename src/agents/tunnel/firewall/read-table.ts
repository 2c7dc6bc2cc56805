import {
  chains,
  commentOf,
  membersName,
  type Guard,
  type Member,
  type Unmasked,
} from '../desired/firewall/guard.ts'
import type { ActualTable } from '../desired/firewall/guard-steps.ts'

type Properties = Readonly<Record<string, unknown>>
const propertiesOf = (value: unknown): Properties =>
  value !== null && typeof value === 'object' ? (value as Properties) : {}
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * The table, of the objects that nft lists of it (libnftables-json(5)); undefined where there is none. Rules are known by
 * their comments. What is not as we write it is a reason to make it anew.
 */
export function readTable(listing: readonly unknown[]): ActualTable | undefined {
  const of = Map.groupBy(
    listing.flatMap((each) => Object.entries(propertiesOf(each))),
    ([kind]) => kind,
  )
  const all = (kind: string) => (of.get(kind) ?? []).map(([, properties]) => propertiesOf(properties))
  const [table] = all('table')
  if (table === undefined) return undefined
  const comments = Map.groupBy(all('rule'), ({ chain }) => String(chain))
  const rest = (chain: string, ...words: string[]) => {
    const beginning = `${commentOf(...words)} `
    return (comments.get(chain) ?? []).map(({ comment }) =>
      String(comment).startsWith(beginning) ? String(comment).slice(beginning.length).split(' ') : undefined,
    )
  }
  const guards = rest('input', 'guard').map(guardFrom)
  const unmasked = rest('postrouting', 'unmasked').map(unmaskedFrom)
  const members = membersIn(all('set'))
  const stranger = [...of.keys()].find((kind) => !known.has(kind))
  const fault =
    (table.flags === undefined ? undefined : 'somebody put it to sleep') ??
    (stranger === undefined ? undefined : `somebody else's ${stranger} is in it`) ??
    faultOfChains(all('chain'), comments) ??
    (guards.includes(undefined) ? 'its chain input is not that of this version' : undefined) ??
    (unmasked.includes(undefined) ? 'its chain postrouting is not that of this version' : undefined) ??
    (typeof members === 'string' ? members : undefined)
  return {
    fault,
    guards: guards.filter((each) => each !== undefined),
    unmasked: unmasked.filter((each) => each !== undefined),
    members: typeof members === 'string' ? [] : members,
  }
}

const known = new Set(['metainfo', 'table', 'chain', 'set', 'rule'])

function guardFrom(words: readonly string[] | undefined): Guard | undefined {
  const [kind, key, port] = words ?? []
  if (kind !== 'gre' && kind !== 'vxlan') return undefined
  return { kind, key: Number(key), port: port === undefined ? undefined : Number(port) }
}

function unmaskedFrom(words: readonly string[] | undefined): Unmasked | undefined {
  const [source, overlay, device] = words ?? []
  return source === undefined || overlay === undefined || device === undefined
    ? undefined
    : { source, overlay, device }
}

function faultOfChains(
  actual: readonly Properties[],
  rules: ReadonlyMap<string, readonly Properties[]>,
): string | undefined {
  const stranger = actual.find(({ name }) => !chains.some((chain) => chain.name === name))
  if (stranger !== undefined) return `somebody else's chain ${String(stranger.name)} is in it`
  for (const { name, hook, rules: wanted } of chains) {
    const chain = actual.find((each) => each.name === name)
    if (chain === undefined) return `it has no chain ${name}`
    const place = { type: chain.type, hook: chain.hook, prio: chain.prio, policy: chain.policy }
    if (!sameJson(place, hook === undefined ? {} : { ...hook, policy: 'accept' }))
      return `its chain ${name} is elsewhere`
    const comments = (rules.get(name) ?? []).map(({ comment }) => comment)
    // Those of a hook depend on what is wanted.
    if (
      hook === undefined &&
      !sameJson(
        comments,
        wanted.map((_, index) => commentOf(name, index)),
      )
    )
      return `its chain ${name} is not that of this version`
  }
  return undefined
}

/** A sentence where they are not as we write them. */
function membersIn(sets: readonly Properties[]): readonly Member[] | string {
  const [set, other] = sets
  if (set?.name !== membersName) return `it has no set ${membersName}`
  if (other !== undefined) return `somebody else's set ${String(other.name)} is in it`
  // Newer programs write one flag without a list.
  if (!sameJson([set.flags].flat(), ['interval'])) return `its set ${membersName} is another`
  const members = listOf(set.elem).map(memberFrom)
  return members.every((each) => each !== undefined)
    ? members
    : `its set ${membersName} has what is no member`
}

/** As `{"concat": ["192.0.2.8", {"range": [181536768, 181537023]}]}`. */
function memberFrom(element: unknown): Member | undefined {
  const [address, inside] = listOf(propertiesOf(element).concat)
  const [first, last] = listOf(propertiesOf(inside).range)
  if (typeof address !== 'string' || typeof first !== 'number' || typeof last !== 'number') return undefined
  const bits = Math.log2(last - first + 1)
  if (!Number.isInteger(bits)) return undefined
  const network = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')
  return { address, subnet: `${network}/${32 - bits}` }
}
