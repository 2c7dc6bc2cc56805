import { columns } from './columns.ts'
import {
  formatRoundTrip,
  networkSummary,
  peersByName,
  type NetworkView,
  type PeerView,
} from './network-view.ts'

const styles = { up: 'solid', silent: 'dashed', lost: 'dotted', 'left out': 'dotted' } as const

/**
 * The overlay in Graphviz's language: this host's tunnels with their states, and in grey those that the other hosts
 * should have between them, of which this one knows nothing. The language is https://graphviz.org/doc/info/lang.html.
 */
export function networkDot(view: NetworkView): string[] {
  const peers = peersByName(view)
  const { host } = view
  const nodes = [host.name, ...peers.map((peer) => peer.host)]
  // Several leases may say the same name: each is a node of its own.
  const idOf = (name: string, subnet = '') =>
    quote(nodes.indexOf(name) === nodes.lastIndexOf(name) ? name : `${name} ${subnet}`)
  const own = idOf(host.name, host.subnet)
  const linked = peers.filter(({ state }) => state === 'up' || state === 'silent')
  const others = linked.map((peer) => idOf(peer.host, peer.subnet))
  return columns(
    [
      'graph arpanet {',
      `  graph [layout=circo, label=${label(networkSummary(view))}]`,
      '  node [shape=box]',
      `  ${own} [label=${label(host.name, host.address, host.subnet ?? 'no lease yet')}, style=bold]`,
      ...peers.map(
        (peer) => `  ${idOf(peer.host, peer.subnet)} [label=${label(peer.host, peer.address, peer.subnet)}]`,
      ),
      ...peers.map((peer) => `  ${own} -- ${idOf(peer.host, peer.subnet)} [${tunnelOf(peer)}]`),
      ...others
        .slice(0, -1)
        .map((id, at) => `  ${id} -- { ${others.slice(at + 1).join(' ')} } [color=gray, style=dotted]`),
      '}',
    ].map((line) => [line]),
  )
}

function tunnelOf({ state, roundTripMs, reason }: PeerView): string {
  const trip = roundTripMs === undefined ? '' : ` ${formatRoundTrip(roundTripMs)}`
  return `label=${label(`${state}${trip}`, ...(reason === undefined ? [] : [reason]))}, style=${styles[state]}`
}

/** A backslash stays one by being two, so that none takes the quote's meaning away. */
const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** Lines of text: `\n` ends one, and an `&` would begin one of HTML's names. */
const label = (...lines: readonly string[]): string =>
  `"${lines.map((line) => quote(line.replaceAll('&', '&amp;')).slice(1, -1)).join('\\n')}"`
