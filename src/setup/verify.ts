import type { Docker } from '../drivers/docker/docker.ts'
import type { Files } from '../drivers/files.ts'
import type { TlsStatus, HttpStatus } from '../drivers/http.ts'
import type { Names } from '../drivers/names.ts'
import { unavailable } from '../errors.ts'
import { firstAddress } from '../model/address.ts'
import type { SetupSettings } from './checks.ts'
import { tlsFiles } from './daemon-keys.ts'
import { tcpOf } from './read.ts'

/** What a host that was set up is looked at with. */
export interface Probes {
  readonly docker: Docker
  readonly files: Files
  readonly http: HttpStatus
  readonly tls: TlsStatus
  readonly names: Names
}

/** A name of the world outside: RFC 2606 keeps it for such uses. */
const publicName = 'www.example.com'
export const consulName = 'consul.service.consul'
const lookupBudgetMs = 60_000

/** Both sockets and the bridge, as setup wants them; no `subnet` where it is to be as it was. Says what it found; throws what is not so. */
export async function verifyEngine(
  settings: SetupSettings,
  subnet: string | undefined,
  { docker, files, http, tls }: Probes,
): Promise<string[]> {
  const { gateway, subnet: actual } = await docker.engine.bridge()
  const wanted = subnet && firstAddress(subnet)
  if (subnet !== undefined && (actual !== subnet || (gateway !== undefined && gateway !== wanted))) {
    throw unavailable(
      `Docker: its bridge has ${actual}, expected ${subnet}: it has not started anew with its configuration`,
      'docker stop $(docker ps -q)   # where "live-restore" keeps the bridge as it is\nsudo -E arpanet setup',
    )
  }
  const { ARPANET_IP, DOCKER_PORT, ARPANET_INSECURE_DOCKER } = settings
  const at = `${ARPANET_IP}:${DOCKER_PORT}/_ping`
  if (ARPANET_INSECURE_DOCKER) {
    const status = await http(`http://${at}`)
    if (status !== 200) throw noAnswer(settings, status === undefined ? 'no answer' : `status ${status}`)
    return [`Docker listens at ${tcpOf(settings)}, for everybody, without TLS`]
  }
  const [ca, cert, key] = await Promise.all(
    [tlsFiles.authority, tlsFiles.client, tlsFiles.clientKey].map((path) => files.readText(path)),
  )
  const withCertificate = await tls(`https://${at}`, { ca: ca ?? '', cert: cert ?? '', key: key ?? '' })
  if (withCertificate !== 200) {
    throw noAnswer(
      settings,
      withCertificate instanceof Error ? withCertificate.message : `status ${withCertificate}`,
    )
  }
  const without = await tls(`https://${at}`, { ca: ca ?? '' })
  if (typeof without === 'number') {
    throw unavailable(
      `Docker: ${tcpOf(settings)} answers a client without a certificate (status ${without}), expected it to refuse`,
      'sudo -E arpanet setup --dry-run',
    )
  }
  return [`Docker listens at ${tcpOf(settings)}, for clients with its certificate and no others`]
}

const noAnswer = (settings: SetupSettings, why: string) =>
  unavailable(
    `Docker: ${tcpOf(settings)} does not answer as it should (${why})`,
    'journalctl -u docker -n 20   # or: tail /var/log/docker.log',
  )

/** Names as a container on Docker's bridge finds them. `consulLeads`: Consul runs here and its cluster has a leader. */
export async function verifyNames(
  settings: SetupSettings,
  resolvers: readonly string[],
  consulLeads: boolean,
  { docker, names }: Probes,
): Promise<string[]> {
  const hostKnows = (await names.ask(publicName, resolvers)).length > 0
  const wanted = [...(hostKnows ? [publicName] : []), ...(consulLeads ? [consulName] : [])]
  const lines = hostKnows
    ? []
    : [`this host's resolvers (${resolvers.join(', ') || 'none'}) do not know ${publicName}: not tried`]
  if (!consulLeads)
    lines.push('Consul has no leader yet, so its names were not tried: arpanet setup --verify does')
  if (wanted.length === 0) return lines
  const { exitCode, output } = await docker.containers.run(
    settings.ARPANET_IMAGE,
    ['lookup', ...wanted],
    lookupBudgetMs,
  )
  if (exitCode !== 0) {
    throw unavailable(
      `Docker: a container does not find ${wanted.join(' and ')}:\n${output.trim()}`,
      `docker run --rm --entrypoint cat ${settings.ARPANET_IMAGE} /etc/resolv.conf`,
    )
  }
  return [`containers find ${wanted.join(' and ')}`, ...lines]
}

/** The line that makes the host reachable by name from a docker client that has the certificates. */
export function contextLine(settings: SetupSettings): string {
  const tls = settings.ARPANET_INSECURE_DOCKER
    ? ''
    : `,ca=${tlsFiles.authority},cert=${tlsFiles.client},key=${tlsFiles.clientKey}`
  return `docker context create ${settings.HOSTNAME} --docker host=${tcpOf(settings)}${tls}`
}
