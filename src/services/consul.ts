import type { ContainerSpec } from '../model/container-spec.ts'
import type { Host } from '../model/host.ts'
import type { Settings } from '../settings/table.ts'
import type { Service } from './service.ts'

/** How this host takes part: the first server, a further one, or an agent that keeps no data. */
export type Mode = 'boot' | 'server' | 'client'
export const modes: readonly Mode[] = ['boot', 'server', 'client']

export interface ConsulOptions {
  readonly mode: Mode
  /** A host that is a member already; not for `boot`. */
  readonly join?: string | undefined
  /** Consul's own arguments, after ours, so that they win. */
  readonly args: readonly string[]
}

const uses = [
  'HOSTNAME',
  'ARPANET_IP',
  'CONSUL_PORT',
  'CONSUL_EXPECT',
  'CONSUL_DATA',
  'CONSUL_IMAGE',
  'CONSUL_NAME',
] as const

type ConsulSettings = Pick<Settings, (typeof uses)[number]>

/** Consul on the host's network: gossip over NAT flaps after restarts (docs/adr/0003). */
export const consul: Service<(typeof uses)[number], ConsulOptions> = {
  name: 'consul',
  summary: 'service discovery and the key-value store',
  uses,
  named: 'CONSUL_NAME',
  leaves: 'unless it takes the quorum',
  spec: (settings, host, options): ContainerSpec => ({
    name: settings.CONSUL_NAME,
    image: settings.CONSUL_IMAGE,
    args: ['agent', ...agentArgs(settings, host), ...modeArgs(settings, options), ...modern(options.args)],
    environment: {
      // Consul is in its own catalogue; a registrator would add every port that the image exposes.
      SERVICE_IGNORE: 'true',
      // The official image gives its program the right to bind port 53 when this is set.
      CONSUL_ALLOW_PRIVILEGED_PORTS: 'yes',
      // What `arpanet consul` runs in the container finds the agent here.
      CONSUL_HTTP_ADDR: `127.0.0.1:${settings.CONSUL_PORT}`,
    },
    mounts: [{ source: settings.CONSUL_DATA, target: '/consul/data' }],
    network: 'host',
    // The image's entrypoint owns the data folder, lets the program bind port 53, becomes the user consul, and its
    // first process, still root, passes signals on to it; no more.
    capabilities: [
      'CHOWN',
      'DAC_OVERRIDE',
      'FOWNER',
      'KILL',
      'NET_BIND_SERVICE',
      'SETFCAP',
      'SETGID',
      'SETUID',
    ],
    restart: 'unless-stopped',
  }),
  ready: (settings) => ({
    kind: 'http',
    url: `http://${settings.ARPANET_IP}:${settings.CONSUL_PORT}/v1/agent/self`,
    budgetMs: 30_000,
  }),
  page: (settings) => `http://${settings.ARPANET_IP}:${settings.CONSUL_PORT}/ui/`,
}

/** Flags that Consul 1.8 and today's both take. */
function agentArgs(settings: ConsulSettings, host: Host): string[] {
  return [
    '-data-dir=/consul/data',
    `-node=${settings.HOSTNAME}`,
    `-bind=${settings.ARPANET_IP}`,
    `-advertise=${settings.ARPANET_IP}`,
    '-client=127.0.0.1',
    `-http-port=${settings.CONSUL_PORT}`,
    '-dns-port=53',
    '-ui',
    // A host that left and comes back finds the members that it knew; `boot` has nobody else to ask.
    '-rejoin',
    ...host.resolvers.map((server) => `-recursor=${server}`),
    // Flags have no words for these.
    `-hcl=addresses { http = "${settings.ARPANET_IP} 127.0.0.1", dns = "${host.bridgeAddress}" }`,
    '-hcl=disable_update_check = true',
  ]
}

function modeArgs(settings: ConsulSettings, { mode, join }: ConsulOptions): string[] {
  // -retry-join, not -join: a container that Docker starts again must find the cluster whenever it comes up.
  const joining = join === undefined ? [] : [`-retry-join=${join}`, '-retry-interval=3s']
  if (mode === 'client') return joining
  const server = [
    '-server',
    // Docker stops with SIGTERM, which leaves a server a member; `arpanet stop` sends SIGINT to make it leave.
    '-hcl=skip_leave_on_interrupt = false',
    // Leaders are replaced in about 3 s instead of 10; 1 is for fast machines, 5 (Consul's own) for very slow ones.
    '-hcl=performance { raft_multiplier = 2 }',
  ]
  return [...server, ...(mode === 'boot' ? [`-bootstrap-expect=${settings.CONSUL_EXPECT}`] : joining)]
}

/** Consul 1.0 dropped `-dc`; the first arpanet's documents use it. */
function modern(args: readonly string[]): string[] {
  return args.map((arg) => arg.replace(/^--?dc(=|$)/, '-datacenter$1'))
}
