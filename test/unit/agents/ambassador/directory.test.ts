import assert from 'node:assert/strict'
import type { DirectoryWorld } from '../../../../src/agents/ambassador/directory/directory.ts'
import { ConsulTurns, share } from '../../../../src/agents/ambassador/directory/source-consul-turns.ts'
import type { Asked, Heard, Passing } from '../../../../src/drivers/consul/consul.ts'
import { sortedInstances } from '../../../../src/model/instance.ts'
import { unavailable } from '../../../../src/errors.ts'
import { fakeClock, settle, type FakeClock } from '../../../support/fake-clock.ts'
import { FollowedDirectory } from '../../../support/followed-directory.ts'

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const stop = () => reject(unavailable('Consul: it was aborted'))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })

/** Something that is asked, and what it answers: a question that fits none of its answers is an error. */
class Oracle<T> {
  readonly asked: string[] = []
  isSilent = false
  readonly #answers = new Map<string, T | Error>()

  set(name: string, answer: T | Error): void {
    this.#answers.set(name, answer)
  }

  async answer(name: string, signal: AbortSignal): Promise<T> {
    this.asked.push(name)
    if (this.isSilent) return untilAborted(signal)
    await Promise.resolve()
    const answer = this.#answers.get(name)
    if (answer === undefined) throw unavailable(`DNS: no answer for ${name}`)
    if (answer instanceof Error) throw answer
    return answer
  }
}

const passing = (host: string, changes: Partial<Passing> = {}): Passing => ({
  ...{ host, port: 80, weight: 1, node: '192.0.2.7' },
  ...changes,
})

describe('the directory', () => {
  let clock: FakeClock
  let dns: Oracle<{ addresses: string[]; ttlSeconds: number }>
  let srv: Oracle<{ target: string; port: number; priority: number; weight: number }[]>
  let catalogue: { index: number; value: Passing[] } | Error
  let wake: () => void
  let followed: FollowedDirectory

  /** It answers at once what is not known yet, and else when it is another. */
  const ask = async ({ index, signal }: Asked): Promise<Heard<readonly Passing[]>> => {
    if (catalogue instanceof Error) throw catalogue
    if (String(catalogue.index) === index) {
      await Promise.race([new Promise<void>((resolve) => (wake = resolve)), untilAborted(signal)])
    }
    if (catalogue instanceof Error) throw catalogue
    return { index: String(catalogue.index), value: catalogue.value }
  }
  const becomes = async (next: typeof catalogue) => {
    catalogue = next
    wake()
    await clock.advance(share.restMs)
  }

  beforeEach(() => {
    clock = fakeClock()
    dns = new Oracle()
    srv = new Oracle()
    wake = () => undefined
    catalogue = { index: 1, value: [] }
    const nobody = () => Promise.reject(unavailable('nobody is there'))
    const world: DirectoryWorld = {
      consul: { health: { passing: (_, asked) => ask(asked) }, values: { under: nobody, at: nobody } },
      consulAt: nobody,
      etcdAt: nobody,
      records: {
        addresses: (name, signal) => dns.answer(name, signal),
        services: (name, signal) => srv.answer(name, signal),
      },
    }
    followed = new FollowedDirectory(world, clock)
  })
  afterEach(() => followed.end())

  it('has an address at once, and all of a list once, sorted', () => {
    followed.follow('192.0.2.1:80', '192.0.2.2:80,192.0.2.10:80,[2001:db8::1]:1,192.0.2.2:9')
    assert.equal(followed.line('192.0.2.1:80'), '192.0.2.1:80')
    assert.equal(
      followed.line('192.0.2.2:80,192.0.2.10:80,[2001:db8::1]:1,192.0.2.2:9'),
      '192.0.2.10:80 192.0.2.2:9 192.0.2.2:80 [2001:db8::1]:1',
    )
  })

  describe('asks for the addresses of a name', () => {
    const heard = async (ttlSeconds: number, ...addresses: string[]) => {
      dns.set('db', { addresses, ttlSeconds })
      await clock.advance(0)
    }

    for (const [ttlSeconds, restMs] of [
      [0, 1_000],
      [7, 7_000],
      [86_400, 60_000],
    ] as const) {
      it(`after ${restMs} ms where they may be relied on for ${ttlSeconds} s`, async () => {
        await heard(ttlSeconds, '192.0.2.1')
        followed.follow('db:1')
        await clock.advance(restMs - 1)
        assert.equal(dns.asked.length, 1)
        await clock.advance(1)
        assert.equal(dns.asked.length, 2)
      })
    }

    it('and keeps those that it knew while nobody answers', async () => {
      followed.follow('db:1')
      await settle()
      assert.equal(followed.line('db:1'), 'unknown: DNS: no answer for db')
      await heard(1, '192.0.2.1')
      await clock.advance(250)
      assert.equal(followed.line('db:1'), '192.0.2.1:1')
      dns.set('db', unavailable('DNS: no answer for db: timed out'))
      await clock.advance(60_000)
      assert.equal(followed.line('db:1'), '192.0.2.1:1 stale')
      assert.equal(followed.directory.trouble('db:1'), 'DNS: no answer for db: timed out')
      await heard(1)
      await clock.advance(2_500)
      assert.equal(followed.line('db:1'), 'none: there is no host db')
      assert.deepEqual(followed.lines, [
        'warning: db:1: cannot be asked, and nothing is known of it: DNS: no answer for db',
        'db:1: 1 instance',
        'warning: db:1: cannot be asked, 1 instance as before: DNS: no answer for db: timed out',
        'warning: db:1: no instance: there is no host db',
      ])
    })

    it('and has the others of a list meanwhile', async () => {
      followed.follow('db:1,192.0.2.9:1')
      assert.equal(followed.line('db:1,192.0.2.9:1'), '192.0.2.9:1')
      await settle()
      assert.equal(followed.line('db:1,192.0.2.9:1'), '192.0.2.9:1 stale')
    })

    it('and keeps those of one name that does not answer beside those of another that does', async () => {
      await heard(1, '192.0.2.1')
      dns.set('web', { addresses: ['192.0.2.2'], ttlSeconds: 1 })
      followed.follow('db:1,web:1')
      await settle()
      dns.set('db', unavailable('DNS: no answer for db'))
      dns.set('web', { addresses: ['192.0.2.3'], ttlSeconds: 1 })
      await clock.advance(1_000)
      assert.equal(followed.line('db:1,web:1'), '192.0.2.1:1 192.0.2.3:1 stale')
    })

    it('no longer than it is followed', async () => {
      await heard(1, '192.0.2.1')
      followed.follow('db:1')
      await clock.advance(5_000)
      followed.follow()
      const { length } = dns.asked
      await clock.advance(600_000)
      assert.equal(dns.asked.length, length)
      assert.equal(followed.directory.found('db:1'), undefined)
    })
  })

  it('has of SRV records those with the lowest priority, and a weight of 0 as 1', async () => {
    const record = (target: string, priority: number, weight: number) => ({
      target,
      port: 1,
      priority,
      weight,
    })
    srv.set('a.b.c', [record('one', 1, 0), record('two', 1, 9), record('three', 2, 5), record('', 0, 1)])
    for (const name of ['one', 'two', 'three']) {
      dns.set(name, { addresses: [`192.0.2.${name.length}`, '192.0.2.9'], ttlSeconds: 60 })
    }
    followed.follow('a.b.c')
    await settle()
    assert.equal(followed.line('a.b.c'), '192.0.2.3:1*9 192.0.2.9:1*9')
    assert.deepEqual(dns.asked, ['one', 'two'])
    srv.set('a.b.c', [])
    await clock.advance(5_000)
    assert.equal(followed.line('a.b.c'), 'none: DNS has no SRV record of a.b.c')
    assert.equal(followed.triggers.at(-1), '!a.b.c: 192.0.2.3 port 1 left')
  })

  it('keeps the targets that it knew until it knows where the next ones are', async () => {
    const record = (target: string) => [{ target, port: 1, priority: 1, weight: 1 }]
    srv.set('a.b.c', record('one'))
    dns.set('one', { addresses: ['192.0.2.1'], ttlSeconds: 60 })
    followed.follow('a.b.c')
    await settle()
    srv.set('a.b.c', record('two'))
    await clock.advance(5_000)
    assert.equal(followed.line('a.b.c'), '192.0.2.1:1 stale')
    dns.set('two', { addresses: ['192.0.2.2'], ttlSeconds: 60 })
    await clock.advance(2_500)
    assert.equal(followed.line('a.b.c'), '192.0.2.2:1')
  })

  describe('of Consul', () => {
    it('triggers for another address, port, weight or host, and for nothing else', async () => {
      followed.follow('web')
      await clock.advance(share.restMs)
      assert.deepEqual(followed.triggers, ['web: it is another'])
      const steps: [Passing[], string | undefined][] = [
        [[passing('192.0.2.1')], 'web: it is another'],
        [[passing('192.0.2.1')], undefined],
        [[passing('192.0.2.1'), passing('192.0.2.1')], undefined],
        [[passing('192.0.2.1'), passing('192.0.2.1', { weight: 2 })], 'web: it is another'],
        [[passing('192.0.2.1', { weight: 2, node: '192.0.2.8' })], 'web: it is another'],
        [[passing('192.0.2.1', { port: 81 })], '!web: 192.0.2.1 port 80 left'],
        [[passing('192.0.2.2'), passing('192.0.2.1', { port: 81 })], 'web: it is another'],
        [[passing('192.0.2.1', { port: 81 }), passing('192.0.2.2')], undefined],
        [[], '!web: 192.0.2.1 port 81 left'],
      ]
      for (const [index, [value, trigger]] of steps.entries()) {
        followed.triggers.length = 0
        await becomes({ index: index + 2, value })
        assert.deepEqual(followed.triggers, trigger === undefined ? [] : [trigger], `step ${index + 1}`)
      }
    })

    it('does not believe an answer with a lower index, and asks anew', async () => {
      catalogue = { index: 9, value: [passing('192.0.2.1')] }
      followed.follow('web')
      await clock.advance(share.restMs)
      catalogue = { index: 3, value: [] }
      wake()
      await settle()
      assert.equal(followed.line('web'), '192.0.2.1:80@192.0.2.7')
      await becomes({ index: 4, value: [passing('192.0.2.2')] })
      assert.equal(followed.line('web'), '192.0.2.2:80@192.0.2.7')
    })

    it('says only once that it cannot be asked, and once that it can again', async () => {
      catalogue = { index: 1, value: [passing('192.0.2.1')] }
      followed.follow('web')
      await clock.advance(share.restMs)
      await becomes(unavailable('Consul: no answer'))
      await clock.advance(60_000)
      assert.equal(followed.line('web'), '192.0.2.1:80@192.0.2.7 stale')
      await becomes(unavailable('Consul: no cluster leader'))
      await clock.advance(60_000)
      assert.equal(followed.directory.trouble('web'), 'Consul: no cluster leader')
      await becomes({ index: 1, value: [passing('192.0.2.1')] })
      await clock.advance(2_500)
      assert.equal(followed.line('web'), '192.0.2.1:80@192.0.2.7')
      assert.deepEqual(followed.lines, [
        'web: 1 instance',
        'warning: web: cannot be asked, 1 instance as before: Consul: no answer',
        'web: 1 instance',
      ])
    })

    it('leaves out what is registered at no address that can be reached', async () => {
      const value = ['fe80::1%eth0', 'not a name', '999.1.1.1', '-x'].map((host) => passing(host))
      catalogue = { index: 1, value: [...value, passing('2001:DB8:0::1'), passing('192.0.2.1', { port: 0 })] }
      followed.follow('web')
      await settle()
      assert.equal(followed.line('web'), '[2001:db8::1]:80@192.0.2.7')
      assert.deepEqual(dns.asked, [])
    })
  })

  describe('settles', () => {
    it('when all were heard or could not be asked', async () => {
      followed.follow('192.0.2.1:80', 'web', 'nobody:1', 'consul://nobody/x')
      const settled = followed.directory.settled(60_000)
      await settle()
      await settled
      assert.equal(clock.now(), 0)
    })

    it('or when time is up', async () => {
      catalogue = { index: 1, value: [passing('slow')] }
      dns.isSilent = true
      followed.follow('web')
      let isSettled = false
      void followed.directory.settled(500).then(() => (isSettled = true))
      await clock.advance(499)
      assert.equal(isSettled, false)
      await clock.advance(1)
      assert.equal(isSettled, true)
    })
  })
})

describe('the turns at a Consul agent', () => {
  it('let 64 wait, four more ask, and each hear of a change within a few seconds', async () => {
    const clock = fakeClock()
    const turns = new ConsulTurns(clock)
    const count = 200
    const heard = new Map<number, string>()
    const now = { all: 0, most: 0, waiting: 0 }
    let value = 'a'
    const ends = Array.from({ length: count }, (_, name) => {
      const end = new AbortController()
      const ask = async ({ index, waits, signal }: Asked): Promise<Heard<string>> => {
        now.most = Math.max(now.most, (now.all += 1))
        try {
          if (waits && index !== undefined) {
            now.waiting += 1
            await untilAborted(signal).finally(() => (now.waiting -= 1))
          }
          await clock.sleep(5)
          return { index: value === 'a' ? '1' : '2', value }
        } finally {
          now.all -= 1
        }
      }
      const done = turns.follow(ask, (seen) => void heard.set(name, seen), end.signal)
      return { end, done: done.catch(() => undefined) }
    })
    await clock.advance(1_000)
    assert.equal(heard.size, count)
    assert.deepEqual([now.waiting, now.most], [64, 68])
    value = 'b'
    await clock.advance(4_000)
    assert.equal([...heard.values()].filter((each) => each === 'b').length, count - 64)
    for (const { end } of ends.slice(0, 64)) end.abort()
    await clock.advance(4_000)
    assert.equal(now.waiting, 64, 'others wait now')
    for (const { end } of ends) end.abort()
    await clock.advance(1_000)
    await Promise.all(ends.map(({ done }) => done))
    assert.equal(now.all, 0)
  })
})

describe('instances', () => {
  it('are equal for equal answers, whatever their order', () => {
    const all = [
      { address: '192.0.2.2', port: 1, weight: 1 },
      { address: '192.0.2.1', port: 10, weight: 0, node: 'b' },
      { address: '192.0.2.1', port: 9, weight: 3 },
      { address: '192.0.2.1', port: 10, weight: 2, node: 'a' },
    ]
    const sorted = [
      { address: '192.0.2.1', port: 9, weight: 3 },
      { address: '192.0.2.1', port: 10, weight: 2, node: 'a' },
      { address: '192.0.2.2', port: 1, weight: 1 },
    ]
    assert.deepEqual(sortedInstances(all), sorted)
    assert.deepEqual(sortedInstances(all.toReversed()), sorted)
  })
})
