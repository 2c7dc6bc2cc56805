import { precondition } from '../../errors.ts'
import type { OverlayConfig } from '../../model/overlay-config.ts'
import type { LinkConfig } from './desired/peer.ts'

/** What links are made by. Throws where nothing here makes them. */
export function linkConfig({ cidr, driver, key }: OverlayConfig): LinkConfig {
  if (driver === 'gre' || driver === 'vxlan' || driver === 'host-gw') return { driver, overlay: cidr, key }
  throw precondition(
    `tunnel: the overlay's driver is ${driver}, gre, vxlan or host-gw was expected`,
    'on every host: arpanet stop tunnel; then arpanet kv del arpanet/network/config; and start it again',
  )
}

const modules = { gre: 'ip_gre', vxlan: 'vxlan' } as const

/** What a host says whose kernel cannot. */
export const unable = (driver: 'gre' | 'vxlan') =>
  precondition(
    `tunnel: this kernel makes no device of ${driver}, its module ${modules[driver]} was expected`,
    `modprobe ${modules[driver]}, or on every host: export ARPANET_TUNNEL=${driver === 'gre' ? 'vxlan' : 'host-gw'}`,
  )
