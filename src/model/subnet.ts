/** An IPv4 network as its first and last address, as numbers. */
interface Range {
  readonly first: number
  readonly last: number
  readonly prefix: number
}

const addressOf = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')

const octet = String.raw`(0|[1-9]\d{0,2})`
const notation = new RegExp(String.raw`^${octet}\.${octet}\.${octet}\.${octet}/(\d{1,2})$`)

/** Texts that were read already: a thousand hosts are compared many times a pass, and are the same in the next one. */
const known = new Map<string, Range>()
const knownMax = 8_192

function range(cidr: string): Range | undefined {
  const before = known.get(cidr)
  if (before !== undefined) return before
  const [, a, b, c, d, bits] = (notation.exec(cidr) ?? []).map(Number)
  const prefix = bits ?? Infinity
  const octets = [a, b, c, d].map((octet) => octet ?? Infinity)
  if (prefix > 32 || octets.some((octet) => octet > 255)) return undefined
  const size = 2 ** (32 - prefix)
  const first = Math.floor(octets.reduce((sum, octet) => sum * 256 + octet, 0) / size) * size
  const found = { first, last: first + size - 1, prefix }
  if (known.size === knownMax) known.clear()
  known.set(cidr, found)
  return found
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
