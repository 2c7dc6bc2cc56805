import { isIPv4 } from 'node:net'
import { holds } from './subnet.ts'

export { isIPv4 }

/** Addresses that name no other host: this network, loopback, multicast and above (RFC 6890). */
export function isHostAddress(address: string): boolean {
  const first = Number(address.split('.')[0])
  return isIPv4(address) && first !== 0 && first !== 127 && first < 224
}

const hostname = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i

/** A host name by RFC 1123: letters, digits and hyphens in labels of at most 63. */
export function isHostname(name: string): boolean {
  return hostname.test(name)
}

/** A name or an IPv4 address under which another host can be reached; `1.2.3`, `300.1.1.1` and `localhost` are not. */
export function isPeer(name: string): boolean {
  if (/^[0-9.]+$/.test(name)) return isHostAddress(name)
  return isHostname(name) && name.toLowerCase() !== 'localhost'
}

/** A network in CIDR notation, such as 172.17.0.0/16. */
export const isWithinSubnet = (address: string, subnet: string): boolean => holds(subnet, `${address}/32`)

/** The first address after the network's own, which Docker gives to a bridge that it numbers itself. */
export function firstAddress(subnet: string): string {
  const octets = (subnet.split('/')[0] ?? '').split('.').map(Number)
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0) + 1
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
}

/**
 * This network namespace's own IPv4 addresses, from /proc/net/fib_trie: leaves marked `/32 host LOCAL`. Node's list of
 * interfaces leaves out those without a carrier, and a bridge has none until its first container runs.
 */
export function localAddresses(fibTrie: string): string[] {
  const found = [...fibTrie.matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g)].map((match) => match[1] ?? '')
  return [...new Set(found)]
}
