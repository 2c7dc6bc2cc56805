// Prints what gre carries between containers of two Docker hosts, and what the same hosts carry otherwise, a line of JSON
// for each sample: for the emulated kernel, where this program is started. Arguments: rounds, seconds, turns.
import { demand } from '../lab/program.ts'
import {
  isLinked,
  patience,
  sleepImage,
  startEmulatedHosts,
  type EmulatedHost,
  type HostPlan,
} from '../support/emulated-hosts.ts'
import type { Running } from '../support/network-namespace.ts'
import { cableMbit, effort, limitOf, sample, type Places } from './tunnel-runs.ts'

const [rounds = 3, seconds = effort.seconds, turns = effort.turns] = process.argv.slice(2).map(Number)
const [swarm, swarmPort] = ['swarm', 4790]

const plan = (n: number): HostPlan => ({ bridge: 'docker0', part: `10.210.${n}`, mtuBytes: 1500 })
const { hosts } = await startEmulatedHosts([plan(1), plan(2)])
const [one, two] = hosts

const image = await sleepImage()
await each(({ engine }) => engine.import('inside', image))
await docker(one, `swarm init --advertise-addr ${one.ip} --data-path-port ${swarmPort}`)
const token = (await docker(one, 'swarm join-token --quiet worker')).trim()
await docker(two, `swarm join --advertise-addr ${two.ip} --token ${token} ${one.ip}`)
await docker(one, `network create --driver overlay --attachable --subnet 10.220.0.0/24 ${swarm}`)
const inside = await containersOn('docker0')
const swarmed = await containersOn(swarm)

let agents: readonly Running[] = []
const ours = (driver: string, mtuBytes: number) => ({
  name: driver,
  lay: async () => {
    agents = hosts.map((host) => host.startTunnel({ ARPANET_TUNNEL: driver }))
    await Promise.all(agents.map(isLinked))
    return places(inside, mtuBytes)
  },
  // As `arpanet stop tunnel` asks for it. The next one is the first again, and says which driver.
  remove: async () => {
    await Promise.all(agents.map(({ stop }) => stop('SIGINT')))
    demand(await one.exec(['curl', '-sf', '-X', 'DELETE', `${one.ip}:8500/v1/kv/arpanet/network/?recurse`]))
  },
})

/** The routes alone, and two rules without which Docker would drop packets or change their source. */
const byHand = (verb: 'add' | 'del') =>
  each(async (host, other) => {
    const flag = verb === 'add' ? '-I' : '-D'
    const lines = [
      `ip route ${verb} ${other.plan.part}.0/24 via ${other.ip}`,
      `iptables ${flag} DOCKER-USER -j ACCEPT`,
      `iptables -t nat ${flag} POSTROUTING -s ${host.plan.part}.0/24 -d 10.210.0.0/16 -j RETURN`,
    ]
    demand(await host.exec(['sh', '-ec', lines.join('\n')]))
  })

const contenders = [
  {
    name: 'no tunnel',
    lay: async () => {
      await byHand('add')
      return places(inside, 1500)
    },
    remove: () => byHand('del'),
  },
  ours('gre', 1472),
  ours('vxlan', 1450),
  ours('wireguard', 1440),
  { name: "Docker's overlay", lay: () => places(swarmed), remove: () => Promise.resolve() },
]
for (let round = 0; round < rounds; round += 1) {
  for (const { name, lay, remove } of contenders) {
    console.log(JSON.stringify([name, await sample(await lay(), { seconds, turns }, patience)]))
    await remove()
  }
}
// The engines go on: it is the kernel's end that ends them.
process.exit()

function each<T>(act: (host: EmulatedHost, other: EmulatedHost) => Promise<T>): Promise<[T, T]> {
  return Promise.all([act(one, two), act(two, one)])
}

async function docker({ engine }: EmulatedHost, words: string): Promise<string> {
  return demand(await one.exec(['docker', '--host', `unix://${engine.socket}`, ...words.split(' ')])).stdout
}

/** One after the other: the second host learns of a network of the swarm from the first. */
async function containersOn(network: string) {
  const client = await one.engine.run('inside', ['/bin/sleep', 'infinity'], network)
  return [client, await two.engine.run('inside', ['/bin/sleep', 'infinity'], network)] as const
}

/** Where containers are; their devices, and the bridge on the way, get an MTU where one is named. */
async function places(containers: typeof inside, mtuBytes?: number): Promise<Places> {
  const [client, server] = containers.map(({ pid }) => ['nsenter', `--net=/proc/${pid}/ns/net`] as const)
  if (client === undefined || server === undefined) throw new Error('there are no containers')
  if (mtuBytes !== undefined) {
    const script = `for each in docker0 $(ip -o link show master docker0 | sed 's/^[0-9]*: //; s/@.*//'); do
      ip link set "$each" mtu ${mtuBytes}
    done`
    await each(async (host) => demand(await host.exec(['sh', '-ec', script])))
    for (const words of [client, server]) {
      demand(await one.exec([...words, ...`ip link set eth0 mtu ${mtuBytes}`.split(' ')]))
    }
  }
  const { stdout } = demand(await one.exec([...client, 'ip', '-o', 'link', 'show', 'dev', 'eth0']))
  const limit = (isLimited: boolean) =>
    each(async (host) => demand(await host.exec(limitOf('under', cableMbit.emulated, isLimited).split(' '))))
  return {
    ...{ client, server, address: containers[1].address, limit },
    mtuBytes: Number(/ mtu (\d+) /.exec(stdout)?.[1]),
  }
}
