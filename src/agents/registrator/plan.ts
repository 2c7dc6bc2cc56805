import type { DockerContainer } from '../../model/docker-container.ts'
import type { RegistrationPolicy } from '../../model/registration-policy.ts'
import { checkId, markOf, type CheckStatus, type Registration } from '../../model/registration.ts'

/** What this host's Consul agent has, as its driver tells. */
export interface Entry {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly port: number
  /** Undefined where no registrator of ours made it. */
  readonly owner: string | undefined
  readonly mark: string | undefined
  /** What its checks say, by their ids. */
  readonly checks: Readonly<Record<string, CheckStatus>>
}

export type Step = { readonly target: string; readonly reason: string } & (
  | { readonly verb: 'deregister' }
  | { readonly verb: 'register'; readonly registration: Registration }
  | { readonly verb: 'report'; readonly checkId: string; readonly status: CheckStatus }
)

export interface Plan {
  readonly steps: readonly Step[]
  /** Entries of another owner under an id of ours, which stay as they are. */
  readonly conflicts: readonly { readonly target: string; readonly owner: string }[]
}

/** In which order steps are taken. A step may fail; those after it are taken nevertheless. */
export const order = [
  // Each connection to it fails, or reaches another service: nothing is as urgent, and nothing is lost.
  'take away what does not answer',
  // It takes traffic from an instance without a connection lost.
  'report an instance ill',
  // New instances come before the last names of old ones go.
  'register',
  'report an instance well',
  // The same process answers at the same address under another id: a gap would be kept in resolvers' caches.
  'take away a former id',
] as const

type Rank = (typeof order)[number]

/**
 * What turns Consul's entries into `wanted`; nothing where they are so. `containers` are all of this host, those that
 * ended included: `-deregister on-success` asks how they did. An entry without an owner whose id has the original's
 * form and this host's name is taken over; one of another owner is never touched.
 */
export function plan(
  wanted: readonly Registration[],
  actual: readonly Entry[],
  containers: readonly DockerContainer[],
  policy: RegistrationPolicy,
): Plan {
  const entries = new Map(actual.map((entry) => [entry.id, entry]))
  const ids = new Set(wanted.map(({ id }) => id))
  const conflicts: { target: string; owner: string }[] = []
  const ranked: { rank: Rank; step: Step }[] = []
  const add = (rank: Rank, step: Step) => ranked.push({ rank, step })

  for (const registration of wanted) {
    const { id: target } = registration
    const entry = entries.get(target)
    if (entry?.owner !== undefined && entry.owner !== policy.owner) {
      conflicts.push({ target, owner: entry.owner })
      continue
    }
    const reason = whyRegister(registration, entry)
    if (reason !== undefined) add('register', { verb: 'register', target, reason, registration })
    else
      for (const step of reports(registration, entry)) {
        add(step.status === 'passing' ? 'report an instance well' : 'report an instance ill', step)
      }
  }
  for (const entry of actual) {
    const { id: target } = entry
    if (ids.has(target) || !isOurs(entry, policy) || isKept(target, containers, policy)) continue
    const heir = wanted.find((one) => isSamePlace(one, entry) && one.name === entry.name)
    if (heir) add('take away a former id', { verb: 'deregister', target, reason: `it is ${heir.id} now` })
    else
      add('take away what does not answer', {
        verb: 'deregister',
        target,
        reason: 'no container stands behind it',
      })
  }
  const steps = order.flatMap((rank) => ranked.filter((one) => one.rank === rank).map(({ step }) => step))
  return { steps, conflicts }
}

const isSamePlace = (a: { address: string; port: number }, b: { address: string; port: number }): boolean =>
  a.address === b.address && a.port === b.port

function whyRegister(registration: Registration, entry: Entry | undefined): string | undefined {
  if (entry === undefined) return 'Consul does not have it'
  if (entry.mark === undefined || entry.owner === undefined) return 'another registrator made it'
  if (entry.mark !== markOf(registration)) return 'it is not what is wanted now'
  // An instance without its checks would count as well for ever.
  const lost = registration.checks.some(
    (_, index) => !Object.hasOwn(entry.checks, checkId(registration, index)),
  )
  return lost ? 'a check of it is gone' : undefined
}

function reports(registration: Registration, entry: Entry | undefined) {
  return registration.checks.flatMap((check, index) => {
    const id = checkId(registration, index)
    if (check.kind !== 'health' || entry?.checks[id] === check.status) return []
    const reason = `its HEALTHCHECK says so, and Consul has it ${entry?.checks[id] ?? 'unknown'}`
    return [{ verb: 'report', target: registration.id, reason, checkId: id, status: check.status } as const]
  })
}

const usualRest = /^([a-zA-Z0-9][a-zA-Z0-9_.-]*):[0-9]+(?::udp)?$/

/** The container in an id that nobody chose; undefined for one that has another form, or is of another host. */
export function containerOf(id: string, { hostname }: RegistrationPolicy): string | undefined {
  return id.startsWith(`${hostname}:`) ? usualRest.exec(id.slice(hostname.length + 1))?.[1] : undefined
}

function isOurs({ id, owner, mark }: Entry, policy: RegistrationPolicy): boolean {
  if (owner !== undefined) return owner === policy.owner
  return mark === undefined && containerOf(id, policy) !== undefined
}

/** With on-success, what belongs to a container that failed stays: it ended with another code than 0, and no signal's. */
export function isKept(
  id: string,
  containers: readonly DockerContainer[],
  policy: RegistrationPolicy,
): boolean {
  if (policy.deregister === 'always') return false
  const name = containerOf(id, policy)
  return containers.some((container) => {
    const isItsOwn = container.name === name || chosenIds(container).includes(id)
    const hasEnded = ['exited', 'restarting', 'dead'].includes(container.state)
    return isItsOwn && hasEnded && container.exitCode !== 0 && (container.exitCode & 128) === 0
  })
}

/** What its SERVICE_ID variables and labels say, of whichever port. */
const chosenIds = ({ environment, labels }: DockerContainer): string[] =>
  [...Object.entries(environment), ...Object.entries(labels)]
    .filter(([variable]) => /^SERVICE_(\d+(-\d+)?_((tcp|udp|sctp)_)?)?id$/i.test(variable))
    .map(([, value]) => value)
