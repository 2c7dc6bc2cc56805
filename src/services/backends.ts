import type { Settings } from '../settings/table.ts'
import type { Service } from './service.ts'

const uses = ['AMBASSADORD_IMAGE', 'AMBASSADOR_NAME'] as const

/**
 * The network namespace that containers reach as `backends`. The ambassador writes the rules in it from outside, so
 * that neither its end nor its next version cuts a connection.
 */
export const backends: Service<(typeof uses)[number]> = {
  name: 'backends',
  summary: 'what containers connect to in order to reach a service',
  uses,
  named: 'AMBASSADOR_NAME',
  leaves: false,
  spec: (settings: Pick<Settings, (typeof uses)[number]>, { hasIpv6 }) => ({
    name: settings.AMBASSADOR_NAME,
    image: settings.AMBASSADORD_IMAGE,
    entrypoint: ['/bin/sleep'],
    args: ['infinity'],
    environment: { SERVICE_IGNORE: 'true' },
    mounts: [],
    network: 'bridge',
    sysctls: {
      'net.ipv4.ip_forward': '1',
      ...(hasIpv6 ? { 'net.ipv6.conf.all.forwarding': '1' } : {}),
      // Packets leave by the link that they came by, and the kernel would look for a shorter way to tell of with each.
      'net.ipv4.conf.all.send_redirects': '0',
      'net.ipv4.conf.default.send_redirects': '0',
      'net.ipv4.conf.eth0.send_redirects': '0',
    },
    // Its one process has no right to anything; the ambassador's programs in it are root with this capability.
    user: '65534:65534',
    capabilities: ['NET_ADMIN'],
    restart: 'unless-stopped',
    outlivesImage: true,
  }),
  ready: () => ({ kind: 'up', forMs: 0, budgetMs: 30_000 }),
  page: (settings) => `--link ${settings.AMBASSADOR_NAME}:backends`,
}
