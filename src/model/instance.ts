/** One place a backend's connections can go to. */
export interface Instance {
  /** An IPv4 or IPv6 address, never a name. */
  readonly address: string
  readonly port: number
  /** Its share of new connections, at least 1. */
  readonly weight: number
  /** The address of the host it runs on, where that is known. */
  readonly node?: string
}

/** Sorted by address and port, each place once with the highest of its weights: equal answers become equal lists. */
export function sortedInstances(instances: readonly Instance[]): readonly Instance[] {
  const byPlace = Map.groupBy(instances, placeOf)
  return [...byPlace.values()]
    .map((same): Instance => {
      const [{ address, port }] = same as [Instance]
      const weight = Math.max(1, ...same.map((each) => each.weight))
      // Two hosts can have registered it: the order of an answer must not matter.
      const node = same.flatMap((each) => each.node ?? []).sort()[0]
      return { address, port, weight, ...(node !== undefined && { node }) }
    })
    .sort((a, b) => (a.address === b.address ? a.port - b.port : a.address < b.address ? -1 : 1))
}

/** What tells two instances of a backend apart. */
export const placeOf = ({ address, port }: Pick<Instance, 'address' | 'port'>): string => `${address} ${port}`
