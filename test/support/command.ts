import { Config } from '@oclif/core'
import { Readable } from 'node:stream'
import type { CommandClass } from '../../src/base-command.ts'
import type { Agent, Cluster, KeyValue } from '../../src/drivers/consul/consul.ts'
import { monotonic } from '../../src/drivers/clock.ts'
import { certificates, type Certificates } from '../../src/drivers/certificates.ts'
import type { HttpJson, TlsStatus } from '../../src/drivers/http.ts'
import { machineAt, type Machine } from '../../src/drivers/machine.ts'
import type { Names } from '../../src/drivers/names.ts'
import { ArpanetError } from '../../src/errors.ts'
import type { Host } from '../../src/model/host.ts'
import { resolve, type Source } from '../../src/settings/resolve.ts'
import type { World } from '../../src/wire.ts'
import { fakeAgent, fakeCluster } from './consul-cluster.ts'
import { fakeDocker, type FakeDocker } from './docker.ts'
import { fakeKeyValue, fakeSessions } from './key-value.ts'

/** What a command finds. Whatever is not said is a host h1 without containers, in a cluster without members. */
export interface Surroundings {
  readonly docker?: FakeDocker
  readonly cluster?: Cluster
  readonly kv?: KeyValue
  readonly agent?: Agent
  readonly settings?: Source
  readonly host?: Partial<Host>
  readonly input?: Buffer
  /** The host itself; one that is not shown where there is none. */
  readonly machine?: Machine
  readonly certificates?: Certificates
  /** What a service of ours tells. */
  readonly json?: HttpJson
  readonly tls?: TlsStatus
  readonly names?: Names
}

/** What a person sees of a command. */
export interface Seen {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** Runs one command on fakes. */
export async function runOn(
  surroundings: Surroundings,
  command: CommandClass,
  id: string,
  ...argv: string[]
): Promise<Seen> {
  command.id = id
  const config = Object.assign(new Config({ root: process.cwd() }), { bin: 'arpanet' })
  config.runHook = () => Promise.resolve({ successes: [], failures: [] })
  const seen = { stdout: '', stderr: '', exitCode: 0 }
  const made = Object.assign(new command(argv, config), { world: worldOf(surroundings) })
  const streams = ['stdout', 'stderr'] as const
  for (const name of streams) {
    process[name].write = (chunk: string | Uint8Array) => {
      seen[name] += Buffer.from(chunk as string).toString()
      return true
    }
  }
  try {
    // What a command class's own `launch` calls.
    await (made as unknown as { _run(): Promise<void> })._run()
    seen.exitCode = Number(process.exitCode ?? 0)
  } catch (error) {
    if (!(error instanceof ArpanetError)) throw error
    seen.stderr += `${error.message}\n`
    seen.exitCode = error.exitCode
  } finally {
    // What was there is the stream's own, of its class.
    for (const name of streams) Reflect.deleteProperty(process[name], 'write')
    process.exitCode = undefined
  }
  return seen
}

function worldOf(surroundings: Surroundings): World {
  const { docker, cluster, agent, kv, settings, host, input, machine, tls, names } = surroundings
  const sources = [{ HOSTNAME: 'h1', ARPANET_IP: '192.0.2.1', ...settings }]
  const consul = {
    kv: kv ?? fakeKeyValue(),
    cluster: cluster ?? fakeCluster({}),
    agent: agent ?? fakeAgent(),
    sessions: fakeSessions(),
  }
  return {
    settings: (names) => Promise.resolve().then(() => resolve(names, sources)),
    docker: () => Promise.resolve(docker ?? fakeDocker({})),
    consul: () => Promise.resolve(consul),
    consulAt: () => Promise.resolve(consul),
    etcd: () => Promise.reject(new Error('there is no etcd')),
    inquiry: () => Promise.reject(new Error('nobody answers')),
    inquiryByVariables: () => Promise.reject(new Error('nobody answers')),
    records: () => Promise.reject(new Error('there is no DNS')),
    shell: () => Promise.reject(new Error('there are no programs')),
    variables: {},
    kernel: () => Promise.reject(new Error('there is no kernel')),
    ways: () => Promise.reject(new Error('there is no kernel')),
    httpJson: () => Promise.resolve(surroundings.json ?? (() => Promise.reject(new Error('nobody answers')))),
    host: (name) =>
      Promise.resolve({
        name,
        addresses: ['192.0.2.1', '198.51.100.7', '172.17.0.1'],
        bridgeAddress: '172.17.0.1',
        resolvers: ['198.51.100.1'],
        hasIpv6: true,
        ...host,
      }),
    http: () => Promise.resolve(() => Promise.resolve(200)),
    tls: () => Promise.resolve(tls ?? (() => Promise.resolve(200))),
    names: () =>
      Promise.resolve(names ?? { lookup: () => Promise.resolve([]), ask: () => Promise.resolve([]) }),
    certificates: () => Promise.resolve(surroundings.certificates ?? certificates),
    machine: () => Promise.resolve(machine ?? machineAt('/nowhere')),
    agency: () => Promise.resolve({ clock: monotonic, error: process.stderr, health: undefined }),
    terminal: {
      input: Readable.from(input === undefined ? [] : [input]) as unknown as NodeJS.ReadStream,
      output: process.stdout,
      error: process.stderr,
      type: undefined,
    },
  }
}
