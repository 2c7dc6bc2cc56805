import assert from 'node:assert/strict'
import { consulKeys } from '../../../../src/agents/registrator/key-store-consul.ts'
import { etcdKeys } from '../../../../src/agents/registrator/key-store-etcd.ts'
import { keyRegistrator, type KeyStore } from '../../../../src/agents/registrator/key-store.ts'
import { pace, reconcile } from '../../../../src/agents/reconciler.ts'
import type { Etcd } from '../../../../src/drivers/etcd.ts'
import { unavailable } from '../../../../src/errors.ts'
import type { DockerContainer } from '../../../../src/model/docker-container.ts'
import { fakeClock } from '../../../support/fake-clock.ts'
import { fakeKeyValue, fakeSessions, keyValueState } from '../../../support/key-value.ts'
import { aContainer, aPolicy, binding } from './containers.ts'

const options = { ...aPolicy(), ttlSeconds: 0, ttlRefreshSeconds: 0 }
type Opened = (changed: () => void, opened: () => void, signal: AbortSignal) => Promise<void>

/** What happens in a store, and what was asked of it. */
interface Outside {
  readonly asked: { writes: number; leases: number; renewals: number }
  isBroken: boolean
  readonly works: <T>(answer: () => T | Promise<T>) => Promise<T>
  readonly listen: Opened
}

interface Made {
  readonly store: KeyStore
  readonly keys: () => string[]
  /** All leases of this host end. */
  readonly expire: () => void
  /** Somebody else writes a key. */
  readonly put: (key: string, value: string) => void
}

const stores: Record<string, (outside: Outside) => Made> = {
  Consul: ({ asked, works, listen }) => {
    const state = keyValueState()
    const [kv, sessions] = [fakeKeyValue({}, state), fakeSessions(state)]
    const store = consulKeys(
      {
        kv: {
          ...kv,
          tree: (...args) => works(() => kv.tree(...args)),
          change: (...args) => {
            asked.writes += 1
            return works(() => kv.change(...args))
          },
        },
        sessions: {
          ...sessions,
          create: (name, seconds) => {
            asked.leases += 1
            return works(() => sessions.create(name, seconds))
          },
          renew: (id) => {
            asked.renewals += 1
            return works(() => sessions.renew(id))
          },
          named: (name) => works(() => sessions.named(name)),
        },
        agent: { changes: listen } as never,
      },
      'services',
      options,
    )
    return {
      store,
      keys: () => [...state.entries].map(([key, { value }]) => `${key}=${String(value)}`).sort(),
      expire: () => {
        for (const id of state.sessions) sessions.end(id)
      },
      put: (key, value) => void kv.set(`services/${key}`, Buffer.from(value)),
    }
  },
  etcd: ({ asked, works, listen }) => {
    const entries = new Map<string, { value: string; revision: number; lease: string | undefined }>()
    const leases = new Set<string>()
    let revision = 0
    const set = (key: string, value: string, lease?: string) =>
      entries.set(key, { value, lease, revision: (revision += 1) })
    const ifAt = (key: string, seen: number, act: () => void) => {
      asked.writes += 1
      return works(() => {
        if ((entries.get(key)?.revision ?? 0) !== seen) return false
        act()
        return true
      })
    }
    const etcd: Etcd = {
      keys: (prefix) =>
        works(() =>
          [...entries].filter(([key]) => key.startsWith(prefix)).map(([key, entry]) => ({ key, ...entry })),
        ),
      put: (key, value, lease, seen) =>
        ifAt(key, seen, () => {
          if (!leases.has(lease)) throw unavailable('etcd: requested lease not found')
          set(key, value, lease)
        }),
      remove: (key, seen) => ifAt(key, seen, () => entries.delete(key)),
      grant: (lease) => {
        asked.leases += 1
        return works(() => void leases.add(lease))
      },
      renew: (lease) => {
        asked.renewals += 1
        return works(() => leases.has(lease))
      },
      revoke: () => Promise.reject(new Error('nobody asks for it')),
      watch: (_prefix, _changed, opened, signal) => listen(() => undefined, opened, signal),
    }
    return {
      store: etcdKeys(etcd, 'services', options),
      keys: () => [...entries].map(([key, { value }]) => `${key.slice(1)}=${value}`).sort(),
      expire: () => {
        for (const [key, { lease }] of entries) if (lease !== undefined) entries.delete(key)
        leases.clear()
      },
      put: (key, value) => void set(`/services/${key}`, value),
    }
  },
}

function world(make: (typeof stores)[string]) {
  const clock = fakeClock()
  const listen: Opened = (_changed, opened, signal) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
      opened()
    })
  const outside: Outside = {
    asked: { writes: 0, leases: 0, renewals: 0 },
    isBroken: false,
    works: async (answer) => {
      if (outside.isBroken) throw unavailable('the store does not answer')
      return await answer()
    },
    listen,
  }
  const made = make(outside)
  const docker = { containers: [] as DockerContainer[], isBroken: false }
  const lines: string[] = []
  const log = { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) }
  const watch = {
    list: () =>
      docker.isBroken
        ? Promise.reject(unavailable('Docker does not answer'))
        : Promise.resolve(docker.containers),
    events: listen as never,
  }
  const start = () => {
    const end = new AbortController()
    const agent = keyRegistrator(made.store, options, { docker: watch, clock, log })
    const done = reconcile(agent, { log, clock }, end.signal)
    return async () => {
      end.abort()
      await done
    }
  }
  return { ...made, outside, clock, docker, lines, start }
}

const web = 'services/nginx/h1:web:80=192.0.2.1:8080'
const api = 'services/api/h1:api:80=192.0.2.1:8081'
const anApi = aContainer({ name: 'api', image: 'api', bindings: [binding('8081->80')] })

for (const [name, make] of Object.entries(stores)) {
  describe(`the registrator in ${name}`, () => {
    it('writes what runs once, takes it away, and takes no lease for nothing', async () => {
      const it = world(make)
      const end = it.start()
      await it.clock.advance(pace.everyMs)
      assert.deepEqual([it.keys(), it.outside.asked.leases], [[], 0])
      it.docker.containers = [aContainer(), anApi]
      await it.clock.advance(2 * pace.everyMs)
      assert.deepEqual(it.keys(), [api, web])
      assert.deepEqual([it.outside.asked.leases, it.outside.asked.writes], [1, 2])
      it.docker.containers = [anApi]
      await it.clock.advance(pace.everyMs)
      assert.deepEqual(it.keys(), [api])
      await it.clock.advance(10 * pace.everyMs)
      assert.equal(it.outside.asked.writes, 3)
      await end()
      assert.deepEqual(it.keys(), [api], 'what it made stays')
    })

    it('writes nothing when it starts anew, and still knows what is its own', async () => {
      const it = world(make)
      it.docker.containers = [aContainer({ environment: { SERVICE_ID: 'shop' } }), anApi]
      const end = it.start()
      await it.clock.advance(pace.everyMs)
      await end()
      const writes = it.outside.asked.writes
      it.docker.containers = [anApi]
      const endAgain = it.start()
      await it.clock.advance(pace.everyMs)
      assert.deepEqual(it.keys(), [api])
      assert.deepEqual([it.outside.asked.writes, it.outside.asked.leases], [writes + 1, 1])
      await endAgain()
    })

    it('takes a lease anew that is gone, and puts the keys again', async () => {
      const it = world(make)
      it.docker.containers = [aContainer()]
      const end = it.start()
      await it.clock.advance(pace.everyMs)
      it.expire()
      assert.deepEqual(it.keys(), [])
      await it.clock.advance(pace.everyMs + 5_000)
      assert.deepEqual(it.keys(), [web])
      assert.equal(it.outside.asked.leases, 2)
      await end()
    })

    it('does nothing while the store does not answer, and is right soon after', async () => {
      const it = world(make)
      it.docker.containers = [aContainer()]
      const end = it.start()
      await it.clock.advance(pace.everyMs)
      it.docker.containers = [anApi]
      it.outside.isBroken = true
      const { writes } = it.outside.asked
      await it.clock.advance(300_000)
      assert.equal(it.outside.asked.writes, writes)
      it.expire()
      it.outside.isBroken = false
      await it.clock.advance(5_000)
      assert.deepEqual(it.keys(), [api])
      await end()
    })

    it('renews the lease while Docker does not answer', async () => {
      const it = world(make)
      it.docker.containers = [aContainer()]
      const end = it.start()
      await it.clock.advance(pace.everyMs)
      it.docker.isBroken = true
      const { renewals } = it.outside.asked
      await it.clock.advance(10 * it.store.refreshMs)
      assert.ok(it.outside.asked.renewals >= renewals + 9)
      assert.deepEqual(it.keys(), [web])
      await end()
    })

    it('says once of a key of somebody else that it stays', async () => {
      const it = world(make)
      it.put('nginx/shop', '192.0.2.7:1')
      it.docker.containers = [aContainer({ environment: { SERVICE_ID: 'shop' } })]
      const end = it.start()
      await it.clock.advance(10 * pace.everyMs)
      assert.deepEqual(it.keys(), ['services/nginx/shop=192.0.2.7:1'])
      assert.deepEqual(it.lines, [`nginx/shop is somebody else's in ${name} and stays so, expected it ours`])
      await end()
    })
  })
}

describe('the lease of the registrator', () => {
  const lasts: Record<string, [ttl: number, refresh: number, consul: number, etcd: number]> = {
    'a third where nothing is said': [0, 0, 30_000, 20_000],
    'as it is said': [60, 15, 15_000, 15_000],
    'at least as long as Consul lets it': [5, 4, 10_000 / 3, 4_000],
  }
  for (const [what, [ttlSeconds, ttlRefreshSeconds, consul, etcd]] of Object.entries(lasts)) {
    it(`is renewed: ${what}`, () => {
      const given = { ...options, ttlSeconds, ttlRefreshSeconds }
      assert.equal(consulKeys({} as never, 'a', given).refreshMs, consul)
      assert.equal(etcdKeys({} as never, 'a', given).refreshMs, etcd)
    })
  }
})
