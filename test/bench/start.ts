// How long a person waits for the leader of a new cluster, and for a stack that is up already.
import { dockerRun, specLabel, type ContainerSpec } from '../../src/model/container-spec.ts'
import { cadvisorImage, consulImage, productImage } from '../lab/image.ts'
import { createLab } from '../lab/lab.ts'
import { among } from './among.ts'
import { watchLeader } from './leader.ts'
import { race, table, timeOnce, type Contender, type Run } from './measure.ts'

/** Of pairs. Raft draws lots for how long it waits before an election: fewer say nothing about a ratio of 1.2. */
const rounds = 20

/** A run to the first leader, and how long it took until the container of Consul ran. */
interface Boot extends Run {
  readonly startedMs: number
}

export async function benchStart(): Promise<string> {
  const image = productImage()
  const images = { CONSUL_IMAGE: consulImage, CADVISOR_IMAGE: cadvisorImage }
  await using lab = await createLab({
    name: 'bench-start',
    hosts: { h1: 'trixie' },
    images: [image, consulImage, cadvisorImage],
    arpanetrc: { ...images, CONSUL_EXPECT: '1' },
  })
  const { h1 } = lab
  const inHost = (...argv: string[]) => [...h1.enter, ...argv]
  const boot = ['arpanet', 'start:consul', 'boot']

  await h1.run(boot)
  const label = `{{index .Config.Labels "${specLabel}"}}`
  const { stdout } = await h1.run(['docker', 'inspect', '--format', label, 'arpanet_consul'])
  const spec = JSON.parse(stdout) as ContainerSpec
  const toLeader = async (contender: Contender): Promise<Boot> => {
    await h1.run('docker rm --force arpanet_consul && rm -r /mnt/arpanet-consul')
    await using leader = await watchLeader(h1, 'http://192.0.2.1:8500')
    const typedMs = Date.now()
    const [run, ledMs] = await Promise.all([timeOnce(contender), leader.since])
    const format = '{{.State.StartedAt}}'
    const started = await h1.run(['docker', 'inspect', '--format', format, 'arpanet_consul'])
    return { ...run, wallMs: ledMs - typedMs, startedMs: Date.parse(started.stdout.trim()) - typedMs }
  }
  const consul = await race(
    [
      { name: 'arpanet start:consul boot', argv: inHost(...boot) },
      { name: 'docker run --detach consul agent', argv: inHost(...dockerRun(spec, {})) },
    ],
    rounds,
    toLeader,
  )

  await h1.run('docker rm --force arpanet_consul && rm -r /mnt/arpanet-consul')
  await h1.run(boot)
  await h1.run('arpanet start:stack')
  const again = await h1.run('arpanet start:stack')
  if (!again.stdout.startsWith('cadvisor is up to date')) throw new Error(`start:stack: ${again.stdout}`)
  const settings = { ...images, ARPANET_IP: h1.ip, CONSUL_EXPECT: '1', HOSTNAME: h1.name }
  const socket = ['--volume', '/var/run/docker.sock:/var/run/docker.sock']
  const env = Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const container = ['docker', 'run', '--rm', '--network', 'host', '--user', '0', ...socket, ...env, image]
  const alone = await among(h1, image, ...socket)
  const stack = await race(
    [
      { name: 'arpanet start:stack', argv: inHost('arpanet', 'start:stack') },
      { name: 'docker run IMAGE start:stack', argv: inHost(...container, 'start:stack') },
      {
        name: 'start:stack, the program alone',
        argv: [...alone, 'node', '/opt/arpanet/bin/run.js', 'start:stack'],
        env: settings,
      },
      { name: 'docker run IMAGE --version, for comparison', argv: inHost(...container, '--version') },
    ],
    rounds,
    timeOnce,
  )
  const containers = new Map(
    [...consul].map(([name, boots]) => [name, boots.map((run) => ({ ...run, wallMs: run.startedMs }))]),
  )
  return [
    table('from the command to the first leader, against docker run of the same (goal: ratio 1.2)', consul),
    table("of that, until Consul's container runs; what follows is Consul's own", containers),
    table('start:stack where all is up to date (goal: 1000 ms in the container)', stack),
  ].join('\n')
}
