import { wireName, wireTable, type Switch, type SwitchPeer } from './switch.ts'

/** What of a switch the table is for. */
export interface Wire extends Pick<Switch, 'local' | 'key' | 'device'> {
  readonly peers: readonly Pick<SwitchPeer, 'address' | 'via'>[]
}

/** A table of another version is made anew: change it with anything in this file. */
const version = 1
const table = `netdev ${wireTable}`
const hook = { hook: 'ingress', prio: -300 } as const

/** Transparent Ethernet Bridging, with a key and nothing else (RFC 2784, RFC 2890, RFC 1701). */
const header = '0x20006558'

const commentOf = ({ local, key, device }: Wire): string => `arpanet ${version} ${local} ${key} ${device}`

/**
 * The table that hands GRE from the underlay's device to the switch and back, in nft's language. `fwd ip to` asks the
 * kernel where the next hop is, so that the host's own ways, and its network, stay as they are. What nobody of ours sent
 * goes where it would go without us.
 */
export function wireRules(wanted: Wire): readonly string[] {
  const { local, key, device, peers } = wanted
  const chain = (name: string, on: string) =>
    `add chain ${table} ${name} { type filter hook ${hook.hook} device "${on}" priority ${hook.prio}; policy accept; }`
  const rule = (name: string, text: string) =>
    `add rule ${table} ${name} ${text} comment "${commentOf(wanted)}"`
  return [
    // Adding what is there is no error, deleting what is not is one.
    `add table ${table}`,
    `delete table ${table}`,
    `add table ${table}`,
    `add set ${table} members { type ipv4_addr; }`,
    `add map ${table} ways { type ipv4_addr : ipv4_addr; }`,
    ...(peers.length === 0
      ? []
      : [
          `add element ${table} members { ${peers.map(({ address }) => address).join(', ')} }`,
          `add element ${table} ways { ${peers.map(({ address, via }) => `${address} : ${via}`).join(', ')} }`,
        ]),
    chain('arriving', device),
    chain('leaving', wireName),
    rule(
      'arriving',
      `ip daddr ${local} ip protocol gre ip saddr @members @th,0,32 ${header} @th,32,32 ${key} counter fwd to "${wireName}"`,
    ),
    rule(
      'leaving',
      `ip saddr ${local} ip protocol gre counter fwd ip to ip daddr map @ways device "${device}"`,
    ),
    rule('leaving', 'counter drop'),
  ]
}

/** What a listing of the table says where it is so, each a line; in any order. */
export function wireWords(wanted: Wire): readonly string[] {
  const comment = commentOf(wanted)
  return [
    ...['arriving', 'leaving'].map((name) => `chain ${name} ${hook.hook} ${hook.prio}`),
    // A rule keeps the number of its device, which another of its name does not have.
    `rule arriving ${comment} to ${wireName}`,
    `rule leaving ${comment} to ${wanted.device}`,
    `rule leaving ${comment}`,
    ...wanted.peers.flatMap(({ address, via }) => [`members ${address}`, `ways ${address} ${via}`]),
  ]
}
