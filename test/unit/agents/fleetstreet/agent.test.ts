import assert from 'node:assert/strict'
import { fleetstreet } from '../../../../src/agents/fleetstreet/agent.ts'
import { pace, reconcile } from '../../../../src/agents/reconciler.ts'
import type { DockerEvent } from '../../../../src/drivers/docker/docker.ts'
import { unavailable } from '../../../../src/errors.ts'
import type { DockerContainer } from '../../../../src/model/docker-container.ts'
import type { PassOutcome } from '../../../../src/model/pass.ts'
import { fakeClock } from '../../../support/fake-clock.ts'
import { fakeKeyValue, fakeSessions, keyValueState } from '../../../support/key-value.ts'
import { anInspect, policy, type Changes } from './inspect.ts'

/** A host with an engine, and a Consul, that do what they are told. */
function world() {
  const [clock, state] = [fakeClock(), keyValueState()]
  const [kv, sessions] = [fakeKeyValue({}, state), fakeSessions(state)]
  const containers = new Map<string, Changes>()
  const asked = { inspects: 0, writes: 0, sessions: 0, renewals: 0 }
  const broken: Record<string, boolean> = {}
  let seen: (event: DockerEvent) => void = () => undefined
  const works = <T>(name: string, answer: () => Promise<T>): Promise<T> =>
    broken[name] === true ? Promise.reject(unavailable(`${name} is broken`)) : answer()

  const listed = (id: string, { Name = 'web', State }: Changes): DockerContainer => ({
    ...{
      id,
      name: Name,
      image: 'example/web:1',
      state: 'running',
      isStopping: false,
      exitCode: 0,
      createdAt: 0,
    },
    ...{ environment: {}, labels: {}, exposed: [], bindings: [], networkMode: 'default', networks: {} },
    health: (State as { Health?: { Status: 'healthy' } } | undefined)?.Health?.Status ?? 'healthy',
  })
  const outside = {
    clock,
    watch: {
      list: () =>
        works('list', () => Promise.resolve([...containers].map(([id, changes]) => listed(id, changes)))),
      inspect: (id: string) => {
        asked.inspects += 1
        const found = containers.get(id)
        return works('inspect', () => Promise.resolve(found && anInspect({ ...found, Id: id })))
      },
      events: (tell: typeof seen, opened: () => void, signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          seen = tell
          signal.addEventListener('abort', () => resolve(), { once: true })
          opened()
        }),
    },
    kv: {
      tree: (...args: Parameters<typeof kv.tree>) => works('tree', () => kv.tree(...args)),
      change: (...args: Parameters<typeof kv.change>) => {
        asked.writes += 1
        return works('change', () => kv.change(...args))
      },
    },
    sessions: {
      create: (name: string, seconds: number) => {
        asked.sessions += 1
        return works('create', () => sessions.create(name, seconds))
      },
      renew: (id: string) => {
        asked.renewals += 1
        return sessions.renew(id)
      },
    },
    agent: {
      changes: (_changed: () => void, opened: () => void, signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true })
          opened()
        }),
    },
  }

  const agent = (host = policy.host) => {
    const [end, lines, passes] = [new AbortController(), [] as string[], [] as PassOutcome[]]
    const log = {
      info: (line: string) => void lines.push(line),
      warn: (line: string) => void lines.push(`warning: ${line}`),
    }
    const watch = { pass: (outcome: PassOutcome) => void passes.push(outcome) }
    const done = reconcile(
      fleetstreet({ ...policy, host }, { ...outside, log }),
      { log, clock, watch },
      end.signal,
    )
    return {
      lines,
      passes,
      end: async () => {
        end.abort()
        await done
      },
    }
  }
  const id = (name: string) => name.padEnd(64, '-')
  return {
    ...{ clock, state, sessions, asked, broken, agent, kv },
    /** Something happens to a container, and Docker tells of it. */
    happen: async (action: string, name: string, changes?: Changes) => {
      if (action === 'die') containers.delete(id(name))
      else containers.set(id(name), { Name: name, ...changes })
      seen({ action, id: id(name), attributes: { name } })
      await clock.advance(pace.debounceMs)
    },
    /** Something happens, and nobody tells of it. */
    silently: (name: string, changes: Changes) => void containers.set(id(name), { Name: name, ...changes }),
    keys: () => [...state.entries.keys()].map((key) => key.slice(policy.folder.length + 1)).sort(),
    valueOf: (key: string) =>
      JSON.parse(String(state.entries.get(`${policy.folder}/${key}`)?.value)) as {
        Container: ReturnType<typeof anInspect>
      },
  }
}

/** Past the passes that listening itself brings. */
const started = async (it: ReturnType<typeof world>, host?: string) => {
  const agent = it.agent(host)
  await it.clock.advance(2 * pace.debounceMs)
  return agent
}

describe('fleetstreet', () => {
  it('publishes what runs, follows what happens to it, and takes it away', async () => {
    const it = world()
    const agent = await started(it)
    assert.deepEqual([it.keys(), it.asked.sessions], [[], 0])
    await it.happen('start', 'web')
    await it.happen('start', 'db')
    assert.deepEqual(it.keys(), ['db.h1', 'web.h1'])
    await it.happen('health_status: unhealthy', 'web', { State: { Health: { Status: 'unhealthy' } } })
    assert.equal(it.valueOf('web.h1').Container.State.Health.Status, 'unhealthy')
    await it.happen('connect', 'web', { NetworkSettings: { Networks: { other: {} } } })
    assert.deepEqual(it.valueOf('web.h1').Container.NetworkSettings.Networks, { other: {} })
    await it.happen('rename', 'web', { Name: 'shop' })
    assert.deepEqual(it.keys(), ['db.h1', 'shop.h1'])
    await it.happen('die', 'web')
    assert.deepEqual(it.keys(), ['db.h1'])
    assert.equal(it.asked.sessions, 1)
    assert.deepEqual(
      agent.lines.filter((line) => line.startsWith('warning')),
      [],
    )
    await agent.end()
    assert.deepEqual(it.keys(), ['db.h1'], 'what it published stays')
  })

  it('writes nothing and inspects nothing when nothing happens, and keeps its session', async () => {
    const it = world()
    await it.happen('start', 'web')
    const agent = await started(it)
    const before = { ...it.asked }
    await it.clock.advance(4 * (pace.everyMs + pace.debounceMs))
    assert.deepEqual({ ...it.asked, renewals: 0 }, { ...before, renewals: 0 })
    assert.ok(it.asked.renewals >= before.renewals + 4)
    await agent.end()
  })

  it('writes nothing when what Docker tells of is no change', async () => {
    const it = world()
    await it.happen('start', 'web')
    const agent = await started(it)
    const { writes, inspects } = it.asked
    await it.happen('update', 'web', { State: { Health: { Status: 'healthy', FailingStreak: 3, Log: [1] } } })
    assert.deepEqual([it.asked.writes, it.asked.inspects], [writes, inspects + 1])
    await agent.end()
  })

  it('sees in time what nobody told of', async () => {
    const it = world()
    await it.happen('start', 'web')
    const agent = await started(it)
    it.silently('web', { State: { Error: 'no more room' } })
    await it.clock.advance(6 * 60_000)
    assert.equal(it.valueOf('web.h1').Container.State.Error, 'no more room')
    await agent.end()
  })

  it('writes all that is new at once, with one session', async () => {
    const it = world()
    for (let count = 0; count < 100; count += 1) it.silently(`web${count}`, {})
    const agent = await started(it)
    assert.equal(it.keys().length, 100)
    assert.deepEqual([it.asked.sessions, it.asked.writes], [1, 1])
    await agent.end()
  })

  it('takes its session over and writes nothing when it was killed and started again, and so does a second one', async () => {
    const it = world()
    await it.happen('start', 'web')
    const first = await started(it)
    const { writes, sessions } = it.asked
    const second = await started(it)
    await it.clock.advance(3 * pace.everyMs)
    assert.deepEqual([it.asked.writes, it.asked.sessions], [writes, sessions])
    await first.end()
    await it.happen('start', 'db')
    assert.deepEqual(it.keys(), ['db.h1', 'web.h1'])
    assert.equal(it.asked.sessions, sessions)
    await second.end()
  })

  it('opens another session when its own is lost, and writes all again', async () => {
    const it = world()
    await it.happen('start', 'web')
    const agent = await started(it)
    it.sessions.end([...it.state.sessions][0]!)
    assert.deepEqual(it.keys(), [])
    await it.clock.advance(pace.everyMs + pace.debounceMs)
    assert.deepEqual([it.keys(), it.asked.sessions], [['web.h1'], 2])
    await agent.end()
  })

  it('tries only for a session as long as it gets none, then goes on', async () => {
    const it = world()
    for (let count = 0; count < 50; count += 1) it.silently(`web${count}`, {})
    it.broken.create = true
    const agent = await started(it)
    await it.clock.advance(20_000)
    assert.ok(agent.lines.length < 80, `${agent.lines.length} lines`)
    it.broken.create = false
    await it.clock.advance(pace.longestBackOffMs + 4 * pace.debounceMs)
    assert.equal(it.keys().length, 50)
    await agent.end()
  })

  for (const part of ['list', 'inspect', 'tree', 'change']) {
    it(`changes nothing while ${part} fails, and has all right afterwards`, async () => {
      const it = world()
      await it.happen('start', 'web')
      await it.happen('start', 'db')
      const agent = await started(it)
      it.broken[part] = true
      await it.happen('rename', 'web', { Name: 'shop' })
      await it.happen('die', 'db')
      await it.clock.advance(10_000)
      assert.deepEqual(it.keys(), ['db.h1', 'web.h1'])
      it.broken[part] = false
      await it.clock.advance(5_000)
      assert.deepEqual(it.keys(), ['shop.h1'])
      await agent.end()
    })
  }

  it('leaves what other hosts publish, and says once whose a name is', async () => {
    const it = world()
    await it.happen('start', 'web')
    const here = await started(it)
    const key = `${policy.folder}/web.h1`
    const theirs = it.state.entries.get(key)!
    it.state.entries.set(key, {
      ...theirs,
      value: Buffer.from('{"ID":"a","IP":"192.0.2.7","Host":"h7","Container":{}}'),
      session: 's',
      index: 999,
    })
    it.state.index = 1_000
    await it.clock.advance(3 * pace.everyMs)
    assert.deepEqual(it.keys(), [`h1:${'web'.padEnd(64, '-')}`, 'web.h1'])
    assert.equal(it.state.entries.get(key)?.index, 999)
    assert.deepEqual(
      here.lines.filter((line) => line.startsWith('warning')),
      ["warning: web.h1 is h7's, and stays as it is"],
    )
    await here.end()
  })
})
