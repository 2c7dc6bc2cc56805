import type { Ip } from '../../drivers/ip.ts'
import { precondition } from '../../errors.ts'
import type { OverlayConfig } from '../../model/overlay-config.ts'
import type { LinkConfig } from './desired/peer.ts'
import type { Processes } from './processes.ts'

/** What links are made by. Throws where nothing here makes them. */
export function linkConfig({
  cidr,
  driver,
  key,
}: Pick<OverlayConfig, 'cidr' | 'driver' | 'key'>): LinkConfig {
  if (driver !== 'ovs') return { driver, overlay: cidr, key }
  throw precondition(
    `tunnel: the overlay's driver is ${driver}, gre, vxlan, wireguard or host-gw was expected`,
    'on every host: arpanet stop tunnel; then arpanet kv del arpanet/network/config; and start it again',
  )
}

const modules = { gre: 'ip_gre', vxlan: 'vxlan' } as const

/** Throws a precondition where neither this kernel nor a process can be a driver here. */
export async function checkDriver(
  driver: OverlayConfig['driver'],
  ip: Pick<Ip, 'makes'>,
  processes: Pick<Processes, 'ready'>,
): Promise<void> {
  const links = linkConfig({ cidr: '', driver, key: 0 })
  if (links.driver === 'host-gw' || (await ip.makes(links.driver))) return
  if (links.driver === 'wireguard') return processes.ready()
  throw precondition(
    `tunnel: this kernel makes no device of ${links.driver}, its module ${modules[links.driver]} was expected`,
    `modprobe ${modules[links.driver]}, or on every host: export ARPANET_TUNNEL=${links.driver === 'gre' ? 'vxlan' : 'host-gw'}`,
  )
}
