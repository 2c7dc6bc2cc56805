import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { columns } from '../model/columns.ts'
import { networkDot } from '../model/network-graph-dot.ts'
import { networkPicture } from '../model/network-graph.ts'
import {
  faultsOf,
  formatRoundTrip,
  networkSummary,
  peersByName,
  type NetworkView,
} from '../model/network-view.ts'
import type { SettingName } from '../settings/table.ts'

export default class Network extends BaseCommand {
  static override summary = "show the containers' network over all hosts, as this one sees it"
  static override description =
    'Shows the other hosts with their subnets, whether each answers through its tunnel, how fast, and why not. ' +
    'What is wrong on this host is named below. With --graph it is a picture on a terminal, and DOT elsewhere.'
  static override examples = [
    'arpanet network',
    'arpanet network --json',
    'arpanet network --graph',
    'arpanet network --dot | dot -Tsvg > network.svg',
  ]
  static override uses: SettingName[] = ['ARPANET_IP', 'TUNNEL_PORT']
  static override flags = {
    json: Flags.boolean({ description: 'print JSON', exclusive: ['graph', 'dot'] }),
    graph: Flags.boolean({ description: 'draw the hosts and their tunnels', exclusive: ['dot'] }),
    dot: Flags.boolean({ description: 'print the graph in DOT, the language of Graphviz' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Network)
    const view = await this.read()
    if (flags.json) {
      this.print(asJson(view))
      return
    }
    const widthColumns = this.widthColumns()
    if (flags.dot || (flags.graph && widthColumns === undefined)) this.printAll(networkDot(view))
    else {
      this.print(networkSummary(view))
      this.printAll(flags.graph ? networkPicture(view, widthColumns ?? 0) : table(view))
      if (view.peers.length === 0) {
        this.print('no other host is there yet: start the tunnel on each with arpanet start:stack')
      }
    }
    for (const line of columns(faultsOf(view).map((fault) => [fault]))) this.progress(line)
  }

  private async read(): Promise<NetworkView> {
    const { ARPANET_IP, TUNNEL_PORT } = await this.settings('ARPANET_IP', 'TUNNEL_PORT')
    const read = await this.world.httpJson()
    return (await read(`http://${ARPANET_IP}:${TUNNEL_PORT}/network`, {
      of: 'the tunnel',
      hint: 'arpanet start:stack tunnel',
    })) as NetworkView
  }

  private printAll(lines: readonly string[]): void {
    for (const line of lines) this.print(line)
  }

  /** Of the terminal; undefined where there is none. */
  private widthColumns(): number | undefined {
    const { output } = this.world.terminal
    // A terminal inside a container has no size for a moment.
    return output.isTTY ? output.columns || 80 : undefined
  }
}

function table(view: NetworkView): string[] {
  const { name, address, subnet } = view.host
  const own = [name, address, subnet ?? '', 'this host', '', subnet === undefined ? 'no lease yet' : '']
  const rows = peersByName(view).map((peer) => [
    peer.host,
    peer.address,
    peer.subnet,
    peer.state,
    peer.roundTripMs === undefined ? '' : formatRoundTrip(peer.roundTripMs),
    peer.reason ?? '',
  ])
  return columns([['HOST', 'ADDRESS', 'SUBNET', 'STATE', 'RTT', 'REASON'], own, ...rows])
}

/** JSON escapes most of what a terminal obeys; the controls from 7f on are the rest. */
const asJson = (view: NetworkView): string =>
  JSON.stringify(view, null, 2).replaceAll(
    /[\u007f-\u009f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  )
