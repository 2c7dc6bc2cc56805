import type { Address } from '../../../model/backend.ts'
import type { Listen } from './source.ts'

/** What a container wrote down itself, which never is another; the addresses of names are. */
export function addresses(members: readonly Address[]): Listen {
  return (say, signal) =>
    new Promise((resolve) => {
      say({ places: members.map((member) => ({ ...member, weight: 1 })) })
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
}
