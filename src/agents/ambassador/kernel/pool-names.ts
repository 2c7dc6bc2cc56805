import { canonicalAddress, checkedId, checkedPort } from './table.ts'

/** What begins so is a pool's; no word of nft's language does. */
const prefix = 'pool_'

/** The chain of a pool. */
export const chainOf = (id: string): string => `${prefix}${checkedId(id)}`

/** The chain of an instance of a sticky pool, and the set of its clients: nft takes no colon in a name. */
export const memberOf = (
  id: string,
  { address, port }: { readonly address: string; readonly port: number },
): string => `${chainOf(id)}/${canonicalAddress(address).replaceAll(':', '-')}/${checkedPort(port)}`

/** The pool that a chain or set is of; undefined for one of no pool. */
export const poolOf = (name: string): string | undefined => /^pool_([a-z0-9_]{1,60})(?:\/|$)/.exec(name)?.[1]
