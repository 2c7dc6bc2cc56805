import { isIPv4 } from 'node:net'

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

/** A name or an IPv4 address under which another host can be reached; `1.2.3` and `300.1.1.1` are neither. */
export function isPeer(name: string): boolean {
  return /^[0-9.]+$/.test(name) ? isHostAddress(name) : isHostname(name)
}
