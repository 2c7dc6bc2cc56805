import assert from 'node:assert/strict'
import { wantedOf, type Policy, type Wanted } from '../../../../src/agents/fleetstreet/desired.ts'
import { plan, type Actual, type Seen, type Step } from '../../../../src/agents/fleetstreet/plan.ts'
import { formatPublished, publisherOf } from '../../../../src/model/published-container.ts'
import { anInspect, policy, withEnvironment, type Changes } from './inspect.ts'

const wanted = (changes: Changes, of: Policy = policy): Wanted => wantedOf(anInspect(changes), of)!
const idOf = (digit: string) => digit.repeat(64)
const named = (name: string, digit: string, Created?: string) => ({
  ...wantedOf({ ...withEnvironment(`FLEETSTREET_NAME=${name}`), Id: idOf(digit), Created }, policy)!,
})

let index = 100
const seen = (key: string, value: string, session: string | undefined = 'ours'): Seen => ({
  key,
  index: (index += 1),
  session,
  value: Buffer.from(value),
  publisher: publisherOf(Buffer.from(value)),
})
const published = (key: string, text = '{}', { host, ip }: Partial<Policy> = policy): string =>
  formatPublished({ id: key, ip: ip!, host }, text)

/** What the folder holds of others, and must hold afterwards. */
const others = [
  seen('web.h2', published('web.h2', '{}', { host: 'h2', ip: '192.0.2.2' }), 'theirs'),
  seen('web.h3', published('web.h3', '{}', { host: 'h1', ip: '192.0.2.3' }), 'theirs'),
  seen('note', 'by hand', undefined),
  seen('old.h1', '{"ID":"old.h1","IP":"192.0.2.1","Container":{}}', undefined),
]
const left = seen('web.h1', '{"ID":"web.h1","IP":"192.0.2.1","Container":{}}', undefined)

/** Consul, which does exactly what the steps say and refuses what Consul would. */
function take({ session, keys }: Actual, steps: readonly Step[]): Actual {
  const byKey = new Map(keys.map((each) => [each.key, each]))
  let open = session
  for (const step of steps) {
    if (step.verb === 'open') {
      assert.equal(open, undefined, 'there is a session already')
      open = 'ours'
      continue
    }
    assert.equal(byKey.get(step.target), step.seen, 'it was not seen so')
    if (step.verb === 'remove') assert.ok(byKey.delete(step.target), 'there is none to be removed')
    else {
      assert.ok(open, 'there is no session')
      byKey.set(step.target, seen(step.target, String(step.value), open))
    }
  }
  return { session: open, keys: [...byKey.values()] }
}

const states: Record<string, readonly Wanted[]> = {
  nothing: [],
  'one container': [wanted({})],
  'the same, ill': [wanted({ State: { Health: { Status: 'unhealthy' } } })],
  'the same, renamed': [wanted({ Name: 'shop' })],
  'the same, in another network': [wanted({ NetworkSettings: { Networks: { other: {} } } })],
  'the same name, made anew': [wanted({ Id: idOf('2') })],
  'a name that was chosen': [named('team/db', '3')],
  'two that chose one name': [
    named('db', '4', '2026-01-01T00:00:00Z'),
    named('db', '5', '2026-01-02T00:00:00Z'),
  ],
  'the older of the two': [named('db', '4', '2026-01-01T00:00:00Z')],
  'one that chose a name of h2': [named('web.h2', '6')],
  many: Array.from({ length: 100 }, (_, at) =>
    wanted({ Id: String(at).padStart(64, '0'), Name: `many${at}` }),
  ),
}

describe("fleetstreet's plan", () => {
  const none: Actual = { session: undefined, keys: others }
  const reach = (from: Actual, to: readonly Wanted[]): Actual => take(from, plan(to, from, policy).steps)

  for (const [from, before] of Object.entries(states)) {
    for (const [to, after] of Object.entries(states)) {
      it(`makes ${to} of ${from} at once, and then has nothing to do`, () => {
        const there = reach(reach(none, before), after)
        assert.deepEqual(plan(after, there, policy).steps, [])
        assert.ok(others.every((other) => there.keys.includes(other)))
        const expected = reach(none, after).keys.map(({ key, value }) => [key, String(value)])
        assert.deepEqual(there.keys.map(({ key, value }) => [key, String(value)]).sort(), expected.sort())
      })
    }
  }

  const lines = (to: readonly Wanted[], from: Actual) =>
    plan(to, from, policy).steps.map(({ verb, target, reason }) => `${verb} ${target}: ${reason}`)

  it('opens a session before it writes, and none to remove or to do nothing', () => {
    const mine = { session: undefined, keys: [seen('gone.h1', published('gone.h1'))] }
    assert.deepEqual(lines([wanted({})], mine), [
      'open a session: what is published is tied to one',
      'remove gone.h1: no container stands behind it',
      'write web.h1: Consul does not have it',
    ])
    assert.deepEqual(lines([], mine), ['remove gone.h1: no container stands behind it'])
    assert.deepEqual(lines([], none), [])
  })

  it('says why it writes', () => {
    const right = published('web.h1', wanted({}).text)
    const reasons = {
      'the container is not as it was': seen('web.h1', published('web.h1')),
      'a former session holds it': seen('web.h1', right, 'former'),
      'no session holds it': seen('web.h1', right, undefined),
    }
    reasons['no session holds it'] = { ...reasons['no session holds it'], session: undefined }
    for (const [reason, key] of Object.entries(reasons)) {
      assert.deepEqual(lines([wanted({})], { session: 'ours', keys: [key] }), [`write web.h1: ${reason}`])
    }
  })

  it('takes over what the original left of a container that is there, and leaves the rest', () => {
    assert.deepEqual(
      lines([wanted({})], { session: 'ours', keys: [...others, { ...left, session: undefined }] }),
      ['write web.h1: no session holds it'],
    )
  })

  it('gives a container its second name where somebody else has the first, and says who', () => {
    for (const [name, holder] of Object.entries({ 'web.h2': 'h2', note: 'somebody else', 'web.h3': 'h1' })) {
      const { steps, conflicts } = plan([named(name, '7')], { session: 'ours', keys: others }, policy)
      assert.deepEqual(
        steps.map(({ target }) => target),
        [`h1:${idOf('7')}`],
      )
      assert.deepEqual(conflicts, [{ key: name, holder }])
    }
  })

  it('gives a name that two want to the newer', () => {
    const { steps } = plan(states['two that chose one name']!, none, policy)
    const targets = steps.flatMap((step) =>
      step.verb === 'write'
        ? [[step.target, (JSON.parse(String(step.value)) as { Container: { Id: string } }).Container.Id[0]]]
        : [],
    )
    assert.deepEqual(targets, [
      ['db', '5'],
      [`h1:${idOf('4')}`, '4'],
    ])
  })

  it('never gives containers of two hosts one key, however they are called', () => {
    const b: Policy = { ...policy, host: 'b.c', ip: '192.0.2.8' }
    const c: Policy = { ...policy, host: 'c', ip: '192.0.2.9' }
    const first = take(none, plan([wanted({ Name: 'a' }, b)], none, b).steps)
    const there = { ...first, session: 'of c' }
    const { steps } = plan([wanted({ Name: 'a.b', Id: idOf('9') }, c)], there, c)
    assert.deepEqual(
      steps.map(({ target }) => target),
      [`c:${idOf('9')}`],
    )
  })
})
