import type { NetworkView } from '../../src/model/network-view.ts'
import { eventually, type Budget } from './eventually.ts'
import type { Host } from './host.ts'
import { deafnessAmong, type Place } from './overlay-places.ts'
import { runOverlaySpeaker } from './overlay-speakers.ts'

/** How the overlay of a lab is made. */
export interface Way {
  readonly driver: 'vxlan' | 'host-gw' | 'wireguard' | 'ovs'
  readonly bridge: 'docker0' | 'app'
}

/** Each host's part of the overlay, without its last octet. That of `app` is another than setup gave to docker0. */
export const partOf = ({ ip }: Host, { bridge }: Way): string =>
  `10.210.${bridge === 'docker0' ? '' : '10'}${ip.split('.')[3]}`

/** `arpanet start:stack tunnel` on a host, which says how. */
export const startTunnel = (host: Host, way: Way, env: Record<string, string> = {}): Promise<unknown> =>
  host.run('arpanet start:stack tunnel', {
    env: {
      ARPANET_TUNNEL: way.driver,
      ARPANET_BRIDGE: way.bridge,
      ARPANET_SUBNET: `${partOf(host, way)}.0/24`,
      ...env,
    },
  })

/** Ends the overlay on these hosts, who are all that it has. */
export async function endOverlay(hosts: readonly Host[]): Promise<void> {
  await Promise.all(
    hosts.map((host) =>
      host.run(
        'docker rm -f inside; arpanet stop tunnel; docker rm -f arpanet_tunnel; docker network rm app; true',
      ),
    ),
  )
  await hosts[0]?.run('curl -sf -X DELETE "127.0.0.1:8500/v1/kv/arpanet/network/?recurse"')
}

/** Somebody on the host itself, whom every address of it leads to. */
export const speakOnHost = (host: Host): Promise<unknown> =>
  host.run(runOverlaySpeaker('onhost', host.name, '--network', 'host'))

/** Somebody in a container `inside` of the host's network. */
export const speakInside = (host: Host, { bridge }: Way): Promise<unknown> =>
  host.run(
    runOverlaySpeaker('inside', `inside-${host.name}`, '--network', bridge === 'docker0' ? 'bridge' : bridge),
  )

export const addressInside = async (host: Host, container = 'inside'): Promise<string> => {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  return (await host.run(['docker', 'inspect', '--format', format, container])).stdout.trim()
}

/** Runs a program of the host, or a line of shell, in the network of the container `inside`. */
export const execInside = (host: Host, argv: readonly string[]) =>
  host.exec([
    ...[
      'sh',
      '-c',
      'exec nsenter --net=/proc/$(docker inspect --format {{.State.Pid}} inside)/ns/net "$@"',
      'sh',
    ],
    ...argv,
  ])

/** Whether the container of a host hears a speaker at once. */
export const hears = async (host: Host, address: string): Promise<boolean> => {
  const words = ['timeout', '0.5', 'bash', '-c', 'head -n 1 <"/dev/tcp/$0/7007"', address]
  return (await execInside(host, words)).stdout.includes(' sees ')
}

/** The host, and the container `inside`. */
export const placesOf = async (host: Host, way: Way): Promise<readonly [Place, Place]> => [
  { name: host.name, address: `${partOf(host, way)}.1`, exec: (argv) => host.exec(argv) },
  {
    name: `inside-${host.name}`,
    address: await addressInside(host),
    exec: (argv) => execInside(host, argv),
  },
]

/** Where they are not heard by each other as they should be: each host and its container by all other such. */
export const deafness = async (hosts: readonly Host[], way: Way): Promise<string[]> =>
  deafnessAmong(await Promise.all(hosts.map((host) => placesOf(host, way))))

/** Until all hosts and their containers hear one another. */
export const allHear = (hosts: readonly Host[], way: Way, budget: Budget = {}): Promise<unknown> =>
  eventually(
    `${hosts.map(({ name }) => name).join(', ')} and their containers hear each other`,
    async (seen) => seen(await deafness(hosts, way)).length === 0,
    { budgetMs: 20_000, ...budget },
  )

/** What the kernel of a host has of the tunnel: its device, and a line for each entry. */
export const entries = async (host: Host): Promise<string> => {
  const questions = [
    // Without its number, which the next has not.
    "ip -d link show dev arpanet1 | sed 's/^[0-9]*: //'",
    'ip -4 route show proto 210',
    'ip neigh show dev arpanet1 nud permanent',
    'bridge fdb show dev arpanet1',
    // Without counters; its elements are in no order.
    "nft -s list table inet arpanet_tunnel | tr , '\\n' | sed 's/elements = {//; s/^[[:space:]]*//; s/[[:space:]}]*$//'",
    "iptables-save | grep -e '--comment arpanet'",
  ]
  return (await host.exec(`{ ${questions.join('; ')}; } 2>/dev/null`)).stdout
}

/** Those of them that lead to a peer. */
export const entriesOf = async (host: Host, peer: Host, way: Way): Promise<string[]> => {
  const own = [`${partOf(peer, way)}.`, `${peer.ip} `, `${peer.ip}\n`]
  return (await entries(host)).split('\n').filter((line) => own.some((each) => `${line}\n`.includes(each)))
}

/** The subnets that are leased, and to whom, as a host's Consul has it. */
export const leases = async (host: Host): Promise<Record<string, string>> => {
  const { stdout } = await host.exec('curl -sf "127.0.0.1:8500/v1/kv/arpanet/network/leases/?recurse"')
  const found = JSON.parse(stdout === '' ? '[]' : stdout) as { Key: string; Value: string }[]
  return Object.fromEntries(
    found.map(({ Key, Value }) => [
      Key.replace('arpanet/network/leases/', ''),
      (JSON.parse(Buffer.from(Value, 'base64').toString()) as { host: string }).host,
    ]),
  )
}

/**
 * Whether a host's Consul says that another failed. Of a server that others can do without it says so for an instant, and
 * then knows it no more.
 */
export const isFailed = async (host: Host, other: Host): Promise<boolean> => {
  const ask = async (path: string) => {
    const { stdout } = await host.exec(`curl -sf "127.0.0.1:8500/v1/${path}?stale"`)
    return JSON.parse(stdout) as readonly { readonly Node: string; readonly CheckID?: string }[]
  }
  const [critical, nodes] = await Promise.all([ask('health/state/critical'), ask('catalog/nodes')])
  const named = critical.filter(({ CheckID }) => CheckID === 'serfHealth')
  return named.some(({ Node }) => Node === other.name) || nodes.every(({ Node }) => Node !== other.name)
}

/** Until so many servers of Consul vote: one that has just come back does not yet, and the others are no majority without it. */
export const allVote = (host: Host, servers: number): Promise<unknown> =>
  eventually(
    `${servers} servers vote`,
    async (seen) => {
      const { stdout } = await host.exec('curl -sf 127.0.0.1:8500/v1/operator/raft/configuration')
      const all = seen(JSON.parse(stdout) as { Servers: { Voter: boolean; Leader: boolean }[] }).Servers
      return all.filter(({ Voter }) => Voter).length === servers && all.some(({ Leader }) => Leader)
    },
    { budgetMs: 60_000 },
  )

export const networkView = async (host: Host): Promise<NetworkView> =>
  JSON.parse((await host.run(`curl -sf http://${host.ip}:9613/network`)).stdout) as NetworkView
