import { families, protocols } from './layout.ts'
import type { PoolInstance } from '../plan.ts'
import { canonicalAddress, checkedPort, checkedWeight, familyOf } from './table.ts'

/** Instances by the names of what remembers their clients; none of a pool that is not sticky. */
export type Members = ReadonlyMap<string, PoolInstance>

export const saddr = (address: string): string => `${families[familyOf(address)]} saddr`

/** The rules that choose an instance. */
export function drawing(instances: readonly PoolInstance[], members: Members): string[] {
  if (members.size === 0) return translating(instances)
  return [
    ...[...members].map(([name, { address }]) => `${saddr(address)} @${name} goto ${name}`),
    ...([4, 6] as const).flatMap((family) => {
      const some = [...members].filter(([, { address }]) => familyOf(address) === family)
      if (some.length === 0) return []
      const { total, ranges } = slotsOf(some.map(([, instance]) => instance))
      const goals = some.map(([name], n) => `${ranges[n] ?? ''} : goto ${name}`)
      return [`meta nfproto ipv${family} numgen inc mod ${total} vmap { ${goals.join(', ')} }`]
    }),
  ]
}

/** For each protocol by itself: nft knows the ports of one, and of a set of two only with a set for each rule. */
export function translating(instances: readonly PoolInstance[]): string[] {
  return ([4, 6] as const).flatMap((family) => {
    const some = instances.filter(({ address }) => familyOf(address) === family)
    if (some.length === 0) return []
    return protocols.map((protocol) => `meta l4proto ${protocol} dnat ${families[family]} to ${goal(some)}`)
  })
}

function goal(instances: readonly PoolInstance[]): string {
  const [first] = instances
  if (instances.length === 1 && first !== undefined) {
    const address = canonicalAddress(first.address)
    return `${familyOf(address) === 6 ? `[${address}]` : address}:${checkedPort(first.port)}`
  }
  const { total, ranges } = slotsOf(instances)
  const goals = instances.map(
    ({ address, port }, n) => `${ranges[n] ?? ''} : ${canonicalAddress(address)} . ${checkedPort(port)}`,
  )
  return `numgen inc mod ${total} map { ${goals.join(', ')} }`
}

/** Connections are counted through all slots, of which each instance has as many as its weight. */
function slotsOf(instances: readonly PoolInstance[]): { total: number; ranges: string[] } {
  let total = 0
  const ranges = instances.map(({ weight }) => {
    const from = total
    total += checkedWeight(weight)
    return weight === 1 ? `${from}` : `${from}-${total - 1}`
  })
  return { total, ranges }
}
