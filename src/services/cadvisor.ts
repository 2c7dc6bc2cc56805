import type { Settings } from '../settings/table.ts'
import type { Service } from './service.ts'

const uses = ['ARPANET_IP', 'CADVISOR_PORT', 'CADVISOR_IMAGE', 'CADVISOR_NAME'] as const

type CadvisorSettings = Pick<Settings, (typeof uses)[number]>

const address = (settings: CadvisorSettings): string =>
  `http://${settings.ARPANET_IP}:${settings.CADVISOR_PORT}`

/** Metrics of every container of this host, as a page and for Prometheus. */
export const cadvisor: Service<(typeof uses)[number]> = {
  name: 'cadvisor',
  summary: 'metrics of every container of this host',
  uses,
  named: 'CADVISOR_NAME',
  leaves: false,
  spec: (settings) => ({
    name: settings.CADVISOR_NAME,
    image: settings.CADVISOR_IMAGE,
    args: [
      // Behind a published port it would listen on every address of the container; so it listens on one of the host.
      `--listen_ip=${settings.ARPANET_IP}`,
      `--port=${settings.CADVISOR_PORT}`,
      // Each costs little alone; with all of its defaults cAdvisor is the hungriest container of an idle host.
      '--housekeeping_interval=10s',
      '--docker_only=true',
      '--disable_metrics=tcp,udp,percpu,sched,process',
      // Else every label is one of each metric, the spec in ours too, and with it a gossip key among its arguments.
      '--store_container_labels=false',
      '--whitelisted_container_labels=arpanet.service',
    ],
    // It is in the catalogue already, whichever registrator runs.
    environment: { SERVICE_IGNORE: 'true' },
    // It reads the host and changes nothing, so root without a single capability is enough.
    mounts: [
      { source: '/', target: '/rootfs', readOnly: true },
      { source: '/var/run', target: '/var/run', readOnly: true },
      { source: '/sys', target: '/sys', readOnly: true },
      { source: '/var/lib/docker', target: '/var/lib/docker', readOnly: true },
    ],
    network: 'host',
    capabilities: [],
    restart: 'unless-stopped',
  }),
  ready: (settings) => ({ kind: 'http', url: `${address(settings)}/healthz`, budgetMs: 30_000 }),
  page: (settings) => `${address(settings)}/containers/`,
  registration: (settings) => ({
    id: settings.CADVISOR_NAME,
    name: 'cadvisor',
    address: settings.ARPANET_IP,
    port: settings.CADVISOR_PORT,
    tags: [],
    meta: {},
    checks: [
      {
        kind: 'http',
        url: `${address(settings)}/healthz`,
        interval: '10s',
        timeout: '5s',
        initialStatus: 'passing',
      },
    ],
  }),
}
