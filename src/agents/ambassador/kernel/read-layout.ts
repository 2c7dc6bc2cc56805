import { chains, commentOf, sets } from './layout.ts'
import { sameJson, type Properties } from './nft-json.ts'
import { poolOf } from './pool-names.ts'

/** Why the chains are not those of this version and of pools; undefined where they are. */
export function faultOfChains(
  actual: readonly Properties[],
  rules: ReadonlyMap<string, readonly Properties[]>,
): string | undefined {
  const names = new Map(actual.map((chain) => [String(chain.name), chain]))
  for (const { name, hook, rules: wanted } of chains) {
    const chain = names.get(name)
    names.delete(name)
    if (chain === undefined) return `it has no chain ${name}`
    const place = hook && { type: chain.type, hook: chain.hook, prio: chain.prio, policy: chain.policy }
    if (!sameJson(place, hook) || (!hook && chain.hook !== undefined)) return `its chain ${name} is elsewhere`
    const comments = (rules.get(name) ?? []).map(({ comment }) => comment)
    const expected = wanted.map((_, index) => commentOf(name, index))
    if (!sameJson(comments, expected)) return `its chain ${name} is not that of this version`
  }
  for (const name of names.keys()) {
    const [chain = ''] = name.split('/')
    const isOfPool = poolOf(name) !== undefined && names.has(chain)
    if (!isOfPool) return `somebody else's chain ${name} is in it`
    // The kernel would call a chain of ours by itself.
    if (names.get(name)?.hook !== undefined) return `its chain ${name} is elsewhere`
  }
  return undefined
}

/** The same of sets and maps; `ofPools` names those of sticky pools. */
export function faultOfSets(
  named: ReadonlyMap<string, Properties>,
  ofPools: ReadonlySet<string>,
): string | undefined {
  const others = new Map(named)
  for (const { kind, name, type } of sets) {
    const set = others.get(name)
    others.delete(name)
    const isMap = set?.map === 'verdict'
    const counts = sameJson(set?.stmt, [{ counter: null }])
    if (
      !set ||
      isMap !== (kind === 'map') ||
      !sameJson(set.type, type.length === 1 ? type[0] : type) ||
      !counts
    ) {
      return `its ${kind} ${name} is not that of this version`
    }
  }
  const stranger = [...others.keys()].find((name) => !ofPools.has(name))
  return stranger === undefined ? undefined : `somebody else's set ${stranger} is in it`
}
