import type { Ip } from '../../drivers/ip.ts'
import type { Ovs } from '../../drivers/ovs.ts'
import { ArpanetError, precondition } from '../../errors.ts'
import type { OverlayConfig } from '../../model/overlay-config.ts'
import { isOurs } from './desired/device-steps.ts'
import { spareName } from './desired/ovs/life.ts'
import type { LinkConfig } from './desired/peer.ts'
import type { Processes } from './processes.ts'

/** What links are made by. */
export function linkConfig({
  cidr,
  driver,
  key,
}: Pick<OverlayConfig, 'cidr' | 'driver' | 'key'>): LinkConfig {
  return { driver, overlay: cidr, key }
}

const modules = { gre: 'ip_gre', vxlan: 'vxlan' } as const

/** Throws a precondition where neither this kernel nor a process can be a driver here. */
export async function checkDriver(
  driver: OverlayConfig['driver'],
  ip: Pick<Ip, 'makes' | 'device'>,
  processes: Pick<Processes, 'ready'>,
  ovs: Pick<Ovs, 'carries'>,
): Promise<void> {
  const links = linkConfig({ cidr: '', driver, key: 0 })
  if (links.driver === 'ovs') return checkOvs(ip, processes, ovs)
  if (links.driver === 'host-gw' || (await ip.makes(links.driver))) return
  if (links.driver === 'wireguard') return processes.ready()
  throw precondition(
    `tunnel: this kernel makes no device of ${links.driver}, its module ${modules[links.driver]} was expected`,
    `modprobe ${modules[links.driver]}, or on every host: export ARPANET_TUNNEL=${links.driver === 'gre' ? 'vxlan' : 'host-gw'}`,
  )
}

const otherwise = 'or on every host: export ARPANET_TUNNEL=vxlan'

/** It needs a device of its process, and what hands packets to it. */
async function checkOvs(
  ip: Pick<Ip, 'device'>,
  processes: Pick<Processes, 'ready'>,
  ovs: Pick<Ovs, 'carries'>,
): Promise<void> {
  const { device } = await ip.device(spareName)
  if (device !== undefined && !isOurs(device)) {
    throw precondition(
      `tunnel: an Open vSwitch of somebody else has ${spareName}, and there can be one, none was expected`,
      'on every host: export ARPANET_TUNNEL=vxlan',
    )
  }
  try {
    await processes.ready()
  } catch (error) {
    if (!(error instanceof ArpanetError) || error.kind !== 'precondition') throw error
    const what =
      'tunnel: this kernel has no /dev/net/tun, which Open vSwitch needs, its module tun was expected'
    throw precondition(what, `modprobe tun, ${otherwise}`, error)
  }
  if (await ovs.carries()) return
  throw precondition(
    'tunnel: nftables of this kernel forwards nothing from device to device, which Open vSwitch needs, its module nft_fwd_netdev was expected',
    `modprobe nft_fwd_netdev, ${otherwise}`,
  )
}
