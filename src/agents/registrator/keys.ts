import type { DockerContainer } from '../../model/docker-container.ts'
import type { RegistrationPolicy } from '../../model/registration-policy.ts'
import type { Registration } from '../../model/registration.ts'
import { containerOf, isKept } from './plan.ts'

/** A key of a store's folder as it is. */
export interface StoredKey {
  /** NAME/ID, relative to the folder. */
  readonly key: string
  readonly value: string
  /** Another one means that it was written meanwhile; never 0. */
  readonly version: number
  /** The lease that it goes with; undefined where it stays. */
  readonly holder: string | undefined
}

/** What a store has. */
export interface Stored {
  readonly keys: readonly StoredKey[]
  /** The lease that this host's keys go with; undefined where there is none yet. */
  readonly lease: string | undefined
}

export type KeyStep = { readonly target: string; readonly reason: string } & (
  | { readonly verb: 'set'; readonly value: string; readonly seen: StoredKey | undefined }
  | { readonly verb: 'remove'; readonly seen: StoredKey }
)

export interface KeyPlan {
  readonly steps: readonly KeyStep[]
  /** Keys that an instance of this host should have and somebody else has. */
  readonly conflicts: readonly { readonly target: string; readonly holder: string | undefined }[]
}

/** What decides whose a key is. */
export interface KeyPolicy extends RegistrationPolicy {
  /** How the store is called. */
  readonly store: string
  /** Whether a key that is ours by its id is so even while somebody else's lease holds it. */
  readonly takesOver: boolean
}

/** The keys of instances and their values: NAME/ID = ADDRESS:PORT, an IPv6 address in brackets. */
export const keysOf = (registrations: readonly Registration[]): ReadonlyMap<string, string> =>
  new Map(
    registrations.map(({ name, id, address, port }) => [
      `${name}/${id}`,
      `${address.includes(':') ? `[${address}]` : address}:${port}`,
    ]),
  )

/**
 * What turns this host's keys into `wanted`; nothing where they are so, and everybody else's stay. `containers` are all
 * of this host, those that ended included: `-deregister on-success` asks how they did.
 */
export function planKeys(
  wanted: ReadonlyMap<string, string>,
  { keys, lease }: Stored,
  containers: readonly DockerContainer[],
  policy: KeyPolicy,
): KeyPlan {
  const stored = new Map(keys.map((seen) => [seen.key, seen]))
  const conflicts: KeyPlan['conflicts'][number][] = []
  const sets: KeyStep[] = []
  for (const [target, value] of wanted) {
    const seen = stored.get(target)
    if (seen !== undefined && !isOurs(seen, lease, policy, value)) {
      conflicts.push({ target, holder: seen.holder })
      continue
    }
    const reason = whySet(value, seen, lease, policy)
    if (reason !== undefined) sets.push({ verb: 'set', target, reason, value, seen })
  }
  const dead: KeyStep[] = []
  const former: KeyStep[] = []
  for (const seen of keys) {
    const { key: target, value } = seen
    if (wanted.has(target) || !isOurs(seen, lease, policy)) continue
    if (idsIn(target).some((id) => isKept(id, containers, policy))) continue
    const heir = [...wanted].find(([key, its]) => its === value && nameIn(key) === nameIn(target))?.[0]
    const reason = heir === undefined ? 'no container stands behind it' : `it is ${heir} now`
    ;(heir === undefined ? dead : former).push({ verb: 'remove', target, reason, seen })
  }
  // As in `order` of plan.ts: what does not answer first, and the former key of what does after its new one.
  return { steps: [...dead, ...sets, ...former], conflicts }
}

function whySet(
  value: string,
  seen: StoredKey | undefined,
  lease: string | undefined,
  { store }: KeyPolicy,
): string | undefined {
  if (seen === undefined) return `${store} does not have it`
  if (seen.holder === undefined) return 'it would outlast this host'
  if (seen.holder !== lease) return 'it would not last as long as this host'
  return seen.value === value ? undefined : `it was ${seen.value}`
}

/**
 * What our lease holds is ours; and, where nobody else's does, what has an id of this host as the original made them, or
 * is exactly as we want it.
 */
function isOurs(
  { key, value, holder }: StoredKey,
  lease: string | undefined,
  policy: KeyPolicy,
  wanted?: string,
): boolean {
  if (holder !== undefined && holder === lease) return true
  if (holder !== undefined && !policy.takesOver) return false
  return value === wanted || containerOf(key.slice(key.lastIndexOf('/') + 1), policy) !== undefined
}

/** A name may have slashes, and so may an id: each end of a key may be one. */
const idsIn = (key: string): string[] => [...key.matchAll(/\//g)].map(({ index }) => key.slice(index + 1))

const nameIn = (key: string): string => key.slice(0, key.lastIndexOf('/'))
