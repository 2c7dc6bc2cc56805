import assert from 'node:assert/strict'
import { pace, reconcile, type Agent, type Step, type Trigger } from '../../../src/agents/reconciler.ts'
import { unavailable } from '../../../src/errors.ts'
import type { PassOutcome } from '../../../src/model/pass.ts'
import { fakeClock, settle } from '../../support/fake-clock.ts'

type Toy = Agent<readonly string[], ReadonlySet<string>, ReadonlySet<string>, Step>

interface State {
  readonly wanted: Set<string>
  readonly there: Set<string>
}

/** An agent that makes `there` equal to `wanted`, on a clock of its own, and everything that can be done to it. */
function toy(changes: (state: State) => Partial<Toy> = () => ({})) {
  const clock = fakeClock()
  const state: State = { wanted: new Set(), there: new Set() }
  const [lines, passes, opened]: [string[], PassOutcome[], number[]] = [[], [], []]
  const end = new AbortController()
  const source: { ring: Trigger; close: (error?: Error) => void } = {
    ring: () => undefined,
    close: () => undefined,
  }
  const agent: Toy = {
    name: 'toy',
    sources: [
      {
        name: 'events',
        listen: (trigger, open, signal) =>
          new Promise((resolve, reject) => {
            source.ring = trigger
            source.close = (error) => (error === undefined ? resolve() : reject(error))
            signal.addEventListener('abort', () => resolve(), { once: true })
            opened.push(clock.now())
            open()
          }),
      },
    ],
    read: () => Promise.resolve([...state.wanted]),
    desired: (names) => new Set(names),
    observe: () => Promise.resolve(new Set(state.there)),
    plan: (desired, actual) => [
      ...[...actual].filter((name) => !desired.has(name)).map((target) => step('remove', target)),
      ...[...desired].filter((name) => !actual.has(name)).map((target) => step('make', target)),
    ],
    apply: ({ verb, target }) => {
      if (verb === 'make') state.there.add(target)
      else state.there.delete(target)
      return Promise.resolve()
    },
    ...changes(state),
  }
  const log = {
    info: (line: string) => void lines.push(line),
    warn: (line: string) => void lines.push(`warning: ${line}`),
  }
  const watch = { pass: (outcome: PassOutcome) => void passes.push(outcome) }
  const done = reconcile(agent, { log, clock, watch }, end.signal)
  return { ...state, clock, lines, passes, opened, end, source, done }
}

const step = (verb: string, target: string): Step => ({ verb, target, reason: 'a test' })

/** Past the pass that listening itself brings. */
const started = async (it: ReturnType<typeof toy>) => {
  await it.clock.advance(pace.debounceMs)
  it.passes.length = 0
  return it
}

describe('the reconciler', () => {
  it('looks once at the start, once when it listens, and then every half minute', async () => {
    const it = toy()
    await it.clock.advance(pace.debounceMs)
    assert.deepEqual(
      it.passes.map(({ reason }) => reason),
      ['the start', 'listens to events'],
    )
    await it.clock.advance(10 * (pace.everyMs + pace.debounceMs))
    assert.equal(it.passes.length, 12)
    assert.equal(it.passes.at(-1)?.reason, 'time')
    it.end.abort()
    await it.done
  })

  it('makes what is wanted, says so once with the reason, and says nothing when nothing changes', async () => {
    const it = await started(toy())
    it.wanted.add('a')
    it.source.ring('something happened')
    await it.clock.advance(pace.debounceMs)
    assert.deepEqual([...it.there], ['a'])
    await it.clock.advance(10 * pace.everyMs)
    assert.deepEqual(it.lines, ['make a: a test'])
    it.end.abort()
    await it.done
  })

  it('takes many triggers at once for one', async () => {
    const it = await started(toy())
    for (let count = 0; count < 100; count += 1) {
      it.source.ring('something happened')
      if (count % 10 === 0) await it.clock.advance(1)
    }
    await it.clock.advance(pace.debounceMs)
    assert.equal(it.passes.length, 1)
    it.end.abort()
    await it.done
  })

  it('looks once more for whatever happened while it looked', async () => {
    let gate = Promise.resolve()
    const it = await started(
      toy(({ there }) => ({
        observe: async () => {
          await gate
          return new Set(there)
        },
      })),
    )
    let open = (): void => undefined
    gate = new Promise((resolve) => {
      open = resolve
    })
    it.wanted.add('a')
    it.source.ring('one')
    await it.clock.advance(pace.debounceMs)
    it.wanted.add('b')
    it.source.ring('two')
    it.source.ring('three')
    open()
    await it.clock.advance(pace.debounceMs)
    assert.deepEqual([...it.there], ['a', 'b'])
    assert.deepEqual(
      it.passes.map(({ reason }) => reason),
      ['one', 'two'],
    )
    it.end.abort()
    await it.done
  })

  it('looks at once for what is urgent, and no more often for it', async () => {
    const it = await started(toy())
    await it.clock.advance(1_000)
    it.source.ring('something happened')
    await it.clock.advance(pace.debounceMs / 2)
    assert.equal(it.passes.length, 0)
    it.source.ring('something urgent', 'urgent')
    await it.clock.advance(0)
    assert.equal(it.passes.length, 1)
    for (let count = 0; count < pace.debounceMs; count += 1) {
      it.source.ring('something urgent', 'urgent')
      await it.clock.advance(1)
    }
    assert.equal(it.passes.length, 2)
    it.source.ring('something happened')
    await it.clock.advance(pace.debounceMs - 1)
    assert.equal(it.passes.length, 2)
    await it.clock.advance(1)
    assert.equal(it.passes.length, 3)
    it.end.abort()
    await it.done
  })

  it('breaks a pass off for what is urgent, and loses none of its steps', async () => {
    const taken: string[] = []
    const it = await started(
      toy(({ wanted, there }) => ({
        apply: ({ verb, target }) => {
          taken.push(`${verb} ${target}`)
          if (verb === 'make') there.add(target)
          else there.delete(target)
          if (target === 'b') {
            wanted.delete('ill')
            it.source.ring('something urgent', 'urgent')
          }
          return Promise.resolve()
        },
      })),
    )
    for (const name of ['ill', 'a', 'b', 'c', 'd']) it.wanted.add(name)
    it.there.add('ill')
    it.source.ring('something happened')
    await it.clock.advance(2 * pace.debounceMs)
    assert.deepEqual(taken, ['make a', 'make b', 'remove ill', 'make c', 'make d'])
    it.end.abort()
    await it.done
  })

  for (const reading of ['read', 'observe'] as const) {
    it(`does nothing where it could not ${reading}, tries again less and less often, then goes on`, async () => {
      let broken = false
      const unless = async <T>(answer: T): Promise<T> => {
        if (broken) throw unavailable('nobody answers')
        return Promise.resolve(answer)
      }
      const it = await started(
        toy(({ wanted, there }) =>
          reading === 'read'
            ? { read: () => unless([...wanted]) }
            : { observe: () => unless(new Set(there)) },
        ),
      )
      it.there.add('stays')
      broken = true
      it.source.ring('something happened')
      await it.clock.advance(60_000)
      assert.deepEqual([...it.there], ['stays'])
      assert.ok(it.passes.length > 60_000 / pace.longestBackOffMs - 1, String(it.passes.length))
      assert.ok(it.passes.length < 40, String(it.passes.length))
      // Not more often for being told more often.
      const count = it.passes.length
      for (let turn = 0; turn < 10; turn += 1) {
        it.source.ring('again')
        await it.clock.advance(pace.longestBackOffMs / 10)
      }
      assert.ok(it.passes.length <= count + 2)
      broken = false
      await it.clock.advance(pace.longestBackOffMs)
      assert.deepEqual([...it.there], [])
      assert.ok(it.lines.includes('warning: cannot look: nobody answers'))
      it.end.abort()
      await it.done
    })
  }

  it('goes on past a target that fails, and tries that one again later', async () => {
    const tries: string[] = []
    const it = await started(
      toy(({ there }) => ({
        apply: ({ target }) => {
          tries.push(target)
          if (target === 'bad' && tries.filter((each) => each === 'bad').length < 4) {
            return Promise.reject(unavailable('not this one'))
          }
          there.add(target)
          return Promise.resolve()
        },
      })),
    )
    for (const name of ['bad', 'good']) it.wanted.add(name)
    it.source.ring('something happened')
    await it.clock.advance(pace.debounceMs)
    assert.deepEqual(tries, ['bad', 'good'])
    assert.equal(it.passes.at(-1)?.failures, 1)
    // Another target is not held up, and the bad one not tried before its time.
    it.wanted.add('other')
    it.source.ring('something happened')
    await it.clock.advance(pace.debounceMs)
    assert.deepEqual(tries, ['bad', 'good', 'other'])
    await it.clock.advance(10_000)
    assert.deepEqual(tries, ['bad', 'good', 'other', 'bad', 'bad', 'bad'])
    assert.deepEqual([...it.there].sort(), ['bad', 'good', 'other'])
    assert.equal(it.passes.at(-1)?.failures, 0)
    it.end.abort()
    await it.done
  })

  it('takes no further step of a target that failed', async () => {
    const taken: string[] = []
    const it = await started(
      toy(() => ({
        plan: () => (taken.length > 0 ? [] : [step('remove', 'a'), step('make', 'a'), step('make', 'b')]),
        apply: ({ verb, target }) => {
          taken.push(`${verb} ${target}`)
          return verb === 'remove' ? Promise.reject(unavailable('no')) : Promise.resolve()
        },
      })),
    )
    assert.deepEqual(taken, ['remove a', 'make b'])
    it.end.abort()
    await it.done
  })

  it('takes so many steps of one verb at a time, and none before those that come first', async () => {
    const taken: string[] = []
    let [atOnce, most] = [0, 0]
    const steps = ['a', 'b', 'a', 'c', 'd', 'e', 'f'].map((target) => step('make', target))
    const it = await started(
      toy(() => ({
        together: 3,
        plan: () => (taken.length > 0 ? [] : [step('remove', 'x'), ...steps, step('remove', 'y')]),
        apply: async ({ verb, target }) => {
          atOnce += 1
          most = Math.max(most, atOnce)
          taken.push(`${verb} ${target} beside ${atOnce - 1}`)
          await Promise.resolve()
          atOnce -= 1
        },
      })),
    )
    assert.deepEqual(
      taken.map((line) => line.split(' beside ')[0]),
      ['remove x', ...steps.map(({ target }) => `make ${target}`), 'remove y'],
    )
    assert.deepEqual(
      taken.filter((line) => line.endsWith(' beside 0')),
      ['remove x beside 0', 'make a beside 0', 'make a beside 0', 'make e beside 0', 'remove y beside 0'],
    )
    assert.equal(most, 3)
    it.end.abort()
    await it.done
  })

  for (const error of [undefined, new Error('cut')]) {
    it(`listens again when what it listens to ${error ? 'fails' : 'ends'}, and looks at everything`, async () => {
      const it = await started(toy())
      it.wanted.add('missed')
      it.source.close(error)
      await it.clock.advance(pace.longestBackOffMs)
      assert.equal(it.opened.length, 2)
      assert.deepEqual([...it.there], ['missed'])
      it.end.abort()
      await it.done
    })
  }

  it('finishes the step that it takes when it is told to end, and takes no other', async () => {
    let finish = (): void => undefined
    const it = await started(
      toy(({ there }) => ({
        apply: ({ target }) =>
          new Promise((resolve) => {
            finish = () => {
              there.add(target)
              resolve()
            }
          }),
      })),
    )
    for (const name of ['a', 'b']) it.wanted.add(name)
    it.source.ring('something happened')
    await it.clock.advance(pace.debounceMs)
    it.end.abort()
    await settle()
    assert.deepEqual([...it.there], [])
    finish()
    await it.done
    assert.deepEqual([...it.there], ['a'])
  })
})
