import type { Consul, Tree } from '../../drivers/consul/consul.ts'
import type { RegistratorOptions } from './options.ts'
import type { KeyStore } from './key-store.ts'

/** Where nobody says how long: a restarted registrator is back earlier. Consul may take twice that. */
const usualSeconds = 90
/** Consul refuses shorter and longer ones (agent/structs/structs.go, SessionTTLMin and SessionTTLMax). */
const [shortestSeconds, longestSeconds] = [10, 86_400]

type Options = Pick<RegistratorOptions, 'hostname' | 'hostAddress' | 'ttlSeconds' | 'ttlRefreshSeconds'>

/** A folder in Consul, whose keys go with a session. */
export function consulKeys(
  { kv, sessions, agent }: Pick<Consul, 'kv' | 'sessions' | 'agent'>,
  folder: string,
  { hostname, hostAddress, ttlSeconds, ttlRefreshSeconds }: Options,
): KeyStore {
  const seconds = Math.min(longestSeconds, Math.max(shortestSeconds, ttlSeconds || usualSeconds))
  const session = `registrator of ${hostname} at ${hostAddress}: ${folder}`
  let known: Tree | undefined
  return {
    name: 'Consul',
    // A session says by its name whose it is: what another holds is another's.
    takesOver: false,
    refreshMs: Math.min(ttlRefreshSeconds || Infinity, seconds / 3) * 1000,
    keys: async () => {
      known = await kv.tree(folder, known)
      return known.leaves.map(({ key, value, index, session: holder }) => ({
        key: key.slice(folder.length + 1),
        value: value.toString(),
        version: index,
        holder,
      }))
    },
    change: async (change, lease) => {
      const [key, index] = [`${folder}/${change.key}`, change.seen?.version ?? 0]
      const [refused] = await kv.change(lease, [
        change.verb === 'remove'
          ? { verb: 'remove', key, index }
          : { verb: 'set', key, index, value: Buffer.from(change.value), heldBy: change.seen?.holder },
      ])
      return refused?.why
    },
    findLease: async () => (await sessions.named(session))[0],
    takeLease: () => sessions.create(session, seconds),
    renewLease: (lease) => sessions.renew(lease),
    // A Consul that comes back without its data is filled at once.
    watch: (changed, opened, signal) =>
      agent.changes(() => changed('the catalogue is another'), opened, signal),
  }
}
