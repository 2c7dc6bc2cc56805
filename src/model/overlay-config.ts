import { nearest } from './nearest.ts'
import { isSubnet, prefixOf } from './subnet.ts'

export const tunnelDrivers = ['gre', 'vxlan', 'ovs', 'wireguard', 'host-gw'] as const

export type TunnelDriver = (typeof tunnelDrivers)[number]

/** What all hosts of an overlay must agree on. */
export interface OverlayConfig {
  /** The network of all containers on all hosts. */
  readonly cidr: string
  /** The length of the prefix of each host's subnet: 24 of a /24. */
  readonly bits: number
  readonly driver: TunnelDriver
  /** Tells this overlay's packets from another's: the key of GRE, the network identifier of VXLAN. */
  readonly key: number
}

/** The largest network identifier of VXLAN (RFC 7348); GRE's keys have more. One range, so that a driver can be changed. */
const keyMax = 2 ** 24 - 1
/** A subnet holds its own address, the bridge's, the broadcast address and one container at least. */
const bitsMax = 30
/** Of what is stored; an overlay's is below 100. */
const bytesMax = 4 * 1024

/** All that is wrong with a configuration: `<field>: <what is wrong>, <what was expected>`. */
export function configFaults({ cidr, bits, driver, key }: Readonly<Record<string, unknown>>): string[] {
  const faults: string[] = []
  const isNetwork = typeof cidr === 'string' && isSubnet(cidr) && prefixOf(cidr) >= 8
  if (!isNetwork) faults.push('cidr: is no network, one from /8 on such as 10.210.0.0/16 was expected')
  if (!isWhole(bits, 1, bitsMax)) {
    faults.push(`bits: is no length of a subnet's prefix, a whole number up to ${bitsMax} was expected`)
  } else if (isNetwork && bits <= prefixOf(cidr)) {
    faults.push(
      `cidr: ${cidr} is too small for two hosts with a /${bits} each, /${bits - 1} at most was expected`,
    )
  }
  if (!isDriver(driver)) {
    const near =
      typeof driver === 'string' && driver.length <= 20 ? nearest(driver, tunnelDrivers) : undefined
    const meant = near === undefined ? '' : `; perhaps ${near}`
    faults.push(`driver: there is none of that name, ${tunnelDrivers.join(', ')} was expected${meant}`)
  }
  if (!isWhole(key, 1, keyMax)) faults.push(`key: a whole number from 1 to ${keyMax} was expected`)
  return faults
}

/** Of what Consul holds, or what is wrong with it in one sentence. Whatever else is in it is left out. */
export function parseOverlayConfig(value: Buffer): OverlayConfig | string {
  if (value.length > bytesMax) return `is longer than ${bytesMax} bytes, a small object in JSON was expected`
  const found = objectOf(value)
  if (found === undefined) return 'is no object in JSON, one with cidr, bits, driver and key was expected'
  const [fault] = configFaults(found)
  if (fault !== undefined) return `has no valid ${fault}`
  const { cidr, bits, driver, key } = found as unknown as OverlayConfig
  return { cidr, bits, driver, key }
}

/** Equal bytes for equal configurations. */
export function formatOverlayConfig({ cidr, bits, driver, key }: OverlayConfig): Buffer {
  return Buffer.from(JSON.stringify({ cidr, bits, driver, key }))
}

/** What of `fields` this host has otherwise than the overlay, a sentence for each; none where they agree. */
export function differences(
  ours: OverlayConfig,
  theirs: OverlayConfig,
  fields: readonly (keyof OverlayConfig)[],
): string[] {
  return fields
    .filter((field) => ours[field] !== theirs[field])
    .map(
      (field) => `${field}: is ${ours[field]} on this host, ${theirs[field]} as in the overlay was expected`,
    )
}

const isDriver = (value: unknown): value is TunnelDriver => tunnelDrivers.some((each) => each === value)

const isWhole = (value: unknown, from: number, to: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to

/** An object in JSON; undefined for another text. */
export function objectOf(value: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const found: unknown = JSON.parse(value.toString())
    const isObject = typeof found === 'object' && found !== null && !Array.isArray(found)
    return isObject ? (found as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
