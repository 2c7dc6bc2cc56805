import type Client from 'consul'
import { onceMs, triesMs, type Attempt } from './attempt.ts'
import type { KeyValue } from './consul.ts'
import { isMissing } from './errors.ts'
import { tree } from './tree.ts'

/** An entry as the library gives it when asked for bytes; the value of an empty key is null. */
type Item = Record<string, unknown> & { Value: Buffer | null }

export function keyValue(client: Client, attempt: Attempt): KeyValue {
  return {
    ...tree(client, attempt),
    entry: (key) =>
      attempt(async (options) => {
        const bytes = { key, buffer: true, ...options }
        const item = (await client.kv.get(bytes)) as unknown as Item | undefined
        if (item === undefined) return undefined
        const value = item.Value ?? Buffer.alloc(0)
        return { value, raw: { ...item, Value: item.Value && value.toString('base64') } }
      }),
    keys: (prefix) =>
      attempt(async (options) => {
        try {
          return await client.kv.keys({ key: prefix, ...options })
        } catch (error) {
          if (isMissing(error)) return []
          throw error
        }
      }),
    set: (key, value, ifIndex) => {
      const condition = ifIndex === undefined ? {} : { cas: ifIndex }
      return attempt(
        async (options) => {
          // Not what its type says: the library gives undefined where Consul said false.
          const done: unknown = await client.kv.set({ key, value, ...condition, ...options })
          return done === true
        },
        // Asked again after it was done unseen, a condition would fail by what we did ourselves.
        ifIndex === undefined ? triesMs : onceMs,
      )
    },
    remove: (key) =>
      attempt(async (options) => {
        await client.kv.del({ key, ...options })
      }),
    removeTree: (key) =>
      attempt(async (options) => {
        const operations = [
          { KV: { Verb: 'delete', Key: key } },
          { KV: { Verb: 'delete-tree', Key: `${key}/` } },
        ]
        await client.transaction.create(operations as never, options as never)
      }),
  }
}
