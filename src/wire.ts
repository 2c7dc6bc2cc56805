import { parse } from 'dotenv'
import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import type { Certificates } from './drivers/certificates.ts'
import type { Consul, Inquiry } from './drivers/consul/consul.ts'
import type { Docker, Terminal } from './drivers/docker/docker.ts'
import type { Etcd } from './drivers/etcd.ts'
import { readText } from './drivers/files.ts'
import type { HttpJson, HttpStatus, TlsStatus } from './drivers/http.ts'
import type { monotonic } from './drivers/clock.ts'
import type { Machine } from './drivers/machine.ts'
import type { Conntrack } from './drivers/conntrack.ts'
import type { Ip } from './drivers/ip.ts'
import type { Iptables } from './drivers/iptables.ts'
import type { RoundTripMs } from './drivers/round-trip.ts'
import type { Files } from './drivers/files.ts'
import type { Names, Records } from './drivers/names.ts'
import type { Nft } from './drivers/nft.ts'
import type { Shell } from './drivers/shell.ts'
import type { Ovs } from './drivers/ovs.ts'
import type { Wireguard } from './drivers/wireguard.ts'
import type { Telemetry } from './drivers/telemetry.ts'
import type { Host } from './model/host.ts'
import type { ConsulEndpoint } from './model/registry-target.ts'
import { resolve, type Source } from './settings/resolve.ts'
import type { SettingName, Settings } from './settings/table.ts'

/** What commands and agents act on. Drivers are loaded when they are first asked for: `kv get` needs no Docker. */
export interface World {
  settings<Name extends SettingName>(names: readonly Name[]): Promise<Pick<Settings, Name>>
  docker(): Promise<Docker>
  consul(settings: Pick<Settings, 'ARPANET_IP' | 'CONSUL_PORT'>): Promise<Consul>
  /** Consul where an agent was told, and as the variables of Consul's own programs say. */
  consulAt(endpoint: ConsulEndpoint): Promise<Consul>
  /** Consul for what is asked again and again, each question with a connection of its own. */
  inquiry(host: string, port: number): Promise<Inquiry>
  /** The same of Consul where its own programs' variables say. */
  inquiryByVariables(): Promise<Inquiry>
  etcd(host: string, port: number): Promise<Etcd>
  host(name: string): Promise<Host>
  http(): Promise<HttpStatus>
  httpJson(): Promise<HttpJson>
  tls(): Promise<TlsStatus>
  names(): Promise<Names>
  /** Records of DNS, by the servers of /etc/resolv.conf. */
  records(): Promise<Records>
  /** Programs run where this process runs. */
  shell(): Promise<Shell>
  /** The kernel of the network namespace that the programs of `shell` run in. */
  kernel(shell: Shell): Promise<Kernel>
  ways(shell: Shell): Promise<Ways>
  certificates(): Promise<Certificates>
  /** The host itself; what it shows of its files only `setup` is given, by the wrapper. */
  machine(): Promise<Machine>
  readonly terminal: Terminal
  /** Of the environment what is no setting: PORT, and what Docker says of links. */
  readonly variables: Source
  /** What an agent runs on. */
  agency(): Promise<Agency>
}

export interface Kernel {
  readonly shell: Shell
  readonly nft: Nft
  readonly conntrack: Conntrack
}

/** What packets go by, of the network namespace that the programs of a shell run in. */
export interface Ways {
  readonly ip: Ip
  readonly iptables: Iptables
  readonly nft: Nft
  /** Of where this process runs. */
  readonly files: Pick<Files, 'readText'>
  readonly roundTripMs: RoundTripMs
  readonly wireguard: Wireguard
  readonly ovs: Ovs
}

export interface Agency {
  readonly clock: typeof monotonic
  readonly error: NodeJS.WritableStream
  /** Shows others how the agent of this name does; undefined where nobody said at which address. */
  readonly health: ((agent: string) => Promise<Telemetry>) | undefined
}

/** The one place where the environment is read. */
export function wire(environment: Source = process.env): World {
  const docker = async () => {
    const { connect } = await import('./drivers/docker/connect.ts')
    return connect(socketPath(environment), () => logins(environment))
  }
  const consulAt = async (endpoint: ConsulEndpoint) => {
    const { connect } = await import('./drivers/consul/connect.ts')
    const { wayTo } = await import('./drivers/consul/way.ts')
    return connect(await wayTo(endpoint, environment, readText))
  }
  return {
    settings: async (names) => {
      // The wrapper hands over what ~/.arpanetrc holds, for the container cannot see the user's home.
      const text = environment.ARPANETRC ?? (await readText(join(homedir(), '.arpanetrc')))
      return resolve(names, [chosen(environment), parse(text ?? ''), ownName()])
    },
    docker,
    consul: async (settings) => {
      const { connect } = await import('./drivers/consul/connect.ts')
      return connect({ host: settings.ARPANET_IP, port: settings.CONSUL_PORT })
    },
    consulAt,
    inquiryByVariables: () => consulAt({ at: 'default' }),
    inquiry: async (host, port) => (await import('./drivers/consul/connect.ts')).connect({ host, port }),
    etcd: async (host, port) => (await import('./drivers/etcd.ts')).connect(host, port),
    host: async (name) => {
      const { readHost } = await import('./drivers/host.ts')
      return readHost(name, await (await docker()).engine.bridge())
    },
    http: async () => (await import('./drivers/http.ts')).status,
    httpJson: async () => (await import('./drivers/http.ts')).json,
    tls: async () => (await import('./drivers/http.ts')).tlsStatus,
    names: async () => (await import('./drivers/names.ts')).names,
    records: async () => (await import('./drivers/names.ts')).recordsOf(),
    shell: async () => (await import('./drivers/shell.ts')).local,
    kernel: async (shell) => {
      const [nft, conntrack] = await Promise.all([
        import('./drivers/nft.ts'),
        import('./drivers/conntrack.ts'),
      ])
      return { shell, nft: nft.connect(shell), conntrack: conntrack.connect(shell) }
    },
    ways: async (shell) => {
      const [ip, iptables, nft, { readText }, { roundTripMs }, wireguard, ovs, { switchNames }] =
        await Promise.all([
          import('./drivers/ip.ts'),
          import('./drivers/iptables.ts'),
          import('./drivers/nft.ts'),
          import('./drivers/files.ts'),
          import('./drivers/round-trip.ts'),
          import('./drivers/wireguard.ts'),
          import('./drivers/ovs.ts'),
          import('./agents/tunnel/desired/ovs/names.ts'),
        ])
      return {
        ip: ip.connect(shell),
        iptables: iptables.connect(shell),
        nft: nft.connect(shell),
        files: { readText },
        roundTripMs,
        wireguard: wireguard.connect(shell),
        ovs: ovs.connect(shell, switchNames),
      }
    },
    variables: environment,
    certificates: async () => (await import('./drivers/certificates.ts')).certificates,
    machine: async () => (await import('./drivers/machine.ts')).machineAt('/host'),
    agency: async () => {
      const address = environment.ARPANETHEALTH
      return {
        clock: (await import('./drivers/clock.ts')).monotonic,
        error: process.stderr,
        health:
          address === undefined
            ? undefined
            : async (agent) => {
                const shown = (await import('./drivers/telemetry.ts')).telemetry(agent)
                await shown.listen(address)
                return shown
              },
      }
    },
    terminal: {
      input: process.stdin,
      output: process.stdout,
      error: process.stderr,
      type: environment.TERM,
    },
  }
}

/** Docker and bash set HOSTNAME to what the host is called anyway: nobody's choice, so `.arpanetrc` goes before it. */
function chosen(environment: Source): Source {
  return environment.HOSTNAME === hostname() ? { ...environment, HOSTNAME: undefined } : environment
}

/** A container that was not given its host's name is called by the first twelve digits of its id. */
function ownName(): Source {
  return /^[0-9a-f]{12}$/.test(hostname()) ? {} : { HOSTNAME: hostname() }
}

/** What the caller's docker client knows of registries: as the wrapper hands it over, else where the client keeps it. */
async function logins(environment: Source): Promise<string | undefined> {
  const folder = environment.DOCKER_CONFIG ?? join(homedir(), '.docker')
  return (
    environment.ARPANETLOGINS ??
    (await readText('/host/docker/config.json')) ??
    (await readText(join(folder, 'config.json')))
  )
}

/** As the docker client: the socket that DOCKER_HOST names, else the usual one. */
function socketPath(environment: Source): string {
  const host = environment.DOCKER_HOST ?? ''
  return host.startsWith('unix://') ? host.slice('unix://'.length) : '/var/run/docker.sock'
}
