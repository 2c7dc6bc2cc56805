import { isHostAddress, isHostname } from './address.ts'
import { objectOf } from './overlay-config.ts'
import { isSubnet } from './subnet.ts'

/** A host's claim on a subnet of the overlay. */
export interface Lease {
  /** Written by its first address: 10.210.8.0/24. */
  readonly subnet: string
  /** The name of the host that holds it. */
  readonly host: string
  /** The host's IPv4 address on the underlay. */
  readonly address: string
  /** What a driver must know of the host, as its `mac` or `publicKey`. */
  readonly attributes: Readonly<Record<string, string>>
  /** When its holder last said that it is there, in ISO 8601 as `Date` writes it. */
  readonly seenAt: string
}

const bytesMax = 4 * 1024
const attributesMax = 16
const attributeName = /^[a-z][A-Za-z0-9]{0,31}$/
/** No blank, nothing that is not ASCII, no hyphen in front: a value may become a word of a program's command line. */
const attributeValue = /^(?!-)[\x21-\x7e]{1,256}$/

/** What Consul keeps of a lease; equal bytes for equal leases. The subnet is in its key. */
export function formatLease({ host, address, attributes, seenAt }: Lease): Buffer {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.from(JSON.stringify({ host, address, attributes: Object.fromEntries(sorted), seenAt }))
}

/**
 * A lease by its key, which is its subnet, and its value; or what is wrong with it in one sentence, without a word of it:
 * anybody who may write to Consul may have written it.
 */
export function parseLease(key: string, value: Buffer): Lease | string {
  if (!isSubnet(key)) return 'its key is no subnet, one such as 10.210.8.0/24 was expected'
  if (value.length > bytesMax) return `its value is longer than ${bytesMax} bytes, a lease was expected`
  const found = objectOf(value)
  if (found === undefined) return 'its value is no object in JSON, a lease was expected'
  const { host, address, attributes, seenAt } = found
  if (typeof host !== 'string' || !isHostname(host))
    return 'its host is no name, that of its holder was expected'
  if (typeof address !== 'string' || !isHostAddress(address)) {
    return 'its address is none of a host, an IPv4 address of the underlay was expected'
  }
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    return 'its attributes are no object, names with texts were expected'
  }
  const entries = Object.entries(attributes as Record<string, unknown>)
  if (entries.length > attributesMax || !entries.every(isAttribute)) {
    return `its attributes are none, up to ${attributesMax} names with short texts without blanks were expected`
  }
  if (typeof seenAt !== 'string' || !isTime(seenAt))
    return 'its seenAt is no time, one in ISO 8601 was expected'
  return { subnet: key, host, address, attributes: Object.fromEntries(entries), seenAt }
}

/** Whether its holder was not seen for `ttlMs`, so that whoever needs a subnet may take it over. */
export function isGone({ seenAt }: Lease, now: Date, ttlMs: number): boolean {
  return now.getTime() - Date.parse(seenAt) > ttlMs
}

const isAttribute = (entry: [string, unknown]): entry is [string, string] =>
  attributeName.test(entry[0]) && typeof entry[1] === 'string' && attributeValue.test(entry[1])

function isTime(text: string): boolean {
  const time = Date.parse(text)
  return !Number.isNaN(time) && new Date(time).toISOString() === text
}
