import { formatPublished, type Publisher } from '../../model/published-container.ts'
import type { Policy, Wanted } from './desired.ts'

/** A key of the folder as it is. */
export interface Seen {
  /** Relative to the folder. */
  readonly key: string
  readonly index: number
  /** The session that holds it. */
  readonly session: string | undefined
  readonly value: Buffer
  /** Undefined where no fleetstreet wrote it. */
  readonly publisher: Publisher | undefined
}

export interface Actual {
  /** The session that this host's keys are tied to; undefined where there is none. */
  readonly session: string | undefined
  readonly keys: readonly Seen[]
}

export type Step = { readonly target: string; readonly reason: string } & (
  | { readonly verb: 'open' }
  | { readonly verb: 'remove'; readonly seen: Seen }
  | { readonly verb: 'write'; readonly value: Buffer; readonly seen: Seen | undefined }
)

export interface Plan {
  readonly steps: readonly Step[]
  /** Keys that a container of this host should have and somebody else has. */
  readonly conflicts: readonly { readonly key: string; readonly holder: string }[]
}

/** In which order steps are taken. */
export const order = [
  // Nothing can be written without one.
  'open',
  // Somebody may be on their way to what is not there. A renamed container's former key goes with the new one's write.
  'remove',
  'write',
] as const satisfies readonly Step['verb'][]

/** What turns the folder's keys of this host into `wanted`; nothing where they are so. Nobody else's is touched. */
export function plan(wanted: readonly Wanted[], { session, keys }: Actual, policy: Policy): Plan {
  const byKey = new Map(keys.map((seen) => [seen.key, seen]))
  const { assigned, conflicts } = assign(wanted, byKey, policy)
  const steps: Step[] = []
  for (const seen of keys) {
    if (isOurs(seen, policy) && !assigned.has(seen.key)) {
      const reason = 'no container stands behind it'
      steps.push({ verb: 'remove', target: seen.key, reason, seen })
    }
  }
  for (const [target, { text }] of assigned) {
    const seen = byKey.get(target)
    const value = Buffer.from(formatPublished({ id: target, ip: policy.ip, host: policy.host }, text))
    const reason = whyWrite(value, session, seen)
    if (reason !== undefined) steps.push({ verb: 'write', target, reason, value, seen })
  }
  if (session === undefined && steps.some(({ verb }) => verb === 'write')) {
    steps.push({ verb: 'open', target: 'a session', reason: 'what is published is tied to one' })
  }
  steps.sort((a, b) => order.indexOf(a.verb) - order.indexOf(b.verb))
  return { steps, conflicts }
}

function whyWrite(value: Buffer, session: string | undefined, seen: Seen | undefined): string | undefined {
  if (seen === undefined) return 'Consul does not have it'
  if (seen.session === undefined) return 'no session holds it'
  if (seen.session !== session) return 'a former session holds it'
  return seen.value.equals(value) ? undefined : 'the container is not as it was'
}

/** By the address too: of two hosts that were given one name, neither removes what the other has. */
export const isOurs = ({ publisher }: Seen, { host, ip }: Policy): boolean =>
  publisher?.host === host && publisher.ip === ip

/** What the original fleetstreet left on this host: nobody keeps it, and nobody else stands behind it. */
const isLeft = ({ publisher, session }: Seen, { ip }: Policy): boolean =>
  publisher !== undefined && publisher.host === undefined && publisher.ip === ip && session === undefined

/** Which container has which key. Of two that want one the newer has it: it is what replaces the other. */
function assign(wanted: readonly Wanted[], byKey: ReadonlyMap<string, Seen>, policy: Policy) {
  const assigned = new Map<string, Wanted>()
  const conflicts: { key: string; holder: string }[] = []
  const newestFirst = wanted.toSorted(
    (a, b) => compare(b.createdAt, a.createdAt) || compare(a.container, b.container),
  )
  for (const one of newestFirst) {
    for (const key of one.keys) {
      const seen = byKey.get(key)
      if (seen !== undefined && !isOurs(seen, policy) && !isLeft(seen, policy)) {
        const { host, ip } = seen.publisher ?? { host: undefined, ip: undefined }
        conflicts.push({ key, holder: host ?? ip ?? 'somebody else' })
      } else if (!assigned.has(key)) {
        assigned.set(key, one)
        break
      }
    }
  }
  return { assigned, conflicts }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
