import { isHostAddress, isWithinSubnet } from '../../../model/address.ts'
import { holds, isSubnet, overlap, prefixOf } from '../../../model/subnet.ts'
import { isMac, macOf } from './mac.ts'
import type { LinkConfig, Peer, Underlay } from './peer.ts'

/** Those that packets can be sent to, in the order of their subnets, and why not to the others. */
export interface Chosen {
  readonly peers: readonly Peer[]
  /** A sentence for each that is left out. */
  readonly left: readonly string[]
}

/** A subnet without two addresses for hosts gives none to its host. */
const longestPrefix = 30

/** The MAC that a peer's vxlan device has. */
export const macOfPeer = ({ attributes, address }: Peer): string =>
  attributes.mac?.toLowerCase() ?? macOf(address)

/**
 * Leaves out what cannot be; of several that want the same, the first by length of prefix and then by address stays, so
 * that each host finds the same, and none gets the whole overlay.
 */
export function choosePeers(
  own: Peer,
  peers: readonly Peer[],
  config: LinkConfig,
  underlay: Underlay,
): Chosen {
  const kept: Peer[] = []
  const left: string[] = []
  const bySubnet = new Map<string, Peer>()
  const bySign = new Map<string, Peer>()
  // Of smaller subnets than the one that is looked at: they come first.
  let smaller: readonly Peer[] = []
  let prefix = NaN
  for (const peer of peers.toSorted(byPlace)) {
    if (peer.subnet === own.subnet && peer.address === own.address) continue
    if (prefixOf(peer.subnet) !== prefix) [smaller, prefix] = [[...kept], prefixOf(peer.subnet)]
    const sign = signOf(peer, config)
    const holder =
      bySubnet.get(peer.subnet) ??
      // Subnets of one length overlap only where they are the same.
      smaller.find((other) => overlap(other.subnet, peer.subnet))
    const namesake = sign === undefined ? undefined : bySign.get(sign.value)
    const fault =
      nonsense(peer, own, config, underlay) ??
      (holder === undefined ? undefined : `${holder.address} has ${holder.subnet}`) ??
      (namesake === undefined || namesake.address === peer.address
        ? undefined
        : `${namesake.address} has the ${sign?.name} ${sign?.value}, too`)
    if (fault === undefined) {
      kept.push(peer)
      bySubnet.set(peer.subnet, peer)
      if (sign !== undefined) bySign.set(sign.value, peer)
    } else if (holder?.address !== peer.address || holder.subnet !== peer.subnet) {
      left.push(`host ${shown(peer.address)} with ${shown(peer.subnet)} is left out: ${fault}`)
    }
  }
  return { peers: kept, left }
}

function nonsense(peer: Peer, own: Peer, config: LinkConfig, underlay: Underlay): string | undefined {
  const { subnet, address, attributes } = peer
  if (!isHostAddress(address)) return 'its address is none, an IPv4 address of a host was expected'
  if (!isSubnet(subnet)) return 'its subnet is none, one such as 10.210.8.0/24 was expected'
  if (prefixOf(subnet) > longestPrefix) return `its subnet is too small, a /${longestPrefix} was expected`
  if (address === own.address) return 'that is the address of this host'
  if (!holds(config.overlay, subnet)) return `its subnet is not in ${config.overlay}`
  if (overlap(own.subnet, subnet)) return `its subnet overlaps ${own.subnet}, that of this host`
  if (isWithinSubnet(address, config.overlay)) return `its address is in ${config.overlay} itself`
  const driver = attributes.driver
  if (driver !== undefined && driver !== config.driver)
    return `its driver is another, ${config.driver} was expected`
  if (config.driver === 'host-gw' && !isWithinSubnet(address, underlay.segment))
    return `it is not in ${underlay.segment}, the segment of ${underlay.device}, where host-gw needs it`
  if (config.driver === 'vxlan') return macFault(macOfPeer(peer), own)
  if (config.driver === 'wireguard') return keyFault(attributes.publicKey)
  return undefined
}

/** By what a driver tells hosts apart. */
function signOf(
  peer: Peer,
  { driver }: LinkConfig,
): { readonly name: string; readonly value: string } | undefined {
  if (driver === 'vxlan') return { name: 'MAC', value: macOfPeer(peer) }
  const { publicKey } = peer.attributes
  return driver === 'wireguard' && publicKey !== undefined ? { name: 'key', value: publicKey } : undefined
}

/** 32 bytes in base64, whose last digit has four bits. */
const publicKeys = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/

function keyFault(key: string | undefined): string | undefined {
  if (key === undefined) return 'it has not said its public key yet'
  return publicKeys.test(key) ? undefined : 'its public key is none, 32 bytes in base64 were expected'
}

function macFault(mac: string, own: Peer): string | undefined {
  if (!isMac(mac)) return 'its MAC is none, one such as 02:d2:c0:00:02:08 was expected'
  return mac === macOfPeer(own) ? `its MAC ${mac} is that of this host` : undefined
}

/** Anybody can have written it. */
const shown = (text: string): string => text.slice(0, 40).replaceAll(/[^ -~]/g, '?')

const byPlace = (a: Peer, b: Peer): number =>
  (prefixOf(b.subnet) || 0) - (prefixOf(a.subnet) || 0) ||
  compare(a.subnet, b.subnet) ||
  compare(a.address, b.address)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
