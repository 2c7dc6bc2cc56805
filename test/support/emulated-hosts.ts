import { checkout, searchPath } from '../lab/places.ts'
import { join } from 'node:path'
import { eventually } from '../lab/eventually.ts'
import { observe, run, type Outcome } from '../lab/program.ts'
import { unpackConsul } from './consul-server.ts'
import { LinkedHosts } from './linked-hosts.ts'
import { NamespaceEngine } from './namespace-engine.ts'
import type { NetworkNamespace, Running } from './network-namespace.ts'

export interface HostPlan {
  /** Of its part of the overlay. */
  readonly bridge: 'docker0' | 'app'
  /** That part, without the last octet. */
  readonly part: string
  /** Of docker0, and so of its containers. */
  readonly mtuBytes: number
}

/** In a kernel where all is ten times slower. */
export const patience = { budgetMs: 240_000, everyMs: 1_000 }

/** A Docker engine and an agent of Consul in a network namespace. */
export class EmulatedHost {
  readonly name: string
  readonly ip: string
  readonly plan: HostPlan
  readonly namespace: NetworkNamespace
  readonly engine: NamespaceEngine

  private constructor(
    name: string,
    ip: string,
    plan: HostPlan,
    namespace: NetworkNamespace,
    engine: NamespaceEngine,
  ) {
    this.name = name
    this.ip = ip
    this.plan = plan
    this.namespace = namespace
    this.engine = engine
  }

  static async start(
    name: string,
    ip: string,
    plan: HostPlan,
    namespace: NetworkNamespace,
  ): Promise<EmulatedHost> {
    // As `setup` leaves it: only where docker0 is the bridge of the overlay is it a part of it.
    const address = plan.bridge === 'docker0' ? `${plan.part}.1/24` : '10.9.0.1/24'
    const engine = await NamespaceEngine.start(namespace, address, plan.mtuBytes)
    return new EmulatedHost(name, ip, plan, namespace, engine)
  }

  /** The tunnel's agent, as in its container. */
  startTunnel(env: Readonly<Record<string, string>> = {}): Running {
    const variables = {
      ...{ PATH: searchPath, HOSTNAME: this.name, ARPANETRC: '', ARPANETHEALTH: `${this.ip}:9613` },
      ...{ ARPANET_IP: this.ip, ARPANET_BRIDGE: this.plan.bridge, ARPANET_SUBNET: `${this.plan.part}.0/24` },
      ...{ DOCKER_HOST: `unix://${this.engine.socket}`, ...env },
    }
    return this.namespace.start([
      ...['env', '--ignore-environment', `--chdir=${checkout}`],
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      ...[process.execPath, '--lite-mode', 'bin/run.js', 'tunnel'],
    ])
  }

  exec(argv: readonly string[]): Promise<Outcome> {
    return observe(['nsenter', `--net=/run/netns/${this.namespace.name}`, ...argv])
  }
}

/**
 * Two such hosts, for the emulated kernel, with which they end:
 *
 *     docker0 ──── one ───── middle ───── two ──── docker0
 *                10.78.0.1             10.78.0.2
 *              Consul server         Consul client
 */
export async function startEmulatedHosts(
  plans: readonly [HostPlan, HostPlan],
): Promise<{ readonly hosts: readonly [EmulatedHost, EmulatedHost]; readonly middle: NetworkNamespace }> {
  const { one, middle, two } = await LinkedHosts.create()
  await unpackConsul('/run')
  const hosts = await Promise.all([
    EmulatedHost.start('one', '10.78.0.1', plans[0], one),
    EmulatedHost.start('two', '10.78.0.2', plans[1], two),
  ])
  const [server] = hosts
  for (const { name, ip, namespace } of hosts) {
    namespace.start([
      ...[
        '/run/consul',
        'agent',
        '-node',
        name,
        '-bind',
        ip,
        '-client',
        ip,
        '-data-dir',
        `/run/consul-${name}`,
      ],
      ...['-hcl', 'performance { raft_multiplier = 1 }'],
      ...(ip === server.ip ? ['-server', '-bootstrap-expect=1'] : [`-retry-join=${server.ip}`]),
    ])
  }
  return { hosts, middle }
}

/** Until an agent of the tunnel has a way to another host. */
export const isLinked = (agent: Running): Promise<unknown> =>
  eventually('there is a route to the other', (seen) => seen(agent.written()).includes('add route'), patience)

/** The tar of a root file system that holds sleep(1). */
export const sleepImage = async (): Promise<Buffer> =>
  (await run([join(checkout, 'test/vm/image')])).stdoutBytes
