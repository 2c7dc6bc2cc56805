/**
 * What every table of ours has, whatever it routes. A table with another layout is made anew: change the version with
 * anything in this file.
 */
export const version = 3

export const tableName = 'arpanet'

export interface BaseSet {
  readonly kind: 'map' | 'set'
  readonly name: string
  readonly type: readonly string[]
}

export interface BaseChain {
  readonly name: string
  /** Where the kernel calls it; undefined for one that others go to. */
  readonly hook?: {
    readonly type: string
    readonly hook: string
    readonly prio: number
    readonly policy: string
  }
  readonly rules: readonly string[]
}

/** For each family the address, as nft calls it. */
export const families = { 4: 'ip', 6: 'ip6' } as const
const both = [4, 6] as const
export const protocols = ['tcp', 'udp'] as const

/** Where a client's connection leads: to the chain of a pool. Each element counts first packets. */
export const routesOf = (family: 4 | 6): string => `routes${family}`
/** The same keys: each element counts what a route carries. */
export const trafficOf = (family: 4 | 6): string => `traffic${family}`

/** Where the connections lead of whomever has no route of its own. */
export const everyone = 'everyone'
/** The addresses of those whose routes are all there. */
export const clientsOf = (family: 4 | 6): string => `clients${family}`
/** Both families where everybody is such a client, or none. */
export const open = 'open'
export const openTo = ['ipv4', 'ipv6'] as const

export const sets: readonly BaseSet[] = [
  ...both.flatMap((family): BaseSet[] => {
    const address = `ipv${family}_addr`
    const type = [address, 'inet_proto', 'inet_service']
    return [
      { kind: 'map', name: routesOf(family), type },
      { kind: 'set', name: trafficOf(family), type },
      { kind: 'set', name: clientsOf(family), type: [address] },
    ]
  }),
  { kind: 'map', name: everyone, type: ['inet_proto', 'inet_service'] },
  { kind: 'set', name: open, type: ['nf_proto'] },
]

/**
 * The namespace is nobody's router: only what a route has sent elsewhere may pass, and what belongs to it. What finds
 * no instance reaches the namespace itself, where nobody listens, so that the kernel refuses it at once.
 */
export const chains: readonly BaseChain[] = [
  {
    name: 'prerouting',
    hook: { type: 'nat', hook: 'prerouting', prio: -100, policy: 'accept' },
    rules: [
      ...both.map(
        (family) =>
          `fib daddr type local ${families[family]} saddr . meta l4proto . th dport vmap @${routesOf(family)}`,
      ),
      `fib daddr type local meta l4proto . th dport vmap @${everyone}`,
    ],
  },
  {
    name: 'postrouting',
    hook: { type: 'nat', hook: 'postrouting', prio: 100, policy: 'accept' },
    rules: ['ct status dnat masquerade'],
  },
  {
    name: 'forward',
    hook: { type: 'filter', hook: 'forward', prio: 0, policy: 'drop' },
    rules: ['ct status dnat goto carried'],
  },
  {
    // By what the client asked for, which packets of both directions still know: one look for each packet.
    name: 'carried',
    rules: [
      ...protocols.flatMap((protocol) =>
        both.map(
          (family) =>
            `meta l4proto ${protocol} ct original ${families[family]} saddr . meta l4proto . ` +
            `ct original proto-dst @${trafficOf(family)}`,
        ),
      ),
      'accept',
    ],
  },
  {
    name: 'input',
    hook: { type: 'filter', hook: 'input', prio: 0, policy: 'accept' },
    rules: [
      // The kernel knows no connection of a packet far out of its window, and would reset that of the other side.
      'ct state invalid drop',
      // A container connects before anybody can know that it is there: what it sends first it sends again.
      ...both.map(
        (family) =>
          `ct state new ${families[family]} saddr != @${clientsOf(family)} meta nfproto != @${open} drop`,
      ),
    ],
  },
]

/** The comment of a rule, which says of which version it is. nft 1.0.6 lists no comments of tables as JSON. */
export const commentOf = (chain: string, index: number): string => `arpanet ${version} ${chain} ${index}`
