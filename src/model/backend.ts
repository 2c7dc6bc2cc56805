import {
  consulService,
  dnsName,
  formatAddress,
  formatHost,
  isLabel,
  parseAddress,
  type Address,
  type ConsulService,
} from './backend-address.ts'
import { parseOptions, usualOptions, type BackendOptions } from './backend-options.ts'
import { hasControlCharacter, hasDotSegment, normaliseKey } from './key.ts'
import { quoted } from './service-name.ts'

export type { Address }

/** What a container asks for: it leads to instances. */
export type Backend =
  | ({ readonly kind: 'address' } & Address)
  /** Of Consul. */
  | ({ readonly kind: 'service' } & ConsulService)
  /** The SRV records of a name. */
  | { readonly kind: 'srv'; readonly name: string }
  /** The values under a path, each `host:port`; without a host it is this host's Consul. */
  | {
      readonly kind: 'keys'
      readonly store: Store
      readonly host?: string
      readonly port?: number
      readonly path: string
    }
  /** At least one, none of them twice. */
  | { readonly kind: 'list'; readonly members: readonly Address[] }

/** A backend, and how its connections are dealt with. */
export interface Wish extends BackendOptions {
  readonly backend: Backend
}

type Store = 'consul' | 'etcd'

/** A text that names no backend. The message is what follows the text's name: `has no port, HOST:PORT was expected`. */
export class BackendError extends Error {
  override readonly name = 'BackendError'
}

/** Of a text, and of its canonical form. */
const textMax = 1_024
const tooLong = `is too long, up to ${textMax} characters were expected`

/** Throws a `BackendError` and no other; its message repeats nothing that may be a password. */
export function parseWish(text: string): Wish {
  const trimmed = text.trim()
  if (trimmed === '') throw new BackendError('is empty, a backend was expected')
  if (trimmed.length > textMax) throw new BackendError(tooLong)
  const isPrintable = trimmed.isWellFormed() && !hasControlCharacter(trimmed)
  if (!isPrintable) throw new BackendError('has control characters, others were expected')
  const at = trimmed.indexOf('?')
  const backend = parseBackend((at < 0 ? trimmed : trimmed.slice(0, at)).trim())
  // The canonical text must be one that can be read again.
  if (formatBackend(backend).length > textMax) throw new BackendError(tooLong)
  const options = at < 0 ? usualOptions : sound(parseOptions(trimmed.slice(at + 1)))
  return { backend, ...options }
}

/** Equal for equal backends; `parseWish` takes it for the same backend. */
export function formatBackend(backend: Backend): string {
  switch (backend.kind) {
    case 'address':
      return formatAddress(backend)
    case 'list':
      // The comma makes a list of one.
      return `${backend.members.map(formatAddress).join(',')}${backend.members.length === 1 ? ',' : ''}`
    case 'srv':
      return backend.name
    case 'keys': {
      const { store, host = '', port } = backend
      const authority = `${formatHost(host)}${port === undefined || port === usualPorts[store] ? '' : `:${port}`}`
      return `${store}://${authority}/${backend.path.replace(/[%?,\s]/g, encodeURIComponent)}`
    }
    case 'service': {
      const { service, tag, datacenter } = backend
      const name = tag === undefined ? service : `${tag}.${service}`
      const full = tag?.includes('.') ? `${name}.service.consul` : name
      return datacenter === undefined ? full : `${full}@${datacenter}`
    }
  }
}

const usualPorts: Record<Store, number> = { consul: 8500, etcd: 2379 }

/** The first form that a text has the shape of says what it is, or what is wrong with it. */
function parseBackend(text: string): Backend {
  if (text.includes(',')) return list(text)
  if (text.includes('://')) return keys(text)
  if (text.includes(':')) return { kind: 'address', ...sound(parseAddress(text)) }
  const [name = '', datacenter, ...more] = text.split('@')
  const service = consulService(name)
  if (service !== undefined) {
    if (datacenter === undefined) return { kind: 'service', ...service }
    const isOne = more.length === 0 && service.datacenter === undefined && isLabel(datacenter)
    if (isOne) return { kind: 'service', ...service, datacenter: datacenter.toLowerCase() }
    throw new BackendError('does not name one datacenter, SERVICE@DATACENTER was expected')
  }
  const srv = dnsName(text)
  if (srv?.startsWith('_') || srv?.match(/\..*\./)) return { kind: 'srv', name: srv }
  throw new BackendError('is no backend, one such as redis or HOST:PORT was expected')
}

function list(text: string): Backend {
  const members = new Map<string, Address>()
  for (const [at, member] of text.split(',').entries()) {
    if (member.trim() === '') continue
    const address = sound(parseAddress(member.trim()), `has a list whose member ${at + 1} `)
    members.set(formatAddress(address), address)
  }
  if (members.size === 0) throw new BackendError('has a list without members, HOST:PORT was expected')
  return { kind: 'list', members: [...members.values()] }
}

function keys(text: string): Backend {
  const [, scheme = '', authority = '', encoded = ''] =
    /^([a-z][a-z0-9+.-]*):\/\/([^/]*)([^]*)$/i.exec(text) ?? []
  const store = scheme.toLowerCase()
  if (store !== 'consul' && store !== 'etcd') {
    throw new BackendError(`has the scheme ${quoted(scheme)}, consul:// or etcd:// was expected`)
  }
  if (authority.includes('@')) throw new BackendError('has a user or a password, HOST was expected')
  const path = normaliseKey(decode(encoded))
  const hasFault = path === '' || hasDotSegment(path) || hasControlCharacter(path)
  if (hasFault) throw new BackendError(`has no path to keys, ${store}://HOST/PATH was expected`)
  if (authority === '' && store === 'consul') return { kind: 'keys', store, path }
  return { kind: 'keys', store, ...sound(parseAddress(authority, usualPorts[store])), path }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new BackendError('has a % that stands for no character, %25 was expected')
  }
}

/** What was found, where that is no sentence of what is wrong. */
function sound<T extends object>(found: T | string, of = ''): T {
  if (typeof found === 'string') throw new BackendError(`${of}${found}`)
  return found
}
