import { lookup, Resolver } from 'node:dns/promises'

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
