import { families, protocols } from './layout.ts'
import { listOf, propertiesOf, sameJson as same, type Properties } from './nft-json.ts'
import type { Pool, PoolInstance } from '../plan.ts'
import { chainOf, memberOf } from './pool-names.ts'
import { familyOf } from './table.ts'

type Rules = ReadonlyMap<string, readonly Properties[]>
type Contents = Omit<Pool, 'id'>

const another: Contents = { instances: undefined }

/** The instances that a pool's chains lead to; undefined where one of them holds something that we do not write. */
export function readPool(
  id: string,
  rules: Rules,
  chains: readonly string[],
  sets: readonly Properties[],
): Contents {
  const own = rulesOf(rules, chainOf(id))
  if (chains.length === 0 && sets.length === 0) return { instances: readTranslating(own) }
  const members = new Map<string, PoolInstance>()
  for (const name of chains) {
    const [update, ...rest] = rulesOf(rules, name)
    const instance = readTranslating(rest)?.[0]
    if (instance === undefined || rest.length !== protocols.length || memberOf(id, instance) !== name)
      return another
    if (!same(update, updateOf(name, instance))) return another
    members.set(name, instance)
  }
  const stickySeconds = sets[0]?.timeout
  if (typeof stickySeconds !== 'number' || sets.length !== chains.length) return another
  for (const { name, type, timeout } of sets) {
    const instance = members.get(String(name))
    if (instance === undefined || timeout !== stickySeconds) return another
    if (type !== `ipv${familyOf(instance.address)}_addr`) return another
  }
  const instances = readSticky(own, members)
  return instances === undefined ? another : { instances, stickySeconds }
}

type Expression = readonly unknown[]

const rulesOf = (rules: Rules, chain: string): Expression[] =>
  (rules.get(chain) ?? []).map(({ expr }) => listOf(expr))

const match = (left: unknown, right: unknown) => ({ match: { op: '==', left, right } })
const saddr = ({ address }: PoolInstance) => ({
  payload: { protocol: families[familyOf(address)], field: 'saddr' },
})
const updateOf = (name: string, instance: PoolInstance): Expression => [
  { set: { op: 'update', elem: saddr(instance), set: `@${name}` } },
]

/** Rules that translate, for each family those of all protocols with the same instances. */
function readTranslating(rules: readonly Expression[]): PoolInstance[] | undefined {
  const found: PoolInstance[] = []
  for (let at = 0; at < rules.length; at += protocols.length) {
    const goals = protocols.map((protocol, n) => {
      const [first, second, ...more] = rules[at + n] ?? []
      const isIts = same(first, match({ meta: { key: 'l4proto' } }, protocol)) && more.length === 0
      return isIts ? readGoal(propertiesOf(second).dnat) : undefined
    })
    const [instances, ...others] = goals
    if (instances === undefined || others.some((other) => !same(other, instances))) return undefined
    found.push(...instances)
  }
  return inOrder(found)
}

/** What a translation leads to: an instance, or one of several by their weights. */
function readGoal(dnat: unknown): PoolInstance[] | undefined {
  const { addr, port, family, ...more } = propertiesOf(dnat)
  const isOf = (address: unknown): address is string =>
    typeof address === 'string' && families[familyOf(address)] === family
  if (Object.keys(more).length > 0) return undefined
  if (isOf(addr)) return typeof port === 'number' ? [{ address: addr, port, weight: 1 }] : undefined
  if (port !== undefined) return undefined
  const slots = readSlots(propertiesOf(addr).map)
  const instances = slots?.map(({ weight, goal }) => {
    const [address, itsPort] = listOf(propertiesOf(goal).concat)
    return isOf(address) && typeof itsPort === 'number' ? { address, port: itsPort, weight } : undefined
  })
  return complete(instances)
}

const complete = <T>(list: readonly (T | undefined)[] | undefined): T[] | undefined => {
  const found = list?.filter((each) => each !== undefined)
  return found?.length === list?.length ? found : undefined
}

/** A map of all slots that connections are counted through. */
function readSlots(map: unknown): { weight: number; goal: unknown }[] | undefined {
  const { key, data } = propertiesOf(map)
  const { mode, mod, offset } = propertiesOf(propertiesOf(key).numgen)
  if (mode !== 'inc' || offset !== 0) return undefined
  const all = listOf(propertiesOf(data).set).map((each) => {
    const [slot, goal] = listOf(each)
    const [from, to] = typeof slot === 'number' ? [slot, slot] : listOf(propertiesOf(slot).range)
    return { from: Number(from), to: Number(to), goal }
  })
  let next = 0
  const slots = all
    .sort((a, b) => a.from - b.from)
    .map(({ from, to, goal }) => {
      if (from !== next) return undefined
      next = to + 1
      return { weight: next - from, goal }
    })
  return next === mod ? complete(slots) : undefined
}

/** First those who were there before, each to its instance, then all others to one after the other. */
function readSticky(
  rules: readonly Expression[],
  members: ReadonlyMap<string, PoolInstance>,
): PoolInstance[] | undefined {
  const returning = rules.slice(0, members.size)
  const expected = new Set(
    [...members].map(([name, instance]) =>
      JSON.stringify([match(saddr(instance), `@${name}`), { goto: { target: name } }]),
    ),
  )
  for (const rule of returning) if (!expected.delete(JSON.stringify(rule))) return undefined
  if (expected.size > 0) return undefined
  const found: PoolInstance[] = []
  const nfprotos = new Set<unknown>()
  for (const [first, second, ...more] of rules.slice(members.size)) {
    const slots = readSlots(propertiesOf(second).vmap)
    const nfproto = propertiesOf(propertiesOf(first).match).right
    if (more.length > 0 || slots === undefined || nfprotos.has(nfproto)) return undefined
    nfprotos.add(nfproto)
    for (const { weight, goal } of slots) {
      const instance = members.get(String(propertiesOf(propertiesOf(goal).goto).target))
      if (instance === undefined) return undefined
      if (!same(first, match({ meta: { key: 'nfproto' } }, `ipv${familyOf(instance.address)}`)))
        return undefined
      found.push({ ...instance, weight })
    }
  }
  return found.length === members.size ? inOrder(found) : undefined
}

/** As in a canonical table. */
const inOrder = (instances: readonly PoolInstance[]): PoolInstance[] => instances.toSorted(byName)
const byName = (a: PoolInstance, b: PoolInstance): number =>
  `${a.address} ${a.port}` < `${b.address} ${b.port}` ? -1 : 1
