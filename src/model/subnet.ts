import { isIPv4 } from 'node:net'

/** An IPv4 network as its first and last address, as numbers. */
interface Range {
  readonly first: number
  readonly last: number
  readonly prefix: number
}

const numberOf = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)

const addressOf = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')

function range(cidr: string): Range | undefined {
  const [address = '', bits = '', ...rest] = cidr.split('/')
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32 || rest.length > 0) return undefined
  const size = 2 ** (32 - Number(bits))
  const first = Math.floor(numberOf(address) / size) * size
  return { first, last: first + size - 1, prefix: Number(bits) }
}

/** A network in CIDR notation that is written by its first address: 10.210.0.0/16, not 10.210.3.1/16. */
export function isSubnet(text: string): boolean {
  const found = range(text)
  return found !== undefined && `${addressOf(found.first)}/${found.prefix}` === text
}

export const prefixOf = (cidr: string): number => range(cidr)?.prefix ?? NaN

/** Whether the two share an address. */
export function overlap(a: string, b: string): boolean {
  const [one, other] = [range(a), range(b)]
  return one !== undefined && other !== undefined && one.first <= other.last && other.first <= one.last
}

/** Whether every address of `inner` is one of `outer`. */
export function holds(outer: string, inner: string): boolean {
  const [one, other] = [range(outer), range(inner)]
  return one !== undefined && other !== undefined && one.first <= other.first && other.last <= one.last
}

/**
 * The /24 of the overlay that belongs to the host of this address: the one numbered by the address's last octet, as
 * 10.210.8.0/24 in 10.210.0.0/16 for 192.0.2.8. Undefined where the overlay has too few.
 */
export function subnetOf(overlay: string, hostAddress: string): string | undefined {
  const found = range(overlay)
  if (found === undefined) return undefined
  const first = found.first + Number(hostAddress.split('.')[3]) * 256
  return first + 255 <= found.last ? `${addressOf(first)}/24` : undefined
}
