import { lookup, Resolver } from 'node:dns/promises'
import { unavailable } from '../errors.ts'

/** Names turned into IPv4 addresses; none where nobody knows the name or nobody answers. */
export interface Names {
  /** As the programs here do it: /etc/hosts, then the resolvers of /etc/resolv.conf. */
  lookup(name: string): Promise<string[]>
  /** Asks these servers and no others. */
  ask(name: string, servers: readonly string[]): Promise<string[]>
}

const timeoutMs = 2_000

export const names: Names = {
  lookup: async (name) => {
    const found = await lookup(name, { all: true, family: 4 }).catch(() => [])
    return found.map(({ address }) => address)
  },
  ask: async (name, servers) => {
    if (servers.length === 0) return []
    const resolver = new Resolver({ timeout: timeoutMs, tries: 1 })
    resolver.setServers(servers)
    return resolver.resolve4(name).catch(() => [])
  },
}

/** What a name stands for, and for how long that may be relied on. */
export interface AddressAnswer {
  /** IPv4 and IPv6; none where there is no such name, or it has none. */
  readonly addresses: readonly string[]
  readonly ttlSeconds: number
}

/** An SRV record, as RFC 2782 has it. */
export interface ServiceRecord {
  /** The host's name. */
  readonly target: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** Records of DNS. Nobody to answer is an ArpanetError here, and never "there are none". */
export interface Records {
  addresses(name: string, signal: AbortSignal): Promise<AddressAnswer>
  /** None where there is no such name. */
  services(name: string, signal: AbortSignal): Promise<readonly ServiceRecord[]>
}

/** Of a name that no resolver knows, and of one that only /etc/hosts does. */
const unknownTtlSeconds = 10

/**
 * Asks these servers, as `192.0.2.1` or `192.0.2.1:5353`; without any, those of /etc/resolv.conf as it is then, and for
 * a name that they do not know /etc/hosts and the domains that are searched.
 */
export function recordsOf(servers?: readonly string[]): Records {
  const ask = async <T>(question: (resolver: Resolver) => Promise<T>, signal: AbortSignal): Promise<T> => {
    signal.throwIfAborted()
    const resolver = new Resolver({ timeout: timeoutMs, tries: 2 })
    if (servers !== undefined) resolver.setServers(servers)
    const stop = () => resolver.cancel()
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await question(resolver)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
  return {
    addresses: async (name, signal) => {
      const families = await ask(
        (resolver) =>
          Promise.all([
            orNone(name, resolver.resolve4(name, { ttl: true })),
            orNone(name, resolver.resolve6(name, { ttl: true })),
          ]),
        signal,
      )
      const found = families.flatMap((answer) => (answer instanceof Error ? [] : answer))
      if (found.length > 0) {
        const addresses = found.map(({ address }) => address)
        return { addresses, ttlSeconds: Math.min(...found.map(({ ttl }) => ttl)) }
      }
      const failure = families.find((answer) => answer instanceof Error)
      if (failure !== undefined) throw failure
      const elsewhere = servers === undefined ? await lookup(name, { all: true }).catch(() => []) : []
      return { addresses: elsewhere.map(({ address }) => address), ttlSeconds: unknownTtlSeconds }
    },
    services: async (name, signal) => {
      const answer = await ask((resolver) => orNone(name, resolver.resolveSrv(name)), signal)
      if (answer instanceof Error) throw answer
      return answer.map((record) => ({
        target: record.name,
        port: record.port,
        priority: record.priority,
        weight: record.weight,
      }))
    },
  }
}

/** What a resolver says of a name that there is not, that has no such record, or that no name can be. */
const none = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])

const sentences: Readonly<Record<string, string>> = {
  ETIMEOUT: 'timed out',
  ECONNREFUSED: 'connection refused',
  ESERVFAIL: 'the server failed',
  EREFUSED: 'the server refused',
  ECANCELLED: 'broken off',
}

/** No records where there are none; where nobody said so, why. */
async function orNone<T>(name: string, asked: Promise<T[]>): Promise<T[] | Error> {
  try {
    return await asked
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (none.has(code)) return []
    const why = sentences[code] ?? (code === '' ? message : code)
    return unavailable(`DNS: no answer for ${name}: ${why}`, undefined, error)
  }
}
