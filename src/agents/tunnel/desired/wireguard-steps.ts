import type { Wireguard, WireguardPeer } from './links.ts'
import type { LineStep } from './step.ts'

/** A device of WireGuard, as it is. */
export interface ActualWireguard extends Pick<Wireguard, 'peers'> {
  readonly port: number | undefined
  /** Undefined where it has no key yet, and so speaks with nobody. */
  readonly publicKey: string | undefined
}

/**
 * What turns `actual` into `wanted`, in the words of `wg set` (wg(8)). A subnet is one peer's at a time, and goes to whom
 * it was given last: who comes is added before who leaves is removed, so that no packet finds nobody. With a new key the
 * others know this host once its lease says so.
 */
export function planWireguard(
  wanted: Wireguard | undefined,
  actual: ActualWireguard | undefined,
): LineStep[] {
  if (wanted === undefined) return []
  const before = new Map((actual?.peers ?? []).map((peer) => [peer.publicKey, peer]))
  const now = new Set(wanted.peers.map(({ publicKey }) => publicKey))
  const steps: LineStep[] = []
  if (actual?.publicKey === undefined) steps.push(wgStep('make', 'key', 'there is none', 'private-key'))
  if (actual?.port !== wanted.port) {
    const reason = `it listens at ${actual?.port ?? 'none'}, and ${wanted.port} is wanted`
    steps.push(wgStep('change', 'port', reason, `listen-port ${wanted.port}`))
  }
  for (const peer of wanted.peers) {
    const there = before.get(peer.publicKey)
    if (there !== undefined && textOf(there) === textOf(peer)) continue
    const reason =
      there === undefined ? `it is at ${peer.endpoint}` : `it was ${said(there)}, and is ${said(peer)}`
    const line = `peer ${peer.publicKey} endpoint ${peer.endpoint} allowed-ips ${peer.subnets.join()}`
    steps.push(wgStep(there === undefined ? 'add' : 'change', nameOf(peer), reason, line))
  }
  // One that was given another's subnet has less now than was seen.
  for (const peer of before.values()) {
    if (now.has(peer.publicKey)) continue
    steps.push(wgStep('remove', nameOf(peer), 'no host has it', `peer ${peer.publicKey} remove`))
  }
  return steps
}

const textOf = ({ endpoint, subnets }: WireguardPeer): string => `${endpoint} ${subnets.join()}`
const said = ({ endpoint, subnets }: WireguardPeer): string => `at ${endpoint} with ${subnets.join(' and ')}`
const nameOf = ({ publicKey }: WireguardPeer): string => `peer ${publicKey}`

const wgStep = (verb: LineStep['verb'], target: string, reason: string, line: string): LineStep => ({
  verb,
  target,
  reason,
  program: 'wg',
  lines: [line],
})
