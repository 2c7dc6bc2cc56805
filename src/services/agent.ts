import type { ContainerSpec } from '../model/container-spec.ts'
import type { Registration } from '../model/registration.ts'
import type { Settings } from '../settings/table.ts'
import type { Readiness } from './service.ts'

/** The settings that every agent uses. */
export const agentUses = ['HOSTNAME', 'ARPANET_IP', 'ARPANET_IMAGE', 'CONSUL_PORT'] as const

/** What one agent of the stack is, beside what all are. */
export interface AgentService {
  readonly agent: string
  readonly settings: Pick<Settings, (typeof agentUses)[number]>
  readonly container: string
  readonly image: string
  /** Of its metrics and health. */
  readonly port: number
  /** Exactly what the original takes, so that it can stand in for ours. */
  readonly args: readonly string[]
  /** Where time matters more than memory. */
  readonly isBusy?: true
  /** What has no argument, and only ours reads. */
  readonly environment?: Readonly<Record<string, string>>
}

const health = ({ settings, port }: AgentService): string => `${settings.ARPANET_IP}:${port}`

/** The original, or any other image that takes its arguments, answers nobody. */
const isOurs = ({ image, settings }: AgentService): boolean => image === settings.ARPANET_IMAGE

/**
 * An agent waits most of its life, and there are several on each host: V8 spends time rather than memory. With a
 * thousand containers to look at it is two thirds of the memory, for the same time. There is no WebAssembly then, and
 * so no fetch.
 */
const entrypoint = ({ isBusy }: AgentService): string[] => [
  '/usr/local/bin/node',
  ...(isBusy ? [] : ['--lite-mode']),
  '--max-semi-space-size=2',
  '/opt/arpanet/bin/run.js',
]

export const agentSpec = (service: AgentService): ContainerSpec => ({
  name: service.container,
  image: service.image,
  ...(isOurs(service) ? { entrypoint: entrypoint(service) } : {}),
  args: service.args,
  environment: {
    DOCKER_HOST: 'unix:///tmp/docker.sock',
    SERVICE_IGNORE: 'true',
    // Which agent of the image this is.
    ARPANETAGENT: service.agent,
    ARPANETHEALTH: health(service),
    HOSTNAME: service.settings.HOSTNAME,
    ...service.environment,
  },
  // Where the originals look for it.
  mounts: [{ source: '/var/run/docker.sock', target: '/tmp/docker.sock' }],
  network: 'host',
  // Root without a capability: it may use the socket, which is root's, and nothing else.
  user: '0:0',
  capabilities: [],
  restart: 'unless-stopped',
})

export const agentReady = (service: AgentService): Readiness =>
  isOurs(service)
    ? { kind: 'http', url: `http://${health(service)}/readyz`, budgetMs: 30_000 }
    : { kind: 'up', forMs: 2_000, budgetMs: 30_000 }

export const agentPage = (service: AgentService): string =>
  isOurs(service) ? `http://${health(service)}/metrics` : service.settings.ARPANET_IP

/** Consul asks ours whether it is ready, so that one that is stuck is seen. */
export const agentRegistration = (service: AgentService): Registration | undefined =>
  isOurs(service)
    ? {
        id: service.container,
        name: service.agent,
        address: service.settings.ARPANET_IP,
        port: service.port,
        tags: [],
        meta: {},
        checks: [{ kind: 'http', url: `http://${health(service)}/readyz`, interval: '10s', timeout: '5s' }],
      }
    : undefined
