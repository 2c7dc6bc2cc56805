import { prefixOf } from '../../../../model/subnet.ts'

/** A host that may send packets of the overlay, and from where in it. */
export interface Member {
  /** Of the underlay. */
  readonly address: string
  readonly subnet: string
}

/** Which packets carry those of the overlay; others of the same protocol are somebody else's. */
export interface Guard {
  readonly kind: 'gre' | 'vxlan'
  readonly key: number
  /** Of vxlan only. */
  readonly port?: number | undefined
}

/** What is not masqueraded. */
export interface Unmasked {
  readonly source: string
  readonly overlay: string
  /** By which it leaves. */
  readonly device: string
}

/** A chain of nftables. */
export interface TableChain {
  readonly name: string
  /** Undefined for a chain that others go to. */
  readonly hook?: { readonly type: string; readonly hook: string; readonly prio: number }
  /** Those that do not depend on anything. */
  readonly rules: readonly string[]
}

/** A table of another version is made anew: change it with anything in this file. */
export const version = 1

export const tableName = 'arpanet_tunnel'
/** As nft's commands name it. */
export const ourTable = `inet ${tableName}`
export const membersName = 'members'

/** Not the kind alone, which some versions of nft take for a word of their own. */
const chainOf = (kind: Guard['kind']): string => `inside_${kind}`

/**
 * What comes is looked at where the kernel has put its fragments together, and before any filter. The device forgets whom
 * a packet came from, and nftables looks inside from Linux 6.2 on only: so the source inside is found by its place, in
 * bits. Headers of other forms, which have it elsewhere, are dropped.
 */
export const chains: readonly TableChain[] = [
  // A key and nothing else, then IPv4 (RFC 2784, RFC 2890): 8 bytes before the packet inside.
  {
    name: chainOf('gre'),
    rules: [`@th,0,32 0x20000800 ip saddr . @th,160,32 @${membersName} accept`, 'counter drop'],
  },
  // 8 bytes of UDP, 8 of vxlan (RFC 7348) and 14 of Ethernet, which carries IPv4.
  {
    name: chainOf('vxlan'),
    rules: [`@th,224,16 0x0800 ip saddr . @th,336,32 @${membersName} accept`, 'counter drop'],
  },
  { name: 'input', hook: { type: 'filter', hook: 'input', prio: -10 }, rules: [] },
  // Before those of Docker, whichever it made: what has been translated once is not translated again.
  { name: 'postrouting', hook: { type: 'nat', hook: 'postrouting', prio: 90 }, rules: [] },
]

/** Of a rule, by which it is known. */
export const commentOf = (...words: readonly (string | number)[]): string =>
  ['arpanet', version, ...words].join(' ')

export const wordsOfGuard = ({ kind, key, port }: Guard): string =>
  [kind, key, ...(port === undefined ? [] : [port])].join(' ')
export const wordsOfUnmasked = ({ source, overlay, device }: Unmasked): string =>
  [source, overlay, device].join(' ')
export const wordsOfMember = ({ address, subnet }: Member): string => `${address} with ${subnet}`

/** Those that the device would take. Of gre they have a key, and neither a checksum nor what the kernel drops at once. */
const matchOf = ({ kind, key, port }: Guard): string =>
  kind === 'gre'
    ? `ip protocol gre @th,0,3 1 @th,32,32 ${key}`
    : `ip protocol udp udp dport ${port} @th,96,24 ${key}`

export const guardRule = (guard: Guard): string =>
  `${matchOf(guard)} goto ${chainOf(guard.kind)} comment "${commentOf('guard', wordsOfGuard(guard))}"`

/** A translation to what it is. */
export const unmaskedRule = (unmasked: Unmasked): string => {
  const { source, overlay, device } = unmasked
  const match = `oifname "${device}" ip saddr ${source} ip daddr ${overlay}`
  return `${match} snat ip to ip saddr comment "${commentOf('unmasked', wordsOfUnmasked(unmasked))}"`
}

/** The addresses inside are numbers: nft knows no type of what is found by its place. */
export function elementOf({ address, subnet }: Member): string {
  const [network = ''] = subnet.split('/')
  const first = network.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const last = first + 2 ** (32 - prefixOf(subnet)) - 1
  return `${address} . ${first}-${last}`
}

/** The table without what depends on anything, in nft's language (nft(8)). */
export function base(name: string): string[] {
  const table = `inet ${name}`
  return [
    `add table ${table}`,
    `add set ${table} ${membersName} { typeof ip saddr . @th,160,32; flags interval; }`,
    ...chains.map(({ name: chain, hook }) =>
      hook === undefined
        ? `add chain ${table} ${chain}`
        : `add chain ${table} ${chain} { type ${hook.type} hook ${hook.hook} priority ${hook.prio}; policy accept; }`,
    ),
    ...chains.flatMap(({ name: chain, rules }) =>
      rules.map((rule, index) => `add rule ${table} ${chain} ${rule} comment "${commentOf(chain, index)}"`),
    ),
  ]
}
