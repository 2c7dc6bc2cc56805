import type { NetworkView } from '../../src/model/network-view.ts'
import { eventually } from '../lab/eventually.ts'
import type { Host } from '../lab/host.ts'
import { consulImage, productImage } from '../lab/image.ts'
import { createLab } from '../lab/lab.ts'
import { run } from '../lab/program.ts'
import { cableMbit, limitOf, type Places } from './tunnel-runs.ts'

/** Two hosts with an engine each, which have all that the contenders need. */
export interface Pair {
  readonly hosts: readonly [Host, Host]
}

/** Something that carries packets between containers of two hosts. */
export interface Contender {
  readonly name: string
  lay(pair: Pair): Promise<Places>
  /** Leaves nothing of it, however far `lay` came. */
  remove(pair: Pair): Promise<void>
}

/** On docker0; and on the overlay network of Docker's swarm. */
const [inside, swarmed] = ['inside', 'swarmed']
const swarm = 'swarm'
/** Not that of our own vxlan. */
const swarmPort = 4790
const cidr = '10.210.0.0/16'
const subnetOf = ({ ip }: Host): string => `10.210.${ip.split('.')[3]}.0/24`
const consulKey = '127.0.0.1:8500/v1/kv/arpanet/network/?recurse'

const onBoth = <T>({ hosts }: Pair, act: (host: Host, other: Host) => Promise<T>): Promise<T[]> =>
  Promise.all(hosts.map((host) => act(host, hosts.find((each) => each !== host) ?? host)))

/** By the tunnel: `arpanet start:stack tunnel` with a driver, whichever those are. */
const ours = (driver: string): Contender => ({
  name: driver,
  lay: async (pair) => {
    await onBoth(pair, (host) =>
      host.run('arpanet start:stack tunnel', {
        env: { ARPANET_TUNNEL: driver, ARPANET_SUBNET: subnetOf(host) },
      }),
    )
    const views = await eventually(
      `both hosts are linked by ${driver}`,
      async (seen) => {
        const all = seen(await onBoth(pair, viewOf))
        return all.every(({ peers }) => peers.length === 1 && peers[0]?.state === 'up') && all
      },
      { budgetMs: 30_000 },
    )
    return placesOf(pair, inside, views[0]?.mtuBytes ?? NaN)
  },
  remove: async (pair) => {
    await onBoth(pair, (host) => host.run('arpanet stop tunnel; docker rm --force arpanet_tunnel'))
    // The next one is the first again, and says which driver.
    await pair.hosts[0].run(`curl -sf -X DELETE ${consulKey}`)
  },
})

/** By hand: the routes alone, and two rules without which Docker would drop packets or change their source. */
const byHand = (host: Host, other: Host): readonly (readonly string[])[] => [
  ['ip route replace', `${subnetOf(other)} via ${other.ip}`],
  ['iptables -I', 'DOCKER-USER -j ACCEPT'],
  ['iptables -t nat -I', `POSTROUTING -s ${subnetOf(host)} -d ${cidr} -j RETURN`],
]

export const noTunnel: Contender = {
  name: 'no tunnel',
  lay: async (pair) => {
    const script = (host: Host, other: Host) => byHand(host, other).map((words) => words.join(' '))
    await onBoth(pair, (host, other) => host.run(script(host, other).join(' && ')))
    return placesOf(pair, inside, 1500)
  },
  remove: async (pair) => {
    const undone = new Map([['ip route replace', 'ip route del']])
    const script = (host: Host, other: Host) =>
      byHand(host, other).map(([verb = '', rest]) => {
        const undo = undone.get(verb) ?? verb.replace('-I', '-D')
        return `${undo} ${rest} 2>&1 || true`
      })
    await onBoth(pair, (host, other) => host.run(script(host, other).join('\n')))
  },
}

/** Docker's own overlay network, which needs swarm mode, and does all of it in a network namespace of its own. */
export const dockersOverlay: Contender = {
  name: "Docker's overlay",
  lay: (pair) => placesOf(pair, swarmed),
  remove: () => Promise.resolve(),
}

/** In the order of the table; the others are compared with the first and the last. */
export const contenders: readonly Contender[] = [
  noTunnel,
  ours('host-gw'),
  ours('gre'),
  ours('vxlan'),
  ours('wireguard'),
  ours('ovs'),
  dockersOverlay,
]

export async function layPair(): Promise<Pair & AsyncDisposable> {
  const lab = await createLab({
    name: 'bench-tunnel',
    hosts: { h1: 'trixie', h2: 'trixie' },
    images: [productImage(), consulImage],
    arpanetrc: { CONSUL_IMAGE: consulImage, CONSUL_EXPECT: '1' },
  })
  try {
    const { h1, h2 } = lab
    const pair: Pair = { hosts: [h1, h2] }
    await onBoth(pair, (host) => host.run('arpanet setup'))
    await h1.run('arpanet start:consul boot')
    await h2.run(`arpanet start:consul client ${h1.ip}`)
    await h1.run(`docker swarm init --advertise-addr ${h1.ip} --data-path-port ${swarmPort}`)
    const token = (await h1.run('docker swarm join-token --quiet worker')).stdout.trim()
    await h2.run(`docker swarm join --token ${token} ${h1.ip}`)
    await h1.run(`docker network create --driver overlay --attachable --subnet 10.220.0.0/24 ${swarm}`)
    for (const host of pair.hosts) {
      for (const [name, network] of [
        [inside, 'bridge'],
        [swarmed, swarm],
      ] as const) {
        const run = ['docker', 'run', '--detach', '--name', name, '--network', network]
        await host.run([...run, '--entrypoint', 'sleep', productImage(), 'infinity'])
      }
    }
    return { ...pair, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() }
  } catch (error) {
    await lab[Symbol.asyncDispose]()
    throw error
  }
}

const viewOf = async (host: Host): Promise<NetworkView> =>
  JSON.parse((await host.run(`curl -sf http://${host.ip}:9613/network`)).stdout) as NetworkView

/** Where the containers are; their devices, and the bridge on the way, get an MTU where one is named. */
async function placesOf(pair: Pair, container: string, mtuBytes?: number): Promise<Places> {
  const [client, server] = await onBoth(pair, async (host) => {
    const format = '{{.State.Pid}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
    const { stdout } = await host.run(['docker', 'inspect', '--format', format, container])
    const [pid = '', address = ''] = stdout.trim().split(' ')
    const words = ['nsenter', `--net=/proc/${host.pid}/root/proc/${pid}/ns/net`]
    if (mtuBytes !== undefined) {
      const ports = '$(ls /sys/class/net/docker0/brif)'
      await host.run(`for each in ${ports} docker0; do ip link set $each mtu ${mtuBytes}; done`)
      await run([...words, ...`ip link set eth0 mtu ${mtuBytes}`.split(' ')])
    }
    const { stdout: link } = await run([...words, 'ip', '-o', 'link', 'show', 'dev', 'eth0'])
    return { words, address, mtuBytes: Number(/ mtu (\d+) /.exec(link)?.[1]) }
  })
  if (client === undefined || server === undefined) throw new Error('there are no hosts')
  const limit = (isLimited: boolean) =>
    onBoth(pair, (host) => host.run(limitOf('eth0', cableMbit.lab, isLimited)))
  return {
    ...{ client: client.words, server: server.words, address: server.address, mtuBytes: client.mtuBytes },
    limit,
  }
}
