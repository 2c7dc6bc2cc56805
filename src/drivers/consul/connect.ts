import Client from 'consul'
import { sleep } from '../clock.ts'
import type { Member } from '../../model/member.ts'
import { formatRegistration } from '../../model/registration.ts'
import type { Agent, Cluster, Consul, KeyValue } from './consul.ts'
import { isMissing, isPassing, isServerFault, translate } from './errors.ts'

/**
 * How long each try may take. A request that reached a server which lost its power, or was passed on to a leader that
 * did, is never answered; the same request asked again goes to another. The last try is long enough for an election.
 */
const triesMs = [3_000, 4_000, 8_000]

const pauseMs = 500

/** For what must not be done twice. */
const onceMs = [15_000]

/** The agent at `host:port`. Nothing is asked before the first method is called. */
export function connect(host: string, port: number): Consul {
  const client = new Client({ host, port })
  const address = `http://${host}:${port}`
  const attempt: Attempt = async (ask, tries = triesMs) => {
    for (const [index, timeout] of tries.entries()) {
      try {
        return await ask({ timeout })
      } catch (error) {
        const last = index === tries.length - 1
        if (last || !isPassing(error)) throw translate(address, error)
        await sleep(pauseMs)
      }
    }
    throw new Error('no tries')
  }
  return { kv: keyValue(client, attempt), cluster: cluster(client, attempt), agent: agent(client, attempt) }
}

/** Asks, and asks again what passes by itself. The library takes `timeout` with every request; its types do not say so. */
type Attempt = <T>(ask: (options: object) => Promise<T>, tries?: readonly number[]) => Promise<T>

/** An entry as the library gives it when asked for bytes; the value of an empty key is null. */
type Item = Record<string, unknown> & { Value: Buffer | null }

function keyValue(client: Client, attempt: Attempt): KeyValue {
  return {
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
      attempt(async (options) => {
        const { Config } = (await client.agent.self(options)) as { Config: { Server: boolean } }
        return Config.Server ? 'server' : 'client'
      }),
    members: () =>
      attempt(async (options) =>
        ((await client.agent.members(options)) as unknown as Gossip[]).map(
          ({ Name, Addr, Status, Tags }) => ({
            name: Name,
            address: Addr,
            role: Tags.role === 'consul' ? 'server' : 'client',
            status: statuses[Status] ?? 'failed',
            version: (Tags.build ?? '').split(':')[0] ?? '',
          }),
        ),
      ),
    leader: () =>
      attempt(async (options) => {
        const leader = await unlessNobodyKnows(client.status.leader(options))
        return leader ? withoutPort(leader) : undefined
      }),
    voters: () =>
      attempt(async (options) =>
        ((await unlessNobodyKnows(client.status.peers(options))) ?? []).map(withoutPort),
      ),
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

/** Where the registration itself is kept with it, to be compared with a later one. */
const registrationKey = 'arpanet-registration'

/** A service as `/v1/agent/services` gives it. */
interface Listed {
  readonly Meta: Readonly<Record<string, string>> | null
}

function agent(client: Client, attempt: Attempt): Agent {
  return {
    has: (registration) =>
      attempt(async (options) => {
        const listed = (await client.agent.service.list(options)) as unknown as Readonly<
          Record<string, Listed>
        >
        return listed[registration.id]?.Meta?.[registrationKey] === formatRegistration(registration)
      }),
    register: (registration) =>
      attempt(async (options) => {
        const { id, name, address, port, check } = registration
        const http = {
          http: check.url,
          interval: `${check.intervalSeconds}s`,
          timeout: '5s',
          status: 'passing',
        }
        const meta = { [registrationKey]: formatRegistration(registration) }
        await client.agent.service.register({
          id,
          name,
          address,
          port,
          meta,
          check: http as never,
          ...options,
        })
      }),
    deregister: (id) =>
      attempt(async (options) => {
        await client.agent.service.deregister({ id, ...options })
      }),
  }
}
