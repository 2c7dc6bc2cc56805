import { createHash } from 'node:crypto'
import type { Etcd } from '../../drivers/etcd.ts'
import type { RegistratorOptions } from './options.ts'
import type { KeyStore } from './key-store.ts'

/** Where nobody says how long. */
const usualSeconds = 60

type Options = Pick<RegistratorOptions, 'hostname' | 'hostAddress' | 'ttlSeconds' | 'ttlRefreshSeconds'>

/** A folder in etcd, whose keys go with a lease; '' is its root. */
export function etcdKeys(
  etcd: Etcd,
  folder: string,
  { hostname, hostAddress, ttlSeconds, ttlRefreshSeconds }: Options,
): KeyStore {
  const prefix = folder === '' ? '/' : `/${folder}/`
  const seconds = ttlSeconds || usualSeconds
  const lease = leaseOf(hostname, hostAddress, prefix, seconds)
  const ours = new Set<string>()
  return {
    name: 'etcd',
    // A lease of another duration, or of another registrator that knows version 3, says nothing of whose it is.
    takesOver: true,
    refreshMs: (ttlRefreshSeconds || seconds / 3) * 1000,
    keys: async () => {
      const found = await etcd.keys(prefix)
      ours.clear()
      for (const each of found) if (each.lease === lease) ours.add(each.key)
      return found.map(({ key, value, revision, lease: holder }) => ({
        key: key.slice(prefix.length),
        value,
        version: revision,
        holder,
      }))
    },
    change: async (change, held) => {
      const [key, revision] = [prefix + change.key, change.seen?.version ?? 0]
      const isDone =
        change.verb === 'remove'
          ? await etcd.remove(key, revision)
          : await etcd.put(key, change.value, held, revision)
      if (isDone && change.verb === 'set') ours.add(key)
      return isDone ? undefined : 'it was written meanwhile'
    },
    findLease: async () => ((await etcd.renew(lease)) ? lease : undefined),
    takeLease: async () => {
      await etcd.grant(lease, seconds)
      return lease
    },
    renewLease: (held) => etcd.renew(held),
    watch: (changed, opened, signal) =>
      etcd.watch(
        prefix,
        (key) => {
          // Of a cluster's keys most are of other hosts.
          if (ours.has(key)) changed(`${key.slice(prefix.length)} is another in etcd`)
        },
        opened,
        signal,
      ),
  }
}

/** The same for the same host, folder and duration, so that one that starts anew goes on with it: 63 bits, not 0. */
function leaseOf(...words: readonly (string | number)[]): string {
  const bits = createHash('sha256').update(JSON.stringify(words)).digest().readBigUInt64BE()
  return String((bits & 0x7fff_ffff_ffff_ffffn) | 1n)
}
