import Client from 'consul'
import type { Member } from '../../model/member.ts'
import type { Cluster, Consul, KeyValue } from './consul.ts'
import { isMissing, isServerFault, translate } from './errors.ts'

/** Longer than a healthy cluster ever needs; an agent without a leader answers within 7 s (`rpc_hold_timeout`). */
const timeoutMs = 10_000

/** The agent at `host:port`. Nothing is asked before the first method is called. */
export function connect(host: string, port: number): Consul {
  // The library takes a timeout for every request; its types do not know that.
  const defaults: object = { timeout: timeoutMs }
  const client = new Client({ host, port, defaults })
  const address = `http://${host}:${port}`
  const attempt = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask()
    } catch (error) {
      throw translate(address, error)
    }
  }
  return { kv: keyValue(client, attempt), cluster: cluster(client, attempt) }
}

type Attempt = <T>(ask: () => Promise<T>) => Promise<T>

/** An entry as the library gives it when asked for bytes; the value of an empty key is null. */
type Item = Record<string, unknown> & { Value: Buffer | null }

function keyValue(client: Client, attempt: Attempt): KeyValue {
  return {
    entry: (key) =>
      attempt(async () => {
        const options = { key, buffer: true }
        const item = (await client.kv.get(options)) as unknown as Item | undefined
        if (item === undefined) return undefined
        const value = item.Value ?? Buffer.alloc(0)
        return { value, raw: { ...item, Value: item.Value && value.toString('base64') } }
      }),
    keys: (prefix) =>
      attempt(async () => {
        try {
          return await client.kv.keys({ key: prefix })
        } catch (error) {
          if (isMissing(error)) return []
          throw error
        }
      }),
    set: (key, value, ifIndex) =>
      attempt(async () => {
        // Not what its type says: the library gives undefined where Consul said false.
        const done: unknown = await client.kv.set({
          key,
          value,
          ...(ifIndex === undefined ? {} : { cas: ifIndex }),
        })
        return done === true
      }),
    remove: (key) =>
      attempt(async () => {
        await client.kv.del({ key })
      }),
    removeTree: (key) =>
      attempt(async () => {
        await client.transaction.create([
          { KV: { Verb: 'delete', Key: key } },
          { KV: { Verb: 'delete-tree', Key: `${key}/` } },
        ] as never)
      }),
  }
}

const statuses: readonly Member['status'][] = ['failed', 'alive', 'leaving', 'left', 'failed']

/** A member as `/v1/agent/members` gives it. */
interface Gossip {
  readonly Name: string
  readonly Addr: string
  readonly Status: number
  readonly Tags: { readonly role?: string; readonly build?: string }
}

function cluster(client: Client, attempt: Attempt): Cluster {
  return {
    role: () =>
      attempt(async () => {
        const { Config } = (await client.agent.self()) as { Config: { Server: boolean } }
        return Config.Server ? 'server' : 'client'
      }),
    members: () =>
      attempt(async () =>
        ((await client.agent.members()) as unknown as Gossip[]).map(({ Name, Addr, Status, Tags }) => ({
          name: Name,
          address: Addr,
          role: Tags.role === 'consul' ? 'server' : 'client',
          status: statuses[Status] ?? 'failed',
          version: (Tags.build ?? '').split(':')[0] ?? '',
        })),
      ),
    leader: () =>
      attempt(async () => {
        const leader = await unlessNobodyKnows(client.status.leader())
        return leader ? withoutPort(leader) : undefined
      }),
    voters: () =>
      attempt(async () => ((await unlessNobodyKnows(client.status.peers())) ?? []).map(withoutPort)),
  }
}

/** A client that knows no server yet answers 500; that is an answer. */
async function unlessNobodyKnows<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isServerFault(error)) return undefined
    throw error
  }
}

const withoutPort = (address: string): string => address.slice(0, address.lastIndexOf(':'))
