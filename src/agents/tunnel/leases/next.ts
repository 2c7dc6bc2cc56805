import { formatLease, type Lease } from '../../../model/lease.ts'
import {
  configFaults,
  differences,
  formatOverlayConfig,
  type OverlayConfig,
} from '../../../model/overlay-config.ts'
import { overlap } from '../../../model/subnet.ts'
import { chooseSubnet, type Claim } from './choose.ts'
import { configKey, leaseKey, type Seen } from './seen.ts'

/** What is to be done next, so that this host has a lease. */
export type Next =
  | {
      readonly verb: 'write'
      /** Under the overlay's folder. */
      readonly key: string
      /** At which the key was seen; 0 where there was none. */
      readonly index: number
      readonly value: Buffer
      readonly reason: string
    }
  | { readonly verb: 'none'; readonly lease: Lease; readonly config: OverlayConfig }
  /** Nothing, until somebody acts. */
  | { readonly verb: 'refuse'; readonly faults: readonly string[] }

/** A holder says that it is there so often, a small part of the time after which it counts as gone. */
const renewEveryMs = 3_600_000

export function next(claim: Claim, { config, taken }: Pick<Seen, 'config' | 'taken'>, now: Date): Next {
  const faults = claimFaults(claim)
  if (typeof config === 'string') {
    return { verb: 'refuse', faults: [...faults, `the configuration of the overlay: ${config}`] }
  }
  if (config !== undefined) faults.push(...differences(claim.config, config, claim.insists))
  if (faults.length > 0) return { verb: 'refuse', faults }
  if (config === undefined) {
    const value = formatOverlayConfig(claim.config)
    return { verb: 'write', key: configKey, index: 0, value, reason: 'there is no overlay yet' }
  }
  const choice = chooseSubnet(claim, taken, now)
  if (typeof choice === 'string') return { verb: 'refuse', faults: [choice] }
  const { subnet } = choice
  const { host, address, attributes } = claim
  const lease: Lease = { subnet, host, address, attributes, seenAt: now.toISOString() }
  const held = taken.find((each) => each.subnet === subnet)
  const reason = held?.lease === undefined ? choice.reason : reasonToRenew(held.lease, lease, choice.reason)
  if (held?.lease !== undefined && reason === undefined) return { verb: 'none', lease: held.lease, config }
  const [key, value] = [leaseKey(subnet), formatLease(lease)]
  return { verb: 'write', key, index: held?.index ?? 0, value, reason: reason ?? choice.reason }
}

function reasonToRenew(held: Lease, wanted: Lease, otherwise: string): string | undefined {
  if (held.host !== wanted.host && held.address !== wanted.address) return otherwise
  const isSame = formatLease({ ...held, seenAt: wanted.seenAt }).equals(formatLease(wanted))
  if (!isSame) return 'this host is another than it says'
  const sinceMs = Math.abs(Date.parse(wanted.seenAt) - Date.parse(held.seenAt))
  return sinceMs >= renewEveryMs ? 'this host is still there' : undefined
}

function claimFaults({ config, address, localAddresses }: Claim): string[] {
  const faults = configFaults({ ...config })
  if (!localAddresses.some((local) => local.address.split('/')[0] === address)) {
    faults.push(`ARPANET_IP: ${address} is no address of this host, one that it has was expected`)
  }
  if (overlap(config.cidr, `${address}/32`)) {
    faults.push(
      `ARPANET_CIDR: ${config.cidr} has ${address} in it, a network apart from the hosts' was expected`,
    )
  }
  return faults
}
