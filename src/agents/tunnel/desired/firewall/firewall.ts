import { deviceName, type Device } from '../links.ts'
import type { LinkConfig, Peer, Underlay } from '../peer.ts'
import { shapes } from '../shapes.ts'
import type { Guard, Member, Unmasked } from './guard.ts'
import { arriving, passing, unmasked, type Rule } from './rules.ts'

/** What the kernel should let pass, and what it should not. */
export interface Firewall {
  /** Of iptables, in each engine that has the chain. */
  readonly rules: readonly Rule[]
  /** Instead of `unmasked`, where the kernel has no table of ours. */
  readonly otherwise: readonly Rule[]
  /** Which packets have to be a member's; undefined where packets go as they are. */
  readonly guard?: Guard | undefined
  readonly members: readonly Member[]
  readonly unmasked?: Unmasked | undefined
}

/** Of a host that has left. */
export const noFirewall: Firewall = { rules: [], otherwise: [], members: [] }

/**
 * The firewall of the host `own`, whose containers are on `bridge`; `peers` are those that `choosePeers` has kept. With
 * host-gw nothing is guarded: packets carry no sign of who sent them but a source, which anybody in the segment can write.
 * WireGuard itself takes nothing from others, and from each host only what is its own.
 */
export function firewallOf(
  own: Peer,
  peers: readonly Peer[],
  config: LinkConfig,
  underlay: Underlay,
  bridge: string,
): Firewall {
  const links = shapes[config.driver].links(own, [], config, underlay, underlay.mtuBytes)
  const { device } = links
  const guard = guardOf(device)
  return {
    rules: [...arriving(own, links), ...passing(own, config, underlay.device, bridge)],
    otherwise: [unmasked(own, config, underlay)],
    guard,
    members: guard === undefined ? [] : peers.map(({ address, subnet }) => ({ address, subnet })),
    unmasked: {
      source: own.subnet,
      overlay: config.overlay,
      device: device === undefined ? underlay.device : deviceName,
    },
  }
}

function guardOf(device: Device | undefined): Guard | undefined {
  if (device?.key === undefined || (device.kind !== 'gre' && device.kind !== 'vxlan')) return undefined
  return { kind: device.kind, key: device.key, port: device.port }
}
