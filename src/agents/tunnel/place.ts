import { randomInt } from 'node:crypto'
import { subnetOf } from '../../model/subnet.ts'
import type { OverlayConfig, TunnelDriver } from '../../model/overlay-config.ts'
import { deviceOf, bridgeLabel, type ActualBridge } from './desired/bridge.ts'
import { deviceName } from './desired/links.ts'
import type { Claim, LocalAddress } from './leases/choose.ts'

/** This host, as its settings have it. */
export interface Place {
  readonly host: string
  readonly address: string
  readonly cidr: string
  /** Undefined where the address says it. */
  readonly subnet: string | undefined
  readonly driver: TunnelDriver | 'auto'
  readonly bridge: string
  readonly leaseTtlMs: number
  /** Where every host's agent is asked how it does; whoever answers there is reached. */
  readonly port: number
}

/** Of every host's subnet, the prefix. */
const bits = 24

/** What the overlay is where this host is its first: the best driver that its kernel has, and a key of its own. */
export const firstConfig = ({ cidr, driver }: Place, makesGre: boolean): OverlayConfig => ({
  cidr,
  bits,
  driver: driver === 'auto' ? (makesGre ? 'gre' : 'vxlan') : driver,
  // So that two clusters on one network tell their packets apart.
  key: randomInt(1, 2 ** 24),
})

/** What this host wants of the overlay. A network that it made keeps its subnet, whatever the settings say now. */
export function claimOf(
  place: Place,
  config: OverlayConfig,
  addresses: readonly LocalAddress[],
  bridge: ActualBridge | undefined,
  publicKey?: string,
): Claim {
  const made = bridge?.labels[bridgeLabel]
  const own = [deviceName, deviceOf(bridge)]
  return {
    config,
    insists: place.driver === 'auto' ? ['cidr', 'bits'] : ['cidr', 'bits', 'driver'],
    host: place.host,
    address: place.address,
    attributes: publicKey === undefined ? {} : { publicKey },
    wished: place.subnet ?? made ?? subnetOf(place.cidr, place.address),
    localAddresses: addresses.filter(({ device }) => !own.includes(device)),
    ttlMs: place.leaseTtlMs,
  }
}
