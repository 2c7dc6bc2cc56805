import { firstAddress } from '../model/address.ts'
import { prefixOf } from '../model/subnet.ts'
import type { Settings } from '../settings/table.ts'

/** Whether the containers of Docker's own bridge are those that other hosts reach; else those of a network are. */
export const isOwnBridge = ({ ARPANET_BRIDGE }: Pick<Settings, 'ARPANET_BRIDGE'>): boolean =>
  ARPANET_BRIDGE === 'docker0'

/**
 * What Docker's own bridge should have, with the prefix of its network, as `bip` in daemon.json: the first address of this
 * host's part of the overlay. Where a network of another name is to have that part, it stays what it is.
 */
export const bipOf = (
  settings: Pick<Settings, 'ARPANET_BRIDGE'>,
  subnet: string,
  { bridge }: { readonly bridge: string },
): string => (isOwnBridge(settings) ? `${firstAddress(subnet)}/${prefixOf(subnet)}` : bridge)
