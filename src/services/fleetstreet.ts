import type { Settings } from '../settings/table.ts'
import type { Readiness, Service } from './service.ts'

const uses = [
  'HOSTNAME',
  'ARPANET_IP',
  'ARPANET_IMAGE',
  'CONSUL_PORT',
  'CONSUL_KV_PATH',
  'FLEETSTREET_IMAGE',
  'FLEETSTREET_NAME',
  'FLEETSTREET_PORT',
  'FLEETSTREET_ENV',
] as const

type FleetstreetSettings = Pick<Settings, (typeof uses)[number]>

const health = (settings: FleetstreetSettings): string =>
  `${settings.ARPANET_IP}:${settings.FLEETSTREET_PORT}`

/** The original, or any other image that takes its arguments, answers nobody. */
const isOurs = (settings: FleetstreetSettings): boolean =>
  settings.FLEETSTREET_IMAGE === settings.ARPANET_IMAGE

/** Tells the whole cluster what this host's containers are. */
export const fleetstreet: Service<(typeof uses)[number]> = {
  name: 'fleetstreet',
  summary: 'tells the cluster what runs on this host',
  uses,
  named: 'FLEETSTREET_NAME',
  leaves: false,
  spec: (settings) => ({
    name: settings.FLEETSTREET_NAME,
    image: settings.FLEETSTREET_IMAGE,
    // What the original takes, so that it can stand in for ours. It was told -ensure too, and so left out all containers
    // but the stack's own.
    args: [
      `-ip=${settings.ARPANET_IP}`,
      `consul://${settings.ARPANET_IP}:${settings.CONSUL_PORT}/${folderOf(settings)}`,
    ],
    environment: {
      DOCKER_HOST: 'unix:///tmp/docker.sock',
      SERVICE_IGNORE: 'true',
      // What only ours reads: which agent of the image this is, and what has no argument.
      ARPANETAGENT: 'fleetstreet',
      ARPANETHEALTH: health(settings),
      HOSTNAME: settings.HOSTNAME,
      FLEETSTREET_ENV: settings.FLEETSTREET_ENV,
    },
    mounts: [{ source: '/var/run/docker.sock', target: '/tmp/docker.sock' }],
    network: 'host',
    // Root without a capability: it may use the socket, which is root's, and nothing else.
    user: '0:0',
    capabilities: [],
    restart: 'unless-stopped',
  }),
  ready: (settings): Readiness =>
    isOurs(settings)
      ? { kind: 'http', url: `http://${health(settings)}/readyz`, budgetMs: 30_000 }
      : { kind: 'up', forMs: 2_000, budgetMs: 30_000 },
  page: (settings) => (isOurs(settings) ? `http://${health(settings)}/metrics` : settings.ARPANET_IP),
  registration: (settings) =>
    isOurs(settings)
      ? {
          id: settings.FLEETSTREET_NAME,
          name: 'fleetstreet',
          address: settings.ARPANET_IP,
          port: settings.FLEETSTREET_PORT,
          tags: [],
          meta: {},
          checks: [
            { kind: 'http', url: `http://${health(settings)}/readyz`, interval: '10s', timeout: '5s' },
          ],
        }
      : undefined,
}

/** Without slashes at its ends, as in keys. */
const folderOf = ({ CONSUL_KV_PATH }: FleetstreetSettings): string =>
  `${CONSUL_KV_PATH.replace(/^\/|\/$/g, '')}/containers`
