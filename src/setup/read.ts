import { isUp } from '../model/container.ts'
import { serviceLabel } from '../model/container-spec.ts'
import type { Docker } from '../drivers/docker/docker.ts'
import type { Files } from '../drivers/files.ts'
import type { Machine } from '../drivers/machine.ts'
import type { Host } from '../model/host.ts'
import type { SetupSettings } from './checks.ts'
import { parseDaemonJson, daemonJsonPath } from './daemon-json.ts'
import type { HostFacts } from './facts.ts'
import { overlap, prefixOf } from '../model/subnet.ts'
import { pathsOf } from './plan.ts'
import type { Actual, ActualFiles } from './steps.ts'
import type { BridgeFacts } from './undo.ts'
import { parseRecord, recordPath } from './record.ts'
import { dropInPath, execStart, unitFolders } from './systemd-unit.ts'

/** Written to whenever something happens on a host. */
const busyFolders = ['/etc', '/var/log', '/var/lib/docker']

const defaultMtuBytes = 1500

/** Reads all that setup decides by. */
export async function readFacts(
  machine: Machine,
  docker: Docker,
  host: Host,
  settings: SetupSettings,
): Promise<HostFacts> {
  const { files } = machine
  const [addresses, routes, listeners, mtu, searches, dockerd, version, isRootless, bridge, consul, busy] =
    await Promise.all([
      machine.addresses(),
      machine.routes(),
      machine.listeners(),
      machine.mtuBytes(settings.ARPANET_IP),
      machine.searches(),
      machine.dockerd(),
      docker.engine.version(),
      docker.engine.isRootless(),
      docker.engine.bridge(),
      docker.containers.find(settings.CONSUL_NAME),
      Promise.all(busyFolders.map((path) => files.facts(path))),
    ])
  const disks = await Promise.all(
    ['/var/lib/docker', settings.CONSUL_DATA].map(async (path) => ({
      path,
      freeBytes: await files.freeBytes(path),
    })),
  )
  return {
    now: machine.now(),
    newestChange: new Date(Math.max(0, ...busy.map((facts) => facts?.modifiedAt.getTime() ?? 0))),
    addresses: addresses.filter((each) => !each.startsWith('127.') && each !== host.bridgeAddress),
    routes,
    listeners,
    underlayMtuBytes: mtu ?? defaultMtuBytes,
    resolvers: host.resolvers,
    searches,
    bridgeAddress: host.bridgeAddress,
    bridgeDevice: bridge.device,
    bridge: withPrefix(host.bridgeAddress, bridge.subnet),
    engine: { version: version.version, isRootless },
    daemonArgs: dockerd?.args ?? [],
    daemonStartedAt: dockerd?.startedAt,
    unitCommand: await readUnit(files),
    consulRuns: consul !== undefined && isUp(consul) && consul.labels[serviceLabel] !== undefined,
    dockerListensThere: await opensSocket(files, tcpOf(settings)),
    disks,
  }
}

/** An address as `bip` has it. */
const withPrefix = (address: string, subnet: string): string => `${address}/${prefixOf(subnet)}`

/** Since the kernel's clock and a file's are not read at the same moment. */
const startMarginMs = 3_000

/** Whether a process was started before a change, as far as both are known. */
export const isOlder = (startedAt: Date | undefined, changedAt: Date | undefined): boolean =>
  startedAt !== undefined &&
  changedAt !== undefined &&
  changedAt.getTime() > startedAt.getTime() + startMarginMs

/** Docker's bridge, for what puts it back. */
export async function readBridge(
  machine: Machine,
  docker: Docker,
  host: Host,
  former: string | undefined,
): Promise<BridgeFacts> {
  const [{ subnet, device }, routes, dockerd, written] = await Promise.all([
    docker.engine.bridge(),
    machine.routes(),
    machine.dockerd(),
    machine.files.facts(daemonJsonPath),
  ])
  const others = routes.filter((route) => route.device !== device && !route.subnet.endsWith('/0'))
  return {
    now: withPrefix(host.bridgeAddress, subnet),
    isRead: !isOlder(dockerd?.startedAt, written?.changedAt),
    isFormerFree: former !== undefined && !others.some((route) => overlap(route.subnet, former)),
  }
}

/** Where Docker is to be reached from elsewhere. */
export const tcpOf = ({ ARPANET_IP, DOCKER_PORT }: SetupSettings): string =>
  `tcp://${ARPANET_IP}:${DOCKER_PORT}`

async function opensSocket(files: Files, tcp: string): Promise<boolean> {
  const parsed = parseDaemonJson((await files.readText(daemonJsonPath)) ?? '')
  return 'keys' in parsed && Array.isArray(parsed.keys.hosts) && parsed.keys.hosts.includes(tcp)
}

/** What systemd starts Docker with, as if there were no drop-in of ours; undefined where systemd does not run. */
async function readUnit(files: Files): Promise<string | undefined> {
  // sd_booted(3)
  if ((await files.facts('/run/systemd/system')) === undefined) return undefined
  const units = await Promise.all(unitFolders.map((folder) => files.readText(`${folder}/docker.service`)))
  const dropIns = new Map<string, string>()
  for (const folder of unitFolders) {
    for (const name of await files.list(`${folder}/docker.service.d`)) {
      const path = `${folder}/docker.service.d/${name}`
      if (!name.endsWith('.conf') || path === dropInPath || dropIns.has(name)) continue
      dropIns.set(name, (await files.readText(path)) ?? '')
    }
  }
  const inOrder = [...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
  const unit = units.find((text) => text !== undefined)
  return unit === undefined ? undefined : execStart([unit, ...inOrder])
}

/** The files and folders that a plan may depend on, those included that a setup with other settings made. */
export async function readFiles(files: Files, consulData: string): Promise<ActualFiles> {
  const { made } = parseRecord(await files.readText(recordPath))
  const paths = [...new Set([...pathsOf(consulData), ...made])]
  const found = await Promise.all(
    paths.map(async (path): Promise<[string, Actual] | undefined> => {
      const facts = await files.facts(path)
      if (facts === undefined) return undefined
      return [path, { facts, text: facts.kind === 'file' ? await files.readText(path) : undefined }]
    }),
  )
  return new Map(found.filter((each) => each !== undefined))
}
