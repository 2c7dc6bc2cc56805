import { containerView } from '../../model/container-view.ts'
import type { ContainerPort, DockerContainer, Health } from '../../model/docker-container.ts'
import { parseTemplate } from '../../model/go-template.ts'
import { TemplateError } from '../../model/go-template-values.ts'
import type { RegistrationPolicy } from '../../model/registration-policy.ts'
import type { Check, CheckStatus, Registration } from '../../model/registration.ts'
import { defaultInterval, serviceChecks } from '../../model/service-checks.ts'
import { endpointsOf, type Endpoint } from '../../model/service-endpoint.ts'
import { isYes, serviceMetadata, splitTags, type ServiceMetadata } from '../../model/service-metadata.ts'
import { idFault, imageBasename, nameFault, quoted } from '../../model/service-name.ts'

export interface Wanted {
  readonly registration: Registration
  readonly container: DockerContainer
}

/** A port or a whole container that is not registered, or a part of it that is left out, and why. */
export interface Ignored {
  /** The container's name. */
  readonly container: string
  /** As 80/tcp. */
  readonly port?: string
  readonly reason: string
}

export interface Desired {
  readonly registrations: readonly Wanted[]
  readonly ignored: readonly Ignored[]
}

/** What somebody asked for, and needs no telling. */
export const asked = 'SERVICE_IGNORE says so'

/**
 * The instances that this host's containers are. What runs or is paused counts, unless it was told to stop. Of two with
 * one id the newer container has it, and of two ports of a container the lower: the original left it to chance.
 */
export function desired(containers: readonly DockerContainer[], policy: RegistrationPolicy): Desired {
  const ignored: Ignored[] = []
  const wanted: Wanted[] = []
  for (const container of containers) {
    if ((container.state !== 'running' && container.state !== 'paused') || container.isStopping) continue
    const ignore: Ignore = (reason, exposed) => {
      const port = exposed && { port: `${exposed.port}/${exposed.protocol}` }
      ignored.push({ container: container.name, ...port, reason })
    }
    const endpoints = endpointsOf(container, containers, policy)
    for (const { reason, exposed } of endpoints.ignored) ignore(reason, exposed)
    for (const endpoint of endpoints.found) {
      const isOneOfSeveral = endpoints.found.length > 1
      const candidate = { container, endpoint, isOneOfSeveral }
      const registration = instance(candidate, policy, (reason) => ignore(reason, endpoint.exposed))
      if (typeof registration === 'string') ignore(registration, endpoint.exposed)
      else wanted.push({ registration, container })
    }
  }
  return { registrations: oneOfEach(wanted, ignored), ignored }
}

type Ignore = (reason: string, port?: ContainerPort) => void

interface Candidate {
  readonly container: DockerContainer
  readonly endpoint: Endpoint
  readonly isOneOfSeveral: boolean
}

/** The registration, or why there is none. */
function instance(
  { container, endpoint, isOneOfSeveral }: Candidate,
  policy: RegistrationPolicy,
  ignore: Ignore,
): Registration | string {
  const { exposed, address, port } = endpoint
  const metadata = serviceMetadata(container, exposed)
  if (isYes(metadata.get('ignore'))) return asked

  const given = metadata.get('name')
  if (given === undefined && policy.explicit) return '-explicit is set, and it has no SERVICE_NAME'
  const suffix = isOneOfSeveral && !(given && metadata.isOfPort('name')) ? `-${exposed.port}` : ''
  const name = `${given ?? imageBasename(container.image) ?? container.name}${suffix}`
  const faultyName = nameFault(name)
  if (faultyName) return `the name ${quoted(name)} ${faultyName}`

  const isUdp = exposed.protocol === 'udp'
  const usual = `${policy.hostname}:${container.name}:${exposed.port}${isUdp ? ':udp' : ''}`
  const id = metadata.get('id') ?? usual
  const faultyId = idFault(id)
  if (faultyId) return `the id ${quoted(id)} ${faultyId}`

  const tags = [
    ...splitTags(metadata.get('tags') ?? ''),
    ...splitTags(forcedTags(container, policy, ignore)),
    ...(isUdp ? ['udp'] : []),
  ]
  const { checks, faults } = serviceChecks(metadata, endpoint, {
    id: container.id,
    allowScripts: policy.allowScripts,
  })
  for (const fault of faults) ignore(fault)
  return {
    id,
    name,
    address,
    port,
    tags: [...new Set(tags)],
    meta: metaOf(metadata, ignore),
    checks: [...checks, ...healthChecks(container.health)],
  }
}

/** A template that does not fit a container costs it these tags, and nobody else anything. */
function forcedTags(container: DockerContainer, { tags }: RegistrationPolicy, ignore: Ignore): string {
  if (!tags.includes('{{')) return tags
  try {
    return parseTemplate(tags)(containerView(container)).toWellFormed()
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    ignore(`the tags of -tags are left out: ${error.message}`)
    return ''
  }
}

/** Consul's, less the two that the agent needs for itself: the owner and the mark. */
const metaPairsMax = 64 - 2
const metaValueMaxBytes = 512
const reserved = new Set(['name', 'id', 'tags', 'ignore'])

/** What Consul keeps beside an instance (agent/structs/structs.go, ValidateServiceMetadata). */
function metaOf(metadata: ServiceMetadata, ignore: Ignore): Record<string, string> {
  const meta = new Map<string, string>()
  for (const [key, value] of [...metadata.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (reserved.has(key)) continue
    const leaveOut = (why: string) => ignore(`the attribute ${quoted(key)} is left out: ${why}`)
    const bytes = Buffer.byteLength(value)
    if (!/^[a-z0-9_-]{1,128}$/.test(key)) {
      leaveOut('Consul takes up to 128 letters, digits, hyphens and underscores as a name')
    } else if (key.startsWith('consul-')) {
      leaveOut('Consul keeps names that begin with consul- for itself')
    } else if (bytes > metaValueMaxBytes) {
      leaveOut(`its value has ${bytes} bytes, and Consul takes ${metaValueMaxBytes}`)
    } else if (meta.size === metaPairsMax) {
      leaveOut(`an instance has room for ${metaPairsMax}`)
    } else meta.set(key, value)
  }
  return Object.fromEntries(meta)
}

/** A container that is still starting gets no traffic yet; without a HEALTHCHECK nobody tells. */
const statuses: Record<Exclude<Health, 'none'>, CheckStatus> = {
  starting: 'critical',
  healthy: 'passing',
  unhealthy: 'critical',
}

const healthChecks = (health: Health): Check[] =>
  health === 'none' ? [] : [{ kind: 'health', status: statuses[health], interval: defaultInterval }]

function oneOfEach(wanted: readonly Wanted[], ignored: Ignored[]): Wanted[] {
  const holders = new Map<string, Wanted>()
  for (const one of wanted) {
    const { id } = one.registration
    const other = holders.get(id)
    const isKept = other === undefined || isNewer(one.container, other.container)
    if (isKept) holders.set(id, one)
    if (other === undefined) continue
    const [holder, loser] = isKept ? [one, other] : [other, one]
    const reason = `the id ${quoted(id)} is that of port ${holder.registration.port} of ${quoted(holder.container.name)}`
    ignored.push({ container: loser.container.name, reason })
  }
  return wanted.filter((one) => holders.get(one.registration.id) === one)
}

const isNewer = (a: DockerContainer, b: DockerContainer): boolean =>
  a.createdAt === b.createdAt ? a.id > b.id : a.createdAt > b.createdAt
