/** The servers that a resolv.conf names, in its order (resolv.conf(5)). */
export function nameservers(resolvConf: string): string[] {
  return [...resolvConf.matchAll(/^[ \t]*nameserver[ \t]+([^\s#;]+)/gm)].map((match) => match[1] ?? '')
}

/** A stub such as systemd-resolved's 127.0.0.53 answers only on this host: Consul and containers cannot ask it. */
export function isLoopback(server: string): boolean {
  return server.startsWith('127.') || server === '::1' || server.startsWith('::ffff:127.')
}

/**
 * The host's own resolvers: of the files given, the first that names servers beyond loopback. The first file is what
 * programs read; the others are where a stub keeps the servers behind it.
 */
export function realNameservers(resolvConfs: readonly string[], except: readonly string[] = []): string[] {
  for (const text of resolvConfs) {
    const real = nameservers(text).filter((server) => !isLoopback(server) && !except.includes(server))
    if (real.length > 0) return real
  }
  return []
}

/** The domains that a resolv.conf has searched: those of its last `search` or `domain` line (resolv.conf(5)). */
export function searches(resolvConf: string): string[] {
  const lines = [...resolvConf.matchAll(/^(?:search|domain)[ \t]+(.*)$/gm)]
  return (lines.at(-1)?.[1] ?? '').split(/\s+/).filter((domain) => domain !== '' && domain !== '.')
}
