import type Client from 'consul'
import { EventEmitter } from 'node:events'
import { onceMs, type Attempt } from './attempt.ts'
import type { Change, KeyValue, Leaf, Refusal, Tree } from './consul.ts'

/** An entry as the library gives it when asked for bytes; the value of an empty key is null. */
interface Item {
  readonly Key: string
  readonly Value: Buffer | null
  readonly Session?: string
  readonly ModifyIndex: number
}

/** Makes the library put the whole response before what it answers. */
const withHeaders = () => Object.assign(new EventEmitter(), { includeResponse: true })

interface Answer {
  readonly headers: Readonly<Record<string, string>>
}

/** An operation as `/v1/txn` takes it. */
interface Operation {
  readonly KV: {
    readonly Verb: 'check-index' | 'check-not-exists' | 'delete-cas' | 'lock' | 'unlock'
    readonly Key: string
    readonly Index?: number
    readonly Session?: string
    readonly Value?: string
  }
}

/** Consul before 1.12 refuses a longer transaction. */
const operationsMax = 64
/** Of a transaction as JSON, its values in base64; Consul's `txn_max_req_len` is 512 KiB. */
const bytesMax = 500 * 1024

export function tree(client: Client, attempt: Attempt): Pick<KeyValue, 'tree' | 'change'> {
  // Consistent: a leader that was just elected could else answer before it knows all that was written.
  const consistently = () => ({ consistent: true, ctx: withHeaders() })
  return {
    tree: (folder, known) =>
      attempt(async (options) => {
        const asked = { key: `${folder}/`, ...consistently(), ...options }
        if (known !== undefined && (await isAsKnown(client, asked, known))) return known
        const answer = await client.kv.get({ ...asked, recurse: true, buffer: true } as never)
        const [{ headers }, items] = answer as unknown as [Answer, Item[] | undefined]
        const leaves = (items ?? []).map(({ Key, Value, Session, ModifyIndex }): Leaf => ({
          key: Key,
          value: Value ?? Buffer.alloc(0),
          index: ModifyIndex,
          session: Session,
        }))
        return { leaves, index: headers['x-consul-index'] ?? '' }
      }),
    change: async (session, changes) => {
      const refused: Refusal[] = []
      for (const batch of batches(session, changes)) {
        const [first] = batch
        const isTooLong = first !== undefined && first.bytes > bytesMax
        refused.push(
          ...(isTooLong
            ? await alone(client, attempt, session, first.change)
            : await together(client, attempt, batch)),
        )
      }
      return refused
    },
  }
}

/** Keys come without their values, and so at little cost. A Consul that lost its data counts its indices anew. */
async function isAsKnown(client: Client, asked: { key: string }, known: Tree): Promise<boolean> {
  if (known.leaves.length === 0) return false
  try {
    const [{ headers }, keys] = (await client.kv.keys(asked as never)) as unknown as [Answer, string[]]
    return (
      headers['x-consul-index'] === known.index &&
      keys.length === known.leaves.length &&
      known.leaves.every(({ key }, at) => key === keys[at])
    )
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false
    throw error
  }
}

interface Part {
  readonly change: Change
  readonly operations: readonly Operation[]
  readonly bytes: number
}

function batches(session: string, changes: readonly Change[]): Part[][] {
  const made: Part[][] = []
  let [operations, bytes] = [Infinity, Infinity]
  for (const change of changes) {
    const part = partOf(session, change)
    if (operations + part.operations.length > operationsMax || bytes + part.bytes > bytesMax) {
      made.push([])
      operations = bytes = 0
    }
    made.at(-1)?.push(part)
    operations += part.operations.length
    bytes += part.bytes
  }
  return made
}

/** Each only if the key still is as it was seen. */
function partOf(session: string, change: Change): Part {
  const { key: Key, index: Index } = change
  const operations: Operation[] = []
  if (change.verb === 'remove') operations.push({ KV: { Verb: 'delete-cas', Key, Index } })
  else {
    const { heldBy, value } = change
    operations.push(
      Index === 0 ? { KV: { Verb: 'check-not-exists', Key } } : { KV: { Verb: 'check-index', Key, Index } },
    )
    if (heldBy !== undefined && heldBy !== session) {
      operations.push({ KV: { Verb: 'unlock', Key, Session: heldBy } })
    }
    operations.push({ KV: { Verb: 'lock', Key, Session: session, Value: value.toString('base64') } })
  }
  return { change, operations, bytes: Buffer.byteLength(JSON.stringify(operations)) }
}

/** What Consul answers where it did nothing of a transaction: each operation that it would not do, and why. */
interface Failed {
  readonly statusCode?: number
  readonly response?: { readonly body?: { readonly Errors?: { OpIndex: number; What: string }[] | null } }
}

/** In one transaction, less those that Consul refuses. */
async function together(client: Client, attempt: Attempt, batch: readonly Part[]): Promise<Refusal[]> {
  const refused: Refusal[] = []
  for (let rest = batch; rest.length > 0;) {
    const operations = rest.flatMap((part) => part.operations)
    const faults = await attempt(async (options) => {
      try {
        await client.transaction.create(operations as never, options as never)
        return []
      } catch (error) {
        const { statusCode, response } = error as Failed
        const errors = response?.body?.Errors ?? []
        if (statusCode === 409 && errors.length > 0) return errors
        throw error
      }
    }, onceMs)
    if (faults.length === 0) break
    const owners = rest.flatMap((part) => part.operations.map(() => part))
    const reasons = new Map(faults.toReversed().map(({ OpIndex, What }) => [owners[OpIndex], What]))
    refused.push(
      ...rest.flatMap((part) => {
        const why = reasons.get(part)
        return why === undefined ? [] : [{ key: part.change.key, why }]
      }),
    )
    rest = rest.filter((part) => !reasons.has(part))
  }
  return refused
}

/** A value that no transaction has room for. Its key is taken by the lock alone, which nobody else's can be. */
async function alone(client: Client, attempt: Attempt, session: string, change: Change): Promise<Refusal[]> {
  if (change.verb === 'remove') return []
  const { key, value, heldBy } = change
  const isDone = await attempt(async (options) => {
    const put = (how: object) =>
      client.kv.set({ key, value, ...how, ...options } as never) as Promise<unknown>
    if (heldBy !== undefined && heldBy !== session) await put({ release: heldBy })
    return (await put({ acquire: session })) === true
  }, onceMs)
  return isDone ? [] : [{ key, why: 'another session holds it' }]
}
