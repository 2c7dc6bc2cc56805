import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/** Where to connect to. */
export interface Address {
  /** A name in lower case, an IPv4 address, or an IPv6 address without brackets; each in its one canonical form. */
  readonly host: string
  readonly port: number
}

/** `host:port`, or what is wrong with it, without a word of it: it may hold a password. */
export function parseAddress(text: string, usualPort?: number): Address | string {
  const [, v6, name = '', digits] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text) ?? []
  if (v6 === undefined && name === '') {
    return /:.*:/s.test(text)
      ? 'has several colons, an IPv6 address was expected in brackets: [2001:db8::1]:6379'
      : 'has no host, HOST:PORT was expected'
  }
  const host = v6 === undefined ? hostOf(name) : ipv6Of(v6)
  if (host === undefined) {
    return v6 === undefined
      ? 'has a host that is neither a name nor an IPv4 address, HOST:PORT was expected'
      : 'has no IPv6 address in its brackets, one such as [2001:db8::1]:6379 was expected'
  }
  const port = digits === undefined ? usualPort : parsePort(digits)
  if (port !== undefined) return { host, port }
  return digits === undefined
    ? 'has no port, HOST:PORT was expected'
    : 'has a port that is none, a number from 1 to 65535 was expected'
}

/** The one text of an address that `parseAddress` takes. */
export function formatAddress({ host, port }: Address): string {
  return `${formatHost(host)}:${port}`
}

export const formatHost = (host: string): string => (isIPv6(host) ? `[${host}]` : host)

/** 1 to 65535 without leading zeros, by which one port would have many names. */
export function parsePort(digits: string): number | undefined {
  return /^[1-9][0-9]{0,4}$/.test(digits) && Number(digits) <= 65_535 ? Number(digits) : undefined
}

/**
 * A name that DNS can be asked for, in lower case and without a dot at its end; undefined for another. Underscores are
 * taken: names of SRV records, of Consul and of Docker have them. A last label of digits makes an address, not a name.
 */
export function dnsName(text: string): string | undefined {
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  const labels = name.split('.')
  const isName = name.length <= 253 && labels.every((label) => label.length <= 63 && isLabel(label))
  return isName && !/^[0-9]+$/.test(labels.at(-1) ?? '') ? name.toLowerCase() : undefined
}

/** Letters, digits, hyphens and underscores, no hyphen at either end. */
export const isLabel = (label: string): boolean =>
  /^[a-z0-9_-]+$/i.test(label) && !label.startsWith('-') && !label.endsWith('-')

/** A service in Consul's catalogue, whose names keep their case. */
export interface ConsulService {
  readonly service: string
  readonly tag?: string
  /** In lower case, as Consul has it. */
  readonly datacenter?: string
}

/**
 * `redis` and `primary.redis`, or the names that Consul's DNS has for them: `[tag.]name.service[.dc].consul`, and by RFC
 * 2782 `_name._tag.service[.dc].consul` (developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups). A tag
 * in a full name may have dots, as there. Undefined for another name.
 */
export function consulService(text: string): ConsulService | undefined {
  const labels = (text.endsWith('.') ? text.slice(0, -1) : text).split('.')
  if (!labels.every(isLabel)) return undefined
  if (labels.length <= 2) return text.endsWith('.') ? undefined : named(labels)
  const [kind, datacenter, top] = labels.slice(-3).map((label) => label.toLowerCase())
  if (top !== 'consul') return undefined
  if (datacenter === 'service') return namedInFull(labels.slice(0, -2))
  const found = kind === 'service' ? namedInFull(labels.slice(0, -3)) : undefined
  return found && datacenter !== undefined ? { ...found, datacenter } : undefined
}

function named(labels: readonly string[]): ConsulService | undefined {
  const [service = '', tag] = [labels.at(-1), labels.slice(0, -1).join('.')]
  if (service === '' || labels.some((label) => label.startsWith('_'))) return undefined
  return tag === '' ? { service } : { service, tag }
}

/** `_redis._tcp` has no tag: the protocol stands there only because RFC 2782 wants one. */
function namedInFull(labels: readonly string[]): ConsulService | undefined {
  const [name = '', tag = ''] = labels
  if (labels.length !== 2 || !name.startsWith('_') || !tag.startsWith('_')) return named(labels)
  const plain = /^_(tcp|udp)$/i.test(tag) ? [name.slice(1)] : [tag.slice(1), name.slice(1)]
  return plain.every(isLabel) ? named(plain) : undefined
}

const hostOf = (name: string): string | undefined => (isIPv4(name) ? name : dnsName(name))

/** The zone of `fe80::1%eth0` names an interface of one host only. */
const ipv6Of = (text: string): string | undefined =>
  isIPv6(text) && !text.includes('%')
    ? new SocketAddress({ address: text, family: 'ipv6' }).address
    : undefined
