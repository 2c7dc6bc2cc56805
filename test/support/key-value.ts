import { unavailable } from '../../src/errors.ts'
import type {
  Change,
  Entry,
  KeyValue,
  Leaf,
  Refusal,
  SessionNames,
  Sessions,
} from '../../src/drivers/consul/consul.ts'
import { isWithin } from '../../src/model/key.ts'

interface Held {
  readonly value: Buffer
  readonly index: number
  readonly session?: string
}

/** What a store in memory holds: its entries, and the sessions that are alive. */
export interface KeyValueState {
  readonly entries: Map<string, Held>
  readonly sessions: Set<string>
  /** Of the last change; every change has the next one. */
  index: number
}

export const keyValueState = (): KeyValueState => ({ entries: new Map(), sessions: new Set(), index: 0 })

/** A key-value store in memory. It refuses what Consul refuses, and a key that no driver should be given. */
export function fakeKeyValue(
  values: Readonly<Record<string, string>> = {},
  state: KeyValueState = keyValueState(),
): KeyValue {
  const { entries, sessions } = state
  const put = (key: string, value: Buffer, session?: string) => {
    const held = session === undefined ? {} : { session }
    entries.set(key, { value, index: (state.index += 1), ...held })
  }
  for (const [key, value] of Object.entries(values)) put(key, Buffer.from(value))

  const normal = (key: string): string => {
    if (key === '' || key.startsWith('/') || key.endsWith('/')) throw new Error(`no normal key: "${key}"`)
    return key
  }
  const entryOf = (key: string): Entry | undefined => {
    const found = entries.get(normal(key))
    if (found === undefined) return undefined
    const raw = { Key: key, ModifyIndex: found.index, Value: found.value.toString('base64') }
    return { value: found.value, raw }
  }
  const refusal = (session: string, change: Change): string | undefined => {
    const held = entries.get(normal(change.key))
    if (change.verb === 'remove') {
      return held === undefined || held.index === change.index ? undefined : 'index is stale'
    }
    if ((held?.index ?? 0) !== change.index) return 'index is stale'
    if (!sessions.has(session)) return `invalid session "${session}"`
    const holder = held?.session
    return holder === undefined || holder === session || holder === change.heldBy
      ? undefined
      : 'lock is already held'
  }
  return {
    entry: (key) => Promise.resolve(entryOf(key)),
    keys: (prefix) => Promise.resolve([...entries.keys()].filter((key) => key.startsWith(prefix)).sort()),
    set: (key, value, ifIndex) => {
      const index = entries.get(normal(key))?.index ?? 0
      const may = ifIndex === undefined || ifIndex === index
      if (may) put(key, value)
      return Promise.resolve(may)
    },
    remove: (key) => Promise.resolve(void entries.delete(normal(key))),
    removeTree: (folder) => {
      for (const key of entries.keys()) if (isWithin(normal(folder), key)) entries.delete(key)
      return Promise.resolve()
    },
    tree: (folder, known) => {
      const leaves = [...entries]
        .filter(([key]) => key.startsWith(`${normal(folder)}/`))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, { value, index, session }]): Leaf => ({ key, value, index, session }))
      const index = String(Math.max(0, ...leaves.map((leaf) => leaf.index)))
      const isKnown =
        known?.index === index &&
        leaves.length > 0 &&
        leaves.every(({ key }, at) => known.leaves[at]?.key === key) &&
        leaves.length === known.leaves.length
      return Promise.resolve(isKnown ? known : { leaves, index })
    },
    change: (session, changes) => {
      const refused: Refusal[] = []
      for (const change of changes) {
        const why = refusal(session, change)
        if (why !== undefined) refused.push({ key: change.key, why })
        else if (change.verb === 'remove') entries.delete(change.key)
        else put(change.key, change.value, session)
      }
      return Promise.resolve(refused)
    },
  }
}

/** The sessions of a store in memory; what a session holds goes with it. */
export function fakeSessions(
  state: KeyValueState = keyValueState(),
): Sessions & SessionNames & { end(id: string): void } {
  const names = new Map<string, string>()
  const end = (id: string) => {
    state.sessions.delete(id)
    for (const [key, { session }] of state.entries) if (session === id) state.entries.delete(key)
  }
  return {
    end,
    create: (name, ttlSeconds) => {
      if (ttlSeconds < 10) return Promise.reject(unavailable('Consul: Invalid Session TTL'))
      const id = `session ${names.size + 1} of ${name}`
      names.set(id, name)
      state.sessions.add(id)
      return Promise.resolve(id)
    },
    renew: (id) => Promise.resolve(state.sessions.has(id)),
    named: (name) => Promise.resolve([...state.sessions].filter((id) => names.get(id) === name)),
    destroy: (id) => {
      end(id)
      return Promise.resolve()
    },
  }
}
