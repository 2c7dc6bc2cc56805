import assert from 'node:assert/strict'
import fc from 'fast-check'
import { wantedOf, type Policy } from '../../../../src/agents/fleetstreet/desired.ts'
import { valueLimitBytes } from '../../../../src/model/key.ts'
import { formatPublished, parsePublished, publisherOf } from '../../../../src/model/published-container.ts'
import { anInspect, policy, withEnvironment } from './inspect.ts'

const keyOf = (inspect: unknown, changes: Partial<Policy> = {}) =>
  wantedOf(inspect, { ...policy, ...changes })?.keys[0]

const valueOf = (inspect: unknown): Buffer => {
  const { text, keys } = wantedOf(inspect, policy)!
  return Buffer.from(formatPublished({ id: keys[0]!, ip: policy.ip, host: policy.host }, text))
}

interface Value {
  readonly Trimmed?: string[]
  readonly Container: ReturnType<typeof anInspect> & { readonly Config: Record<string, unknown> }
}
const containerOf = (inspect: unknown) => (JSON.parse(String(valueOf(inspect))) as Value).Container

describe('what fleetstreet publishes', () => {
  describe('the key', () => {
    const names: Record<string, string> = {
      'FLEETSTREET_NAME=db': 'db',
      'FLEETSTREET_NAME=/team//db/': 'team/db',
      'FLEETSTREET_NAME=': 'web.h1',
      'FLEETSTREET_NAME=a/../b': 'web.h1',
      'FLEETSTREET_NAME=a\nb': 'web.h1',
      [`FLEETSTREET_NAME=${'x'.repeat(257)}`]: 'web.h1',
      'FLEETSTREET_NAMES=db': 'web.h1',
      FLEETSTREET_NAME: 'web.h1',
    }
    for (const [line, key] of Object.entries(names)) {
      it(`is ${key} with ${JSON.stringify(line.slice(0, 40))}`, () => {
        assert.equal(keyOf(withEnvironment(line)), key)
      })
    }

    it('is what the last of several variables says, and which one it is can be chosen', () => {
      assert.equal(keyOf(withEnvironment('FLEETSTREET_NAME=a', 'FLEETSTREET_NAME=b')), 'b')
      assert.equal(keyOf(withEnvironment('FLEETSTREET_NAME=a', 'X=b'), { variable: 'X' }), 'b')
    })

    it("is the host's and the container's id where somebody else has the first", () => {
      assert.deepEqual(wantedOf(anInspect(), policy)?.keys, ['web.h1', `h1:${'1'.repeat(64)}`])
    })
  })

  it('leaves out what has no variable with -ensure, what does not run, and command lines of arpanet', () => {
    assert.equal(keyOf(anInspect(), { ensure: true }), undefined)
    assert.equal(keyOf(withEnvironment('FLEETSTREET_NAME=a'), { ensure: true }), 'a')
    assert.equal(keyOf(anInspect({ State: { Running: false } })), undefined)
    assert.equal(keyOf(anInspect({ Config: { Labels: { 'arpanet.command': 'ps' } } })), undefined)
    assert.equal(keyOf(undefined), undefined)
    assert.equal(keyOf({}), undefined)
  })

  it('is the inspect, less what changes by itself and in an order that stays', () => {
    const left = ['ExecIDs', 'SizeRw']
    const facts = Object.fromEntries(
      Object.entries(anInspect()).filter(([name]) => !left.includes(name)),
    ) as ReturnType<typeof anInspect>
    assert.deepEqual(containerOf(anInspect()), {
      ...facts,
      State: { ...facts.State, Health: { Status: 'healthy' } },
      Mounts: [{ Destination: '/a' }, { Destination: '/b' }],
      NetworkSettings: {
        ...facts.NetworkSettings,
        Ports: {
          '80/tcp': [
            { HostIp: '0.0.0.0', HostPort: '8080' },
            { HostIp: '::', HostPort: '8080' },
          ],
          '81/tcp': null,
        },
      },
    })
    const later = anInspect({ State: { Health: { Status: 'healthy', FailingStreak: 1, Log: [] } } })
    later.Mounts.reverse()
    later.ExecIDs = []
    assert.deepEqual(valueOf(later), valueOf(anInspect()))
  })

  describe('secrets', () => {
    const env = (Env: string[], Labels: object = {}) =>
      containerOf(anInspect({ Config: { Env, Labels } })).Config.Env

    it('hides the values of variables and keeps their names, but for those that may be shown', () => {
      assert.deepEqual(
        env(['PASSWORD=a=b', 'SERVICE_NAME=web', 'FLEETSTREET_X=1', 'PATH=/bin', 'EMPTY=', 'BARE']),
        [
          'PASSWORD=(hidden)',
          'SERVICE_NAME=web',
          'FLEETSTREET_X=1',
          'PATH=(hidden)',
          'EMPTY=(hidden)',
          'BARE',
        ],
      )
    })

    it("shows more where the container's label says so", () => {
      const lines = ['PATH=/bin', 'PASSWORD=hunter2', 'SERVICE_NAME=web']
      assert.deepEqual(env(lines, { 'arpanet.fleetstreet.env': 'PA?H, X_*' }), [
        'PATH=/bin',
        'PASSWORD=(hidden)',
        'SERVICE_NAME=web',
      ])
      assert.deepEqual(env(lines, { 'arpanet.fleetstreet.env': 'all' }), lines)
    })

    it('hides them wherever else they are given to programs, and nowhere in names', () => {
      const inspect = anInspect({
        Name: 'hunter2-web',
        Config: {
          Env: ['PASSWORD=hunter2', 'LONGER=hunter2-again', 'SHORT=80'],
          Cmd: ['--password=hunter2', '--other', 'hunter2-again', '80'],
          Entrypoint: ['sh', '-c', 'echo hunter2'],
          Healthcheck: { Test: ['CMD', 'curl', '-u', 'me:hunter2', 'http://x'] },
          Labels: { a: 'b hunter2', 'arpanet.spec': '{"environment":{"PASSWORD":"hunter2"}}' },
        },
        State: { Error: 'cannot use hunter2' },
      })
      const { Name, Config, State } = containerOf({ ...inspect, Args: ['hunter2'] })
      assert.equal(Name, '/hunter2-web')
      assert.deepEqual(Config.Cmd, ['--password=(hidden)', '--other', '(hidden)', '80'])
      assert.deepEqual(Config.Labels, { a: 'b (hidden)' })
      assert.equal(State.Error, 'cannot use (hidden)')
      assert.doesNotMatch(JSON.stringify([Config, State]), /hunter2/)
    })

    it('hides what arguments named like secrets give, such as the key of Consul', () => {
      const { Args, Config } = containerOf({
        ...anInspect({
          Config: { Cmd: ['agent', '-encrypt', 'a2V5a2V5', '--api-key=sesame9', '-token', '-x'] },
        }),
        Args: ['agent', '-encrypt', 'a2V5a2V5'],
      })
      assert.deepEqual(Args, ['agent', '-encrypt', '(hidden)'])
      assert.deepEqual(Config.Cmd, ['agent', '-encrypt', '(hidden)', '--api-key=(hidden)', '-token', '-x'])
    })
  })

  describe('a container with too much to tell', () => {
    const long = 'x'.repeat(400_000)

    it('is told without its largest parts, which are named', () => {
      const inspect = anInspect({ Config: { Labels: { long }, Cmd: ['y'.repeat(300_000)] } })
      const value = valueOf(inspect)
      assert.ok(value.length <= valueLimitBytes)
      const { Container, Trimmed } = JSON.parse(String(value)) as Value
      assert.deepEqual(Trimmed, ['Config.Labels'])
      assert.equal(Container.Name, '/web')
      assert.deepEqual(parsePublished('web.h1', value)?.image, 'example/web:1')
    })

    it('is told whole up to the limit', () => {
      assert.equal(
        (JSON.parse(String(valueOf(anInspect({ Config: { Labels: { long } } })))) as Value).Trimmed,
        undefined,
      )
    })

    it('is told without whole chapters, or not at all, rather than not to be there', () => {
      const name = 'x'.repeat(150)
      const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`${name}${at}`, 1]))
      const chapters = valueOf({ ...anInspect(), HostConfig: many })
      assert.deepEqual((JSON.parse(String(chapters)) as Value).Trimmed, ['HostConfig'])
      const nothing = valueOf({ ...anInspect(), ...many })
      assert.deepEqual(JSON.parse(String(nothing)), {
        ...{ ID: 'web.h1', IP: '192.0.2.1', Host: 'h1', Container: {} },
        Trimmed: ['Container'],
      })
    })
  })

  it('is a value that parses and has room, whatever the inspect says', function () {
    // It makes megabytes of nonsense.
    this.timeout(60_000)
    const text = fc.string({ unit: 'binary' })
    const big = fc.tuple(text, fc.integer({ min: 1, max: 9_000 })).map(([part, times]) => part.repeat(times))
    const anything = fc.oneof(
      { weight: 4, arbitrary: fc.jsonValue() },
      big,
      fc.dictionary(text, fc.oneof(fc.jsonValue(), big), { maxKeys: 5 }),
    )
    const inspects = fc.record(
      {
        Id: fc.constant('1'.repeat(64)),
        Name: text,
        Created: anything,
        Path: fc.constantFrom(0, 300_000, 600_000).map((length) => 'x'.repeat(length)),
        Args: anything,
        Mounts: anything,
        HostConfig: anything,
        NetworkSettings: anything,
        Config: fc.oneof(anything, fc.record({ Env: fc.array(text), Labels: anything, Cmd: anything })),
        State: fc.record({ Running: fc.constant(true), Health: anything, Error: anything }),
      },
      { requiredKeys: ['Id', 'Name', 'State', 'Path'] },
    )
    let trimmed = 0
    fc.assert(
      fc.property(inspects, (inspect) => {
        const value = valueOf(inspect)
        trimmed += value.includes('"Trimmed"') ? 1 : 0
        assert.ok(value.length <= valueLimitBytes, `${value.length} bytes`)
        const parsed = JSON.parse(String(value)) as Record<string, unknown>
        const { keys } = wantedOf(inspect, policy)!
        assert.deepEqual([parsed.ID, parsed.IP, parsed.Host], [keys[0], '192.0.2.1', 'h1'])
        assert.deepEqual(publisherOf(value), { id: keys[0], ip: '192.0.2.1', host: 'h1' })
        assert.ok(parsePublished('key', value))
      }),
      { numRuns: 40 },
    )
    assert.ok(trimmed > 0)
  })
})
