import { isIP } from 'node:net'
import { sortedInstances, type Instance } from '../../../model/instance.ts'
import type { Said } from './source.ts'

/** What was heard of a backend last. */
export interface Found {
  /** As `sortedInstances` sorts them: equal answers are equal. */
  readonly instances: readonly Instance[]
  /** Why there are none. */
  readonly why?: string
  /** Why it cannot be asked now: the instances are those that were known last. */
  readonly stale?: string
}

/** What is known of a name. */
export interface Named {
  /** As they were heard last; undefined where they never were. */
  readonly addresses?: readonly string[]
  /** Why it could not be asked the last time. */
  readonly failure?: string
}

/** What is known of a backend before its parts are put together. */
export interface Parts {
  /** Undefined while its source said nothing. */
  readonly said: Said | undefined
  /** Why the source could not be asked. */
  readonly failure: string | undefined
  /** Undefined while nobody answered for a name and nothing failed. */
  readonly named: (name: string) => Named | undefined
  /** What was found before. */
  readonly last: Found | undefined
}

/** The names among the places of what was said. */
export const namesIn = ({ places }: Pick<Said, 'places'>): ReadonlySet<string> =>
  new Set(places.flatMap(({ host }) => (isIP(host) === 0 ? host : [])))

/** What was found, undefined while nothing is known; and why it, or one of its names, cannot be asked now. */
export function foundOf({ said, failure: ownFailure, named, last }: Parts): {
  readonly found: Found | undefined
  readonly failure: string | undefined
} {
  const { places = [], why } = said ?? {}
  const names = [...namesIn({ places })]
  const failure = ownFailure ?? names.map((name) => named(name)?.failure).find((each) => each !== undefined)
  const instances = sortedInstances(
    places.flatMap(({ host, ...rest }) => {
      const addresses = isIP(host) === 0 ? (named(host)?.addresses ?? []) : [host]
      return addresses.map((address) => ({ address, ...rest }))
    }),
  )
  const isUnknown = instances.length === 0 && names.some((name) => named(name)?.addresses === undefined)
  if (said === undefined || isUnknown) {
    // What was known stays until it is known what has become of it.
    if (last === undefined) return { found: undefined, failure }
    const { stale: before, ...rest } = last
    return { found: { ...rest, ...staleFor(failure ?? before) }, failure }
  }
  const reason = instances.length === 0 ? { why: why ?? `there is no host ${names.join(', ')}` } : {}
  return { found: { instances, ...reason, ...staleFor(failure) }, failure }
}

const staleFor = (stale: string | undefined): Pick<Found, 'stale'> => (stale === undefined ? {} : { stale })
