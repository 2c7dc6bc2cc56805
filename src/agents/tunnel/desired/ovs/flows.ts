import { createHash } from 'node:crypto'
import { insideMac, outsideMac, ports, type Switch } from './switch.ts'

/** What a flow is known by: it follows from all that the flow says. */
const cookieOf = (flow: string): string =>
  BigInt(`0x${createHash('sha256').update(flow).digest('hex').slice(0, 15)}`).toString(16)

const hexOf = (address: string): string =>
  address
    .split('.')
    .map((octet) => Number(octet).toString(16).padStart(2, '0'))
    .join('')

/**
 * Who asks for the next hop of GRE: Open vSwitch forgets after a quarter of an hour without a packet, and asks by ARP.
 * The answer says that this host's own address is at `outsideMac`.
 */
const answer = (own: string): string =>
  [
    `priority=30,in_port=LOCAL,arp,arp_op=1,arp_tpa=${own} actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]`,
    `mod_dl_src:${outsideMac}`,
    'load:2->NXM_OF_ARP_OP[]',
    'move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]',
    `load:0x${outsideMac.replaceAll(':', '')}->NXM_NX_ARP_SHA[]`,
    'move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]',
    `load:0x${hexOf(own)}->NXM_OF_ARP_SPA[]`,
    'in_port',
  ].join()

/**
 * All flows of the switch, as ovs-ofctl(8) takes them, by their cookies. What none of them takes is dropped. A packet for
 * another host passes the switch twice: as it is, into GRE, which comes out at LOCAL, and from there to the wire.
 */
export function flowsOf({ local, own, peers }: Switch): ReadonlyMap<string, string> {
  const flows = [
    'priority=0 actions=drop',
    answer(own),
    `priority=20,in_port=LOCAL,ip,dl_dst=${outsideMac},nw_src=${own},nw_proto=47 actions=mod_nw_src:${local},output:${ports.wire}`,
    ...peers.flatMap(({ address, mac, subnets }) => [
      `priority=20,in_port=${ports.wire},ip,nw_src=${address},nw_dst=${local},nw_proto=47 actions=mod_dl_dst:${insideMac},mod_nw_dst:${own},LOCAL`,
      `priority=10,in_port=LOCAL,ip,dl_dst=${mac} actions=set_field:${address}->tun_dst,output:${ports.gre}`,
      ...subnets.map(
        (subnet) =>
          `priority=10,in_port=${ports.gre},tun_src=${address},ip,nw_src=${subnet} actions=mod_dl_dst:${insideMac},LOCAL`,
      ),
    ]),
  ]
  return new Map(flows.map((flow) => [cookieOf(flow), flow]))
}
