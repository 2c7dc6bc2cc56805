import { isDeepStrictEqual } from 'node:util'
import { daemonJsonPath, type DaemonKeys } from './daemon-json.ts'
import type { Fault } from './fault.ts'
import { isLocalSocket } from './systemd-unit.ts'

/** Where the certificates of Docker's TCP socket lie; the client's are named as DOCKER_CERT_PATH expects them. */
export const tlsFolder = '/etc/arpanet/tls'
export const tlsFiles = {
  authority: `${tlsFolder}/ca.pem`,
  authorityKey: `${tlsFolder}/ca-key.pem`,
  server: `${tlsFolder}/server.pem`,
  serverKey: `${tlsFolder}/server-key.pem`,
  client: `${tlsFolder}/cert.pem`,
  clientKey: `${tlsFolder}/key.pem`,
} as const

/** What of this host Docker's configuration depends on. */
export interface DaemonWish {
  /** Of Docker's own bridge, with the prefix of its network, as 10.210.8.1/24. */
  readonly bip: string
  /** The servers that the host itself asks. */
  readonly resolvers: readonly string[]
  /** The domains that the host itself searches. */
  readonly searches: readonly string[]
  /** Of the network between the hosts. */
  readonly underlayMtuBytes: number
  readonly knowsDirectRouting: boolean
  /** `tcp://ADDRESS:PORT`. */
  readonly tcp: string
  readonly tls: boolean
  /** Where the engine listens on this host: where its unit says, or at the usual socket. */
  readonly locals: readonly string[]
}

/**
 * What a tunnel between hosts may add to a packet: 50 = 20 IPv4 + 8 UDP + 8 VXLAN + 14 Ethernet, the most of the
 * drivers that are chosen by themselves; GRE with a key adds 28.
 */
const tunnelBytes = 50

const tlsNames = ['tlsverify', 'tlscacert', 'tlscert', 'tlskey', 'tls'] as const

/** The domain of Consul's services, so that a container finds `redis` as `redis.service.consul`. */
const serviceDomain = 'service.consul'

/** The keys that Docker should have, made of those that the user has: theirs stay, ours are added or named as faults. */
export function daemonKeys(user: DaemonKeys, wish: DaemonWish): { keys: DaemonKeys; faults: Fault[] } {
  const { bip } = wish
  const [bridge = ''] = bip.split('/')
  const mtu = wish.underlayMtuBytes - tunnelBytes
  const usersDns = list(user.dns)
  const usersSearch = list(user['dns-search'])
  const hosts = list(user.hosts)
  const tls = {
    tlsverify: true,
    tlscacert: tlsFiles.authority,
    tlscert: tlsFiles.server,
    tlskey: tlsFiles.serverKey,
  }
  const ours: DaemonKeys = {
    dns: distinct([bridge, ...(usersDns.length > 0 ? usersDns : wish.resolvers)]),
    'dns-search': distinct([serviceDomain, ...(usersSearch.length > 0 ? usersSearch : wish.searches)]),
    bip,
    // A smaller one than ours has its reason.
    mtu: typeof user.mtu === 'number' && user.mtu > 0 && user.mtu < mtu ? user.mtu : mtu,
    ...(wish.knowsDirectRouting ? { 'allow-direct-routing': true } : {}),
    hosts: distinct([...(hosts.length > 0 ? hosts : wish.locals), wish.tcp]),
    ...(wish.tls ? tls : {}),
  }
  return { keys: { ...user, ...ours }, faults: faultsOf(user, bip, wish, wish.tls ? tls : {}) }
}

function faultsOf(user: DaemonKeys, bip: string, wish: DaemonWish, tls: DaemonKeys): Fault[] {
  const faults: Fault[] = []
  const fault = (what: string, mend: string) => {
    faults.push({ what: `${daemonJsonPath}: ${what}`, mend })
  }
  const without = (name: string) => `take "${name}" out of ${daemonJsonPath}`
  if (user.bip !== undefined && user.bip !== bip) {
    const [address = '', bits] = (typeof user.bip === 'string' ? user.bip : '').split('/')
    const asSetting = `export ARPANET_SUBNET=${address.replace(/\d+$/, '0')}/24`
    fault(
      `"bip" is ${JSON.stringify(user.bip)}, expected "${bip}", this host's part of ARPANET_CIDR`,
      bits === '24' && address.endsWith('.1') ? `${without('bip')}, or: ${asSetting}` : without('bip'),
    )
  }
  for (const name of ['bridge', 'fixed-cidr']) {
    if (user[name] !== undefined) {
      fault(`"${name}" is ${JSON.stringify(user[name])}, expected Docker's own bridge, whole`, without(name))
    }
  }
  const strangers = list(user.hosts).filter((host) => !isLocalSocket(host) && host !== wish.tcp)
  if (strangers.length > 0) {
    fault(
      `"hosts" opens ${strangers.join(' and ')} already, expected no TCP socket beside ${wish.tcp}, as all have one TLS`,
      `take ${strangers.join(' and ')} out of "hosts" in ${daemonJsonPath}`,
    )
  }
  for (const name of tlsNames) {
    if (user[name] !== undefined && !isDeepStrictEqual(user[name], tls[name])) {
      fault(`"${name}" is ${JSON.stringify(user[name])}, expected arpanet's own TLS alone`, without(name))
    }
  }
  return faults
}

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

const distinct = (values: readonly string[]): string[] => [...new Set(values)]
