import type { Shell } from './shell.ts'

/** An open connection that was led elsewhere. */
export interface Connection {
  readonly protocol: 'tcp' | 'udp'
  readonly client: string
  /** That the client asked for. */
  readonly port: number
  /** Where it was led to. */
  readonly instance: { readonly address: string; readonly port: number }
  /** As ESTABLISHED; of udp UNREPLIED, REPLIED or ASSURED. */
  readonly state: string
}

/** Which connections are meant: those to which all that is said applies. */
export interface ConnectionFilter {
  readonly client?: string
  readonly protocol?: 'tcp' | 'udp'
  /** That the client asked for. */
  readonly port?: number
  readonly instance?: { readonly address: string; readonly port: number }
  /** Of TCP alone, as SYN_SENT. */
  readonly state?: string
}

/** The connections that the kernel translates in one network namespace, by the conntrack program. */
export interface Conntrack {
  connections(): Promise<readonly Connection[]>
  /**
   * Lets the kernel forget connections; none is no error. What a client sends next over one of TCP is led where new
   * connections are, whose other side resets what it does not know (net.netfilter.nf_conntrack_tcp_loose, which is 1).
   */
  forget(filter: ConnectionFilter): Promise<void>
}

const families = ['ipv4', 'ipv6'] as const

export function connect(shell: Shell): Conntrack {
  const list = async (family: string) => {
    const listing = await shell.run(['conntrack', '-L', '-f', family, '--dst-nat'])
    return listing.split('\n').flatMap((line) => parseConnection(line) ?? [])
  }
  const remove = async (argv: readonly string[]) => {
    try {
      await shell.run(['conntrack', '-D', '--dst-nat', ...argv])
    } catch (error) {
      // Its status is 1 where nothing was there.
      if (!/\b0 flow entries have been deleted/.test((error as Error).message)) throw error
    }
  }
  return {
    connections: async () => (await Promise.all(families.map(list))).flat(),
    forget: async (filter) => {
      for (const argv of argumentsOf(filter)) await remove(argv)
    },
  }
}

const familyOf = (address: string): string => (address.includes(':') ? 'ipv6' : 'ipv4')

/** None where nothing is said, which would be all of them. */
function argumentsOf({ client, protocol, port, instance, state }: ConnectionFilter): string[][] {
  const address = client ?? instance?.address
  if (address === undefined) return []
  const of = ['-f', familyOf(address), ...(client === undefined ? [] : ['--orig-src', client])]
  const to = instance && ['--reply-src', instance.address, '--reply-port-src', String(instance.port)]
  const asked = port === undefined ? undefined : ['--orig-port-dst', String(port)]
  const as = state === undefined ? [] : ['--state', state]
  if (to === undefined && asked === undefined && protocol === undefined && state === undefined) return [of]
  // A port, or a state, without its protocol is none.
  const protocols = state !== undefined ? ['tcp'] : protocol === undefined ? ['tcp', 'udp'] : [protocol]
  return protocols.map((each) => [...of, '-p', each, ...as, ...(asked ?? []), ...(to ?? [])])
}

/** A line such as `tcp 6 86 ESTABLISHED src=.. dst=.. sport=.. dport=.. src=.. dst=.. sport=.. dport=.. [ASSURED] ..`. */
export function parseConnection(line: string): Connection | undefined {
  const [protocol, , , word = ''] = line.trim().split(/\s+/)
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined
  const all = (name: string) =>
    [...line.matchAll(new RegExp(`\\b${name}=(\\S+)`, 'g'))].map(([, value = '']) => value)
  const [[client], [, address], [port], [, instancePort]] = [
    all('src'),
    all('src'),
    all('dport'),
    all('sport'),
  ] as const
  if (client === undefined || address === undefined || port === undefined || instancePort === undefined)
    return undefined
  const flag = /\[(UNREPLIED|ASSURED)\]/.exec(line)?.[1] ?? 'REPLIED'
  const state = word.includes('=') ? flag : word
  return { protocol, client, port: Number(port), instance: { address, port: Number(instancePort) }, state }
}
