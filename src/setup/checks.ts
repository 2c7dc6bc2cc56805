import { firstAddress } from '../model/address.ts'
import { isHeld, type Listener } from '../model/listener.ts'
import { holds, overlap } from '../model/subnet.ts'
import type { Settings } from '../settings/table.ts'
import { isOwnBridge } from './bridge.ts'
import { daemonJsonPath } from './daemon-json.ts'
import type { HostFacts } from './facts.ts'
import type { Fault } from './fault.ts'
import { hostsOf, isLocalSocket } from './systemd-unit.ts'

export type SetupSettings = Pick<
  Settings,
  | 'HOSTNAME'
  | 'ARPANET_IP'
  | 'DOCKER_PORT'
  | 'ARPANET_INSECURE_DOCKER'
  | 'ARPANET_BRIDGE'
  | 'ARPANET_CIDR'
  | 'ARPANET_SUBNET'
  | 'ARPANET_IMAGE'
  | 'CONSUL_PORT'
  | 'CONSUL_DATA'
  | 'CONSUL_NAME'
>

/** What this host must have before anything is changed; every fault it has, not the first. */
export function checkHost(facts: HostFacts, settings: SetupSettings, subnet: string | undefined): Fault[] {
  return [
    ...checkAddress(facts, settings),
    ...checkSubnet(facts, settings, subnet),
    ...checkBridge(facts, settings),
    ...checkEngine(facts),
    ...checkFlags(facts),
    ...checkPorts(facts, settings, subnet),
    ...checkDisk(facts),
    ...checkClock(facts),
  ]
}

function checkAddress({ addresses }: HostFacts, { ARPANET_IP }: SetupSettings): Fault[] {
  if (addresses.includes(ARPANET_IP)) return []
  return [
    {
      what: `ARPANET_IP: ${ARPANET_IP} is not an address of this host, expected one of ${addresses.join(', ')}`,
      mend: `export ARPANET_IP=${addresses[0] ?? '192.168.8.120'}`,
    },
  ]
}

function checkSubnet(
  { routes, bridgeDevice }: HostFacts,
  { ARPANET_CIDR, ARPANET_SUBNET, ARPANET_IP }: SetupSettings,
  subnet: string | undefined,
): Fault[] {
  if (subnet === undefined) {
    return [
      {
        what: `ARPANET_CIDR: ${ARPANET_CIDR} has no /24 number ${ARPANET_IP.split('.')[3]} for this host, expected ARPANET_SUBNET to name one`,
        mend: `export ARPANET_SUBNET=${ARPANET_CIDR.replace(/\/\d+$/, '/24')}`,
      },
    ]
  }
  if (!holds(ARPANET_CIDR, subnet)) {
    return [
      {
        what: `ARPANET_SUBNET: expected a part of ARPANET_CIDR, ${ARPANET_CIDR}, got "${ARPANET_SUBNET}"`,
        mend: `export ARPANET_SUBNET=${ARPANET_CIDR.replace(/\/\d+$/, '/24')}`,
      },
    ]
  }
  const inTheWay = routes.filter(
    (route) =>
      !route.subnet.endsWith('/0') && route.device !== bridgeDevice && overlap(route.subnet, ARPANET_CIDR),
  )
  return inTheWay.map((route) => ({
    what: `ARPANET_CIDR: ${ARPANET_CIDR} overlaps ${route.subnet}, which this host reaches through ${route.device}, expected a network that nobody uses`,
    mend: 'export ARPANET_CIDR=10.211.0.0/16   # on every host',
  }))
}

/** Docker gives a part of the overlay to one network only. */
function checkBridge({ bridge }: HostFacts, settings: SetupSettings): Fault[] {
  const { ARPANET_BRIDGE, ARPANET_CIDR } = settings
  if (isOwnBridge(settings) || !overlap(bridge, ARPANET_CIDR)) return []
  return [
    {
      what: `ARPANET_BRIDGE: docker0 has ${bridge} of ${ARPANET_CIDR}, expected that left to ${ARPANET_BRIDGE}`,
      mend: 'sudo -E arpanet setup --undo, and then setup again; or: export ARPANET_BRIDGE=docker0',
    },
  ]
}

const oldestEngine = [20, 10] as const

function checkEngine({ engine }: HostFacts): Fault[] {
  const faults: Fault[] = []
  const [major = 0, minor = 0] = engine.version.split('.').map(Number)
  if (major < oldestEngine[0] || (major === oldestEngine[0] && minor < oldestEngine[1])) {
    faults.push({
      what: `Docker: version ${engine.version}, expected ${oldestEngine.join('.')} or newer`,
      mend: 'apt-get install docker.io',
    })
  }
  if (engine.isRootless) {
    faults.push({
      what: "Docker: this engine runs as an ordinary user, expected the system's own",
      mend: 'unset DOCKER_HOST',
    })
  }
  return faults
}

/** Flags of dockerd that say what daemon.json is about to say: Docker does not start where both do. */
const ownFlags = /^(--(bip|dns|dns-search|mtu|tls\w*|allow-direct-routing|bridge|fixed-cidr|host)|-b|-H)(=|$)/

function checkFlags({ daemonArgs, unitCommand }: HostFacts): Fault[] {
  const hosts = unitCommand === undefined ? [] : hostsOf(unitCommand)
  const where = unitCommand === undefined ? '/etc/default/docker' : 'systemctl edit docker'
  const faults = daemonArgs
    .filter((arg, index) => {
      if (!ownFlags.test(arg) && !/^-H\S/.test(arg)) return false
      const value = /^-H=?(.+)/.exec(arg)?.[1] ?? /=(.*)/.exec(arg)?.[1] ?? daemonArgs[index + 1] ?? ''
      return !hosts.includes(value)
    })
    .map((arg) => ({
      what: `Docker: is started with ${arg}, expected that said in ${daemonJsonPath} alone`,
      mend: `take it out of its command line: ${where}`,
    }))
  const remote = hosts.filter((host) => !isLocalSocket(host))
  const elsewhere = daemonArgs.find((arg) => arg.startsWith('--config-file'))
  return [
    ...faults,
    ...remote.map((host) => ({
      what: `Docker: its unit opens ${host} already, expected no TCP socket but arpanet's`,
      mend: 'systemctl edit --full docker',
    })),
    ...(elsewhere === undefined
      ? []
      : [
          {
            what: `Docker: is started with ${elsewhere}, expected its configuration at ${daemonJsonPath}`,
            mend: `take it out of its command line: ${where}`,
          },
        ]),
  ]
}

function checkPorts(facts: HostFacts, settings: SetupSettings, subnet: string | undefined): Fault[] {
  const { ARPANET_IP: ip, CONSUL_PORT, DOCKER_PORT } = settings
  const at = (protocol: Listener['protocol'], address: string, port: number, use: string) => ({
    protocol,
    address,
    port,
    use,
  })
  const bridges = [facts.bridgeAddress, ...(subnet === undefined ? [] : [firstAddress(subnet)])]
  const consul = [
    at('tcp', ip, 8300, 'Consul'),
    ...[8301, 8302].flatMap((port) => [at('tcp', ip, port, 'Consul'), at('udp', ip, port, 'Consul')]),
    at('tcp', ip, CONSUL_PORT, "Consul's API"),
    at('tcp', '127.0.0.1', CONSUL_PORT, "Consul's API"),
    ...bridges.flatMap((address) => [
      at('tcp', address, 53, "Consul's DNS"),
      at('udp', address, 53, "Consul's DNS"),
    ]),
  ]
  const wanted = [
    ...(facts.consulRuns ? [] : consul),
    ...(facts.dockerListensThere ? [] : [at('tcp', ip, DOCKER_PORT, "Docker's TCP socket")]),
  ]
  const faults = wanted.flatMap((want) => {
    const holder = isHeld(facts.listeners, want)
    if (holder === undefined) return []
    const letter = want.protocol === 'tcp' ? 't' : 'u'
    return [
      {
        what: `port ${want.port} (${want.protocol}): held at ${holder.address} by another program, expected it free for ${want.use}`,
        mend: `ss -ln${letter}p 'sport = :${want.port}'   # shows which`,
      },
    ]
  })
  // One program at 0.0.0.0 is in the way of several addresses.
  return faults.filter(({ what }, index) => faults.findIndex((other) => other.what === what) === index)
}

const neededBytes = 1_000_000_000

function checkDisk({ disks }: HostFacts): Fault[] {
  return disks
    .filter(({ freeBytes }) => freeBytes < neededBytes)
    .map(({ path, freeBytes }) => ({
      what: `${path}: ${Math.floor(freeBytes / 1_000_000)} MB free, expected 1000 MB`,
      mend: 'docker system prune   # removes containers, networks and images that nothing uses',
    }))
}

const toleranceMs = 3_600_000

/** Certificates that begin tomorrow are of no use today. */
function checkClock({ now, newestChange }: HostFacts): Fault[] {
  if (newestChange.getTime() - now.getTime() < toleranceMs) return []
  return [
    {
      what: `clock: it is ${now.toISOString()} here, but files of this host were changed at ${newestChange.toISOString()}, expected a clock that goes right`,
      mend: 'apt-get install systemd-timesyncd',
    },
  ]
}
