import { deviceName, type Links } from '../links.ts'
import type { LinkConfig, Peer, Underlay } from '../peer.ts'

/** A rule of iptables that lets packets of the overlay pass. */
export interface Rule {
  readonly table: 'filter' | 'nat'
  readonly chain: string
  /** As iptables-save(8) writes it, without the chain; protocols that are not everywhere known by name as numbers. */
  readonly text: string
  /** What becomes of packets without it. */
  readonly reason: string
  /**
   * Which rules of others must not be above it. A rule that drops is never one of them: somebody who puts it there means
   * it.
   */
  readonly above: 'what returns' | 'what translates' | 'nothing'
}

/** Marks rules of ours; one without it is somebody else's. */
export const mark = 'arpanet'

/** The chain that Docker leaves to its users, and looks at before its own. */
export const dockerUser = 'DOCKER-USER'

const marked = (match: string, target: string): string => `${match} -m comment --comment ${mark} -j ${target}`

/** Between containers of this host and those of others. */
export function passing(own: Peer, { driver, overlay }: LinkConfig, under: string, bridge: string): Rule[] {
  const ways =
    driver === 'host-gw'
      ? [
          `-s ${overlay} -d ${own.subnet} -i ${under} -o ${bridge}`,
          `-s ${own.subnet} -d ${overlay} -i ${bridge} -o ${under}`,
        ]
      : [`-i ${deviceName} -o ${bridge}`, `-i ${bridge} -o ${deviceName}`]
  const reasons = ['Docker drops what other hosts send', 'Docker may drop what goes to other hosts']
  return ways.map((match, index) => ({
    table: 'filter',
    chain: dockerUser,
    text: marked(match, 'ACCEPT'),
    reason: reasons[index] ?? '',
    above: 'what returns',
  }))
}

/** What comes for the device, on a host that drops all it does not expect. */
export function arriving({ address }: Peer, { device, wireguard }: Links): Rule[] {
  // Open vSwitch is handed them before the kernel asks any rule of INPUT.
  if (device === undefined || device.kind === 'tap') return []
  const protocol = device.kind === 'gre' ? '-p 47' : `-p udp -m udp --dport ${device.port ?? wireguard?.port}`
  const text = marked(`-d ${address}/32 ${protocol}`, 'ACCEPT')
  const reason = 'a firewall may drop what other hosts send'
  return [{ table: 'filter', chain: 'INPUT', text, reason, above: 'nothing' }]
}

/** That containers keep their addresses on the way to other hosts. */
export function unmasked(own: Peer, { driver, overlay }: LinkConfig, { device }: Underlay): Rule {
  const out = driver === 'host-gw' ? device : deviceName
  const text = marked(`-s ${own.subnet} -d ${overlay} -o ${out}`, 'RETURN')
  const reason = 'Docker gives containers the address of the host'
  return { table: 'nat', chain: 'POSTROUTING', text, reason, above: 'what translates' }
}
