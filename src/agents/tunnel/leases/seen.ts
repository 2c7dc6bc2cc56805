import type { Tree } from '../../../drivers/consul/consul.ts'
import { parseLease, type Lease } from '../../../model/lease.ts'
import { parseOverlayConfig, type OverlayConfig } from '../../../model/overlay-config.ts'
import { isSubnet } from '../../../model/subnet.ts'
import { fits, type Claim, type Taken } from './choose.ts'

/** What Consul holds of the overlay. */
export interface Seen {
  /** What is wrong with it, where it is a text; undefined where there is none. */
  readonly config: OverlayConfig | string | undefined
  readonly taken: readonly (Taken & { readonly index: number })[]
  /** Leases that make no sense, a sentence for each. */
  readonly faults: readonly string[]
}

/** Under the overlay's folder. */
export const configKey = 'config'
const leases = 'leases/'
export const leaseKey = (subnet: string): string => `${leases}${subnet}`

/** The tree of an overlay's folder, read. */
export function seenIn(folder: string, tree: Tree): Seen {
  let config: Seen['config']
  const taken: Seen['taken'][number][] = []
  const faults: string[] = []
  for (const leaf of tree.leaves) {
    const key = leaf.key.slice(folder.length + 1)
    if (key === configKey) config = parseOverlayConfig(leaf.value)
    // What Consul's interface makes of a folder is a key without a value.
    if (!key.startsWith(leases) || key === leases) continue
    const subnet = key.slice(leases.length)
    const lease = parseLease(subnet, leaf.value)
    if (typeof lease === 'string') faults.push(`lease ${shown(subnet)}: ${lease}`)
    if (isSubnet(subnet)) {
      taken.push({ subnet, index: leaf.index, lease: typeof lease === 'string' ? undefined : lease })
    }
  }
  return { config, taken, faults }
}

/** The leases of all other hosts, and what keeps some from being peers. */
export function peersIn(
  { config, host, address }: Claim,
  { taken, faults }: Pick<Seen, 'taken' | 'faults'>,
): { readonly peers: readonly Lease[]; readonly faults: readonly string[] } {
  const peers: Lease[] = []
  const found = [...faults]
  for (const { subnet, lease } of taken) {
    if (lease === undefined || lease.host === host || lease.address === address) continue
    if (fits(config, subnet)) peers.push(lease)
    else
      found.push(
        `lease ${subnet}: is no part of the overlay, a /${config.bits} of ${config.cidr} was expected`,
      )
  }
  return { peers, faults: found }
}

/** A key that somebody made up, short enough for a line and without what a terminal obeys. */
const shown = (key: string): string => key.slice(0, 40).replace(/[^\x21-\x7e]/g, '?')
