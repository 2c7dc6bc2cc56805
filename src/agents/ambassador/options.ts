import { isIP } from 'node:net'
import { usage } from '../../errors.ts'
import { parseAddress, parsePort } from '../../model/backend-address.ts'
import { usualOptions } from '../../model/backend-options.ts'
import { BackendError, formatBackend, parseWish, type Backend, type Wish } from '../../model/backend.ts'
import { parseGoFlags, type GoFlags } from '../../model/go-flags.ts'

/** What everybody who connects to a port is led to. */
export interface Listener {
  readonly port: number
  readonly protocols: readonly ('tcp' | 'udp')[]
  readonly wish: Wish
}

/** What an ambassador is told to do. */
export type AmbassadorOptions =
  /** To lead each container of this host to what it names. */
  | { readonly mode: 'omnimode' }
  /** To set up what the original needed set up. */
  | { readonly mode: 'setup-iptables' }
  /** To lead everybody who connects to its own container. */
  | { readonly mode: 'standard'; readonly listeners: readonly Listener[] }

/** Variables by name; an empty one is none. */
export type Variables = Readonly<Record<string, string | undefined>>

const off = { kind: 'switch', fallback: false } as const
const flags = { omnimode: off, links: off, 'setup-iptables': off } as const satisfies GoFlags

/** How it is called. */
export const synopsis = 'ambassador BACKEND | --links | --omnimode | --setup-iptables'
const hint = `${synopsis}
  BACKEND           leads whoever connects to PORT, or 10000, to one backend: redis, HOST:PORT
  --links           leads to what docker run --link names
  --omnimode        leads each container of this host to what it names
  --setup-iptables  does nothing: no rule has to be set up`

const usualPort = 10_000

/** The original's command line and variables; PORT is asked for with a BACKEND only. Throws ArpanetError. */
export function parseAmbassador(argv: readonly string[], variables: Variables): AmbassadorOptions {
  const line = parseGoFlags(flags, argv)
  if (line.kind === 'help') throw usage('ambassador: help was asked for', hint)
  if (line.kind === 'wrong') throw usage(`ambassador: ${line.word}: ${line.fault}`, hint)
  const [text, ...extra] = line.rest
  if (extra.length > 0) {
    throw usage(`ambassador: ${extra.join(' ')}: too many words after BACKEND, options go before it`, hint)
  }
  const { omnimode, links, 'setup-iptables': setup } = line.flags
  const chosen = [
    ...(omnimode ? ['--omnimode'] : []),
    ...(links ? ['--links'] : []),
    ...(setup ? ['--setup-iptables'] : []),
    ...(text === undefined ? [] : ['BACKEND']),
  ]
  if (chosen.length === 0)
    throw usage('ambassador: there is no BACKEND, one such as redis was expected', hint)
  if (chosen.length > 1) {
    throw usage(`ambassador: ${chosen.join(' and ')} exclude each other, one was expected`, hint)
  }
  if (omnimode) return { mode: 'omnimode' }
  if (setup) return { mode: 'setup-iptables' }
  if (links) return { mode: 'standard', listeners: linked(variables) }
  const listener: Listener = { port: portOf(variables), protocols: ['tcp', 'udp'], wish: wishOf(text ?? '') }
  return { mode: 'standard', listeners: [listener] }
}

function portOf({ PORT: text = '' }: Variables): number {
  const port = text === '' ? usualPort : parsePort(text)
  if (port === undefined)
    throw usage(`PORT: expected a port from 1 to 65535, got "${text}"`, `export PORT=${usualPort}`)
  return port
}

function wishOf(text: string): Wish {
  try {
    return parseWish(text)
  } catch (error) {
    // The text may hold a password: it is not repeated.
    if (error instanceof BackendError) throw usage(`ambassador: BACKEND ${error.message}`, hint)
    throw error
  }
}

/** As it is asked for without a Consul agent: a service by its SRV records in Consul's DNS. Throws where none has it. */
export function throughDns(backend: Backend): Backend {
  if (backend.kind === 'keys' && backend.store === 'consul' && backend.host === undefined) {
    throw usage(
      `${formatBackend(backend)}: names no Consul, consul://HOST/PATH, ARPANET_IP or CONSUL_HTTP_ADDR was expected`,
    )
  }
  if (backend.kind !== 'service') return backend
  const { service, tag, datacenter } = backend
  const labels = [tag, service, 'service', datacenter, 'consul']
  return { kind: 'srv', name: labels.filter((label) => label !== undefined).join('.') }
}

/** As Docker names them for a port that a linked container exposes: `REDIS_PORT_6379_TCP=tcp://172.17.0.5:6379`. */
const linkName = /^.+_PORT_([0-9]+)_(TCP|UDP)$/

function linked(variables: Variables): readonly Listener[] {
  const found = new Map<
    string,
    { readonly name: string; readonly text: string; readonly listener: Listener }
  >()
  for (const [name, text = ''] of Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [, digits = '', kind] = linkName.exec(name) ?? []
    if (kind === undefined || text === '') continue
    const protocol = kind === 'TCP' ? 'tcp' : 'udp'
    const [port, scheme] = [parsePort(digits), `${protocol}://`]
    const address = text.startsWith(scheme) ? parseAddress(text.slice(scheme.length)) : undefined
    if (port === undefined || typeof address !== 'object' || isIP(address.host) === 0) {
      throw usage(
        `${name}: is no variable of a link, one such as REDIS_PORT_6379_TCP=tcp://172.17.0.5:6379 was expected`,
      )
    }
    const key = `${protocol}/${port}`
    const other = found.get(key)
    // A container that is linked by two names is still one.
    if (other !== undefined && other.text !== text) {
      throw usage(`${other.name}, ${name}: both lead ${key} elsewhere, one of them was expected`)
    }
    const wish = { backend: { kind: 'address', ...address }, ...usualOptions } as const
    found.set(key, other ?? { name, text, listener: { port, protocols: [protocol], wish } })
  }
  if (found.size === 0) {
    throw usage(
      'ambassador: no variable of a link is set, one such as REDIS_PORT_6379_TCP=tcp://172.17.0.5:6379 was expected',
      'docker run --link redis ... ambassador --links',
    )
  }
  return [...found.values()].map(({ listener }) => listener)
}
