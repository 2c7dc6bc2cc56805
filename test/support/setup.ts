import type { Certificates } from '../../src/drivers/certificates.ts'
import type { Files } from '../../src/drivers/files.ts'
import type { Machine } from '../../src/drivers/machine.ts'
import type { SetupSettings } from '../../src/setup/checks.ts'
import type { HostFacts } from '../../src/setup/facts.ts'

/** The settings of a host h1 at 192.0.2.1 that says nothing of its own. */
export const setupSettings: SetupSettings = {
  HOSTNAME: 'h1',
  ARPANET_IP: '192.0.2.1',
  DOCKER_PORT: 2376,
  ARPANET_INSECURE_DOCKER: false,
  ARPANET_BRIDGE: 'docker0',
  ARPANET_CIDR: '10.210.0.0/16',
  ARPANET_SUBNET: undefined,
  ARPANET_IMAGE: 'binocarlos/arpanet:3',
  CONSUL_PORT: 8500,
  CONSUL_DATA: '/mnt/arpanet-consul',
  CONSUL_NAME: 'arpanet_consul',
}

/** What is to know of a host h1 that lacks nothing. */
export const aHost = (changes: Partial<HostFacts> = {}): HostFacts => ({
  now: new Date('2026-01-01T00:00:00Z'),
  newestChange: new Date('2025-12-31T23:59:00Z'),
  addresses: ['192.0.2.1'],
  routes: [
    { subnet: '0.0.0.0/0', device: 'eth0' },
    { subnet: '192.0.2.0/24', device: 'eth0' },
    { subnet: '172.17.0.0/16', device: 'docker0' },
  ],
  listeners: [{ protocol: 'tcp', address: '0.0.0.0', port: 22 }],
  underlayMtuBytes: 1500,
  resolvers: ['198.51.100.1'],
  searches: [],
  bridgeAddress: '172.17.0.1',
  bridgeDevice: 'docker0',
  bridge: '172.17.0.1/16',
  engine: { version: '28.5.1', isRootless: false },
  daemonArgs: [],
  daemonStartedAt: new Date('2025-12-31T00:00:00Z'),
  unitCommand: undefined,
  consulRuns: false,
  dockerListensThere: false,
  disks: [
    { path: '/var/lib/docker', freeBytes: 20_000_000_000 },
    { path: '/mnt/arpanet-consul', freeBytes: 20_000_000_000 },
  ],
  ...changes,
})

/** Certificates that are signed at once, and read as easily: what they say stands in them as JSON. */
export function fakeCertificates(now = new Date('2026-01-01T00:00:00Z')): Certificates {
  let issued = 0
  return {
    issue: ({ purpose, name, addresses }, days, authority) => {
      issued += 1
      const notAfter = new Date(now.getTime() + days * 86_400_000)
      const facts = { purpose, name, addresses, notAfter, number: issued, issuer: authority?.certificate }
      return Promise.resolve({ certificate: JSON.stringify(facts), key: `key ${issued}` })
    },
    read: ({ certificate, key }, authority) => {
      try {
        const { purpose, addresses, notAfter, number, issuer } = JSON.parse(certificate) as Said
        if (key !== `key ${number}` || (authority !== undefined && issuer !== authority)) return undefined
        return { addresses, notAfter: new Date(notAfter), isAuthority: purpose === 'authority' }
      } catch {
        return undefined
      }
    },
  }
}

interface Said {
  readonly purpose: string
  readonly addresses: readonly string[]
  readonly notAfter: string
  readonly number: number
  readonly issuer?: string
}

/** A machine h1 with these files, that lacks nothing. */
export const aMachine = (files: Files, changes: Partial<Machine> = {}): Machine => ({
  files,
  isShown: () => Promise.resolve(true),
  isRoot: true,
  now: () => new Date('2026-01-01T00:00:00Z'),
  addresses: () => Promise.resolve(['127.0.0.1', '172.17.0.1', '192.0.2.1']),
  routes: () => Promise.resolve([{ subnet: '192.0.2.0/24', device: 'eth0' }]),
  listeners: () => Promise.resolve([]),
  mtuBytes: () => Promise.resolve(1500),
  searches: () => Promise.resolve([]),
  dockerd: () => Promise.resolve({ args: [], startedAt: new Date('2025-12-31T00:00:00Z') }),
  ...changes,
})
