import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FilledPool, Route } from '../../src/agents/ambassador/plan.ts'
import { scripts } from '../../src/agents/ambassador/kernel/ruleset.ts'
import { atExit } from '../lab/ending.ts'
import { eventually, Hopeless } from '../lab/eventually.ts'
import { NetworkNamespace } from '../support/network-namespace.ts'
import { demandRivals, nginx, ports, rivals, webServer } from './ambassador-rivals.ts'

/** A way from the client to a backend. */
export interface Way {
  readonly name: string
  /** What the client connects to. */
  readonly address: string
}

export interface Ways extends AsyncDisposable {
  readonly all: readonly Way[]
  /** The words that run a program where the client is. */
  readonly asClient: readonly string[]
}

const client = '10.78.0.10'
const backends = ['10.78.0.21', '10.78.0.22'] as const
const carriers = { ours: '10.78.0.1', HAProxy: '10.78.0.2', 'nginx stream': '10.78.0.3', socat: '10.78.0.4' }

/**
 * All on one bridge, each in a network of its own: the rules of ours would cost a rival something, too.
 *
 *     client ──┬── backend (direct)
 *              ├── ours ──────────┐
 *              ├── HAProxy ───────┼── two backends
 *              ├── nginx stream ──┤
 *              └── socat ─────────┘
 */
export async function layWays(): Promise<Ways> {
  demandRivals()
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'arpanet-bench-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const create = async (name: string) => {
    const namespace = await NetworkNamespace.create(`bench-${name}`)
    stack.defer(() => namespace.delete())
    atExit(() => deleteNow(namespace.name))
    return namespace
  }

  const bridge = await create('switch')
  // A plain wire: no firewall of a host looks at what passes.
  await bridge.shell.run(['sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=0'])
  await bridge.ip('link add br0 type bridge\nlink set br0 up')
  let cables = 0
  const plugIn = async (name: string, address: string) => {
    const namespace = await create(name)
    const port = `port${(cables += 1)}`
    await bridge.ip(`link add ${port} type veth peer name eth0 netns ${namespace.name}
      link set ${port} master br0 up`)
    await namespace.ip(`address add ${address}/24 dev eth0\nlink set eth0 up`)
    // Tens of thousands of connections a round want more than the usual 28,000 ports.
    await namespace.shell.run(['sysctl', '-qw', 'net.ipv4.ip_local_port_range=10000 65535'])
    return namespace
  }

  const asked = await plugIn('client', client)
  await writeFile(join(folder, 'web.conf'), webServer)
  for (const [index, address] of backends.entries()) {
    const backend = await plugIn(`backend${index}`, address)
    const programs = [nginx(folder, 'web.conf'), ['iperf3', '-s', '-p', `${ports.bulk}`]]
    await serve(backend, programs, Object.values(ports))
  }
  const ours = await plugIn('ours', carriers.ours)
  await ours.forward()
  // As the service's container has it.
  const redirects = ['all', 'eth0'].map((name) => `net.ipv4.conf.${name}.send_redirects=0`)
  await ours.shell.run(['sysctl', '-qw', ...redirects])
  await ours.shell.run(['nft', '-f', '-'], ruleset())
  for (const { name, files, argvs } of rivals(backends)) {
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text)
    const place = await plugIn(name.replace(' ', '-'), carriers[name as keyof typeof carriers])
    await serve(place, argvs(folder), Object.values(ports))
  }

  const undo = stack.move()
  return {
    all: [
      { name: 'direct', address: backends[0] },
      ...Object.entries(carriers).map(([name, address]) => ({ name, address })),
    ],
    asClient: ['nsenter', `--net=/run/netns/${asked.name}`],
    [Symbol.asyncDispose]: () => undo.disposeAsync(),
  }
}

/** How many routes of others lie beside those that are measured. */
const routesBeside = 500

function ruleset(): string {
  const at = (address: string, port: number) => ({ address, port, weight: 1 })
  const pools: FilledPool[] = [
    { id: 'bulk', instances: [at(backends[0], ports.bulk)] },
    { id: 'web', instances: backends.map((address) => at(address, ports.web)) },
  ]
  const routes: Route[] = [
    { client, protocol: 'tcp', port: ports.bulk, pool: 'bulk' },
    { client, protocol: 'tcp', port: ports.web, pool: 'web' },
  ]
  for (let n = 0; n < routesBeside; n += 1) {
    const pool = `beside_${n % 50}`
    if (n < 50) pools.push({ id: pool, instances: [1, 2, 3].map((last) => at(`10.80.${n}.${last}`, 80)) })
    routes.push({ client: `10.79.${Math.floor(n / 250)}.${(n % 250) + 1}`, protocol: 'tcp', port: 80, pool })
  }
  return scripts.table({ routes, pools, clients: routes.map((route) => route.client) })
}

/** Starts programs, and waits until they listen. They end with this process, however it ends, and all of theirs too. */
async function serve(
  where: NetworkNamespace,
  argvs: readonly (readonly string[])[],
  all: readonly number[],
): Promise<void> {
  const alone = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child', '--']
  const running = argvs.map((argv) => where.start([...alone, ...argv]))
  const look = async () => {
    const ended = running.find((each) => each.exitCode() !== undefined)
    if (ended) throw new Hopeless(ended.written())
    const listeners = await where.shell.run(['ss', '-lntH'])
    return all.every((port) => new RegExp(`:${port}\\s`).test(listeners))
  }
  await eventually(`${where.name}: all of it listens`, look, { everyMs: 50 })
}

function deleteNow(namespace: string): void {
  try {
    execFileSync('ip', ['netns', 'delete', namespace], { stdio: 'ignore' })
  } catch {
    // It was deleted in good time.
  }
}
