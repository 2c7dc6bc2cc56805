import type { Settings } from '../settings/table.ts'
import type { Readiness, Service } from './service.ts'

const uses = [
  'HOSTNAME',
  'ARPANET_IP',
  'ARPANET_IMAGE',
  'CONSUL_PORT',
  'REGISTRATOR_IMAGE',
  'REGISTRATOR_NAME',
  'REGISTRATOR_PORT',
  'REGISTRATOR_INTERNAL',
  'REGISTRATOR_SCRIPTS',
] as const

type RegistratorSettings = Pick<Settings, (typeof uses)[number]>

const health = (settings: RegistratorSettings): string =>
  `${settings.ARPANET_IP}:${settings.REGISTRATOR_PORT}`

/** The original, or any other image that takes its arguments, answers nobody. */
const isOurs = (settings: RegistratorSettings): boolean =>
  settings.REGISTRATOR_IMAGE === settings.ARPANET_IMAGE

/** Puts every container of this host into Consul's catalogue, and takes it out again. */
export const registrator: Service<(typeof uses)[number]> = {
  name: 'registrator',
  summary: "puts this host's containers into Consul's catalogue",
  uses,
  named: 'REGISTRATOR_NAME',
  leaves: false,
  spec: (settings) => ({
    name: settings.REGISTRATOR_NAME,
    image: settings.REGISTRATOR_IMAGE,
    // Exactly what the original takes, so that it can stand in for ours.
    args: [
      ...(settings.REGISTRATOR_INTERNAL ? ['-internal'] : ['-ip', settings.ARPANET_IP]),
      '-cleanup',
      '-resync=30',
      '-retry-attempts=-1',
      `consul://${settings.ARPANET_IP}:${settings.CONSUL_PORT}`,
    ],
    environment: {
      DOCKER_HOST: 'unix:///tmp/docker.sock',
      SERVICE_IGNORE: 'true',
      // What only ours reads: which agent of the image this is, and what has no argument.
      ARPANETAGENT: 'registrator',
      ARPANETHEALTH: health(settings),
      HOSTNAME: settings.HOSTNAME,
      ARPANET_IP: settings.ARPANET_IP,
      REGISTRATOR_SCRIPTS: settings.REGISTRATOR_SCRIPTS ? '1' : '0',
    },
    // Where the original looks for it.
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
          id: settings.REGISTRATOR_NAME,
          name: 'registrator',
          address: settings.ARPANET_IP,
          port: settings.REGISTRATOR_PORT,
          tags: [],
          meta: {},
          checks: [
            { kind: 'http', url: `http://${health(settings)}/readyz`, interval: '10s', timeout: '5s' },
          ],
        }
      : undefined,
}
