import assert from 'node:assert/strict'
import { desired } from '../../../../src/agents/registrator/desired.ts'
import { plan, type Entry, type Step } from '../../../../src/agents/registrator/plan.ts'
import type { DockerContainer } from '../../../../src/model/docker-container.ts'
import { checkId, markOf, type Registration } from '../../../../src/model/registration.ts'
import { aContainer, aPolicy, aRegistration, binding, published } from './containers.ts'

const policy = aPolicy()
const owner = policy.owner

const anEntry = (registration: Registration, changes: Partial<Entry> = {}): Entry => ({
  id: registration.id,
  name: registration.name,
  address: registration.address,
  port: registration.port,
  owner,
  mark: markOf(registration),
  checks: Object.fromEntries(
    registration.checks.map((check, index) => [
      checkId(registration, index),
      check.kind === 'health' ? check.status : (check.initialStatus ?? 'critical'),
    ]),
  ),
  ...changes,
})

/** Consul's agent, which takes no step that makes no sense. */
class StrictAgent {
  readonly entries: Map<string, Entry>
  constructor(entries: readonly Entry[]) {
    this.entries = new Map(entries.map((entry) => [entry.id, entry]))
  }
  take(step: Step): void {
    const entry = this.entries.get(step.target)
    assert.notEqual(step.reason, '')
    if (entry?.owner !== undefined) assert.equal(entry.owner, owner, 'it is another owner’s')
    if (step.verb === 'register') {
      const next = anEntry(step.registration)
      assert.notDeepEqual(entry, next, 'it was registered so already')
      this.entries.set(step.target, next)
      return
    }
    assert.ok(entry, `there is no ${step.target}`)
    if (step.verb === 'deregister') this.entries.delete(step.target)
    else {
      assert.ok(Object.hasOwn(entry.checks, step.checkId), 'there is no such check')
      assert.notEqual(entry.checks[step.checkId], step.status, 'it was so already')
      this.entries.set(step.target, { ...entry, checks: { ...entry.checks, [step.checkId]: step.status } })
    }
  }
}

const unmarked = { owner: undefined, mark: undefined }
const strangers: Entry[] = [
  anEntry(aRegistration({ id: 'consul', name: 'consul' }), unmarked),
  anEntry(aRegistration({ id: 'h2:web:80' }), unmarked),
  anEntry(aRegistration({ id: 'h1:web', name: 'by hand' }), unmarked),
  anEntry(aRegistration({ id: 'h1:other:80', name: 'other' }), { owner: 'another' }),
  anEntry(aRegistration({ id: 'arpanet_cadvisor', name: 'cadvisor' }), { owner: 'arpanet' }),
]

/** Catalogues: what the containers give, and what others have left there. */
const states: Record<string, { containers: DockerContainer[]; left?: Entry[] }> = {
  nothing: { containers: [] },
  'one container': { containers: [aContainer()] },
  'the same on another port': { containers: [aContainer({ bindings: [binding('8081->80')] })] },
  'another service on its port': { containers: [aContainer({ name: 'api', image: 'api' })] },
  'the same renamed': { containers: [aContainer({ name: 'web2' })] },
  'the same with an id': { containers: [aContainer({ environment: { SERVICE_ID: 'shop' } })] },
  'the same stopping': { containers: [aContainer({ isStopping: true })] },
  'the same ended': { containers: [aContainer({ state: 'exited', exitCode: 1, bindings: [] })] },
  'the same starting': { containers: [aContainer({ health: 'starting' })] },
  'the same healthy': { containers: [aContainer({ health: 'healthy' })] },
  'the same healthy, with a check': {
    containers: [aContainer({ health: 'healthy', environment: { SERVICE_CHECK_TCP: '1' } })],
  },
  'the same with tags': { containers: [aContainer({ environment: { SERVICE_TAGS: 'a' } })] },
  'several ports': { containers: [aContainer(published('80', '443', '53/udp'))] },
  'ids exchanged': {
    containers: [
      aContainer({ environment: { SERVICE_ID: 'h1:b:80' } }),
      aContainer({ name: 'b', environment: { SERVICE_ID: 'h1:web:80' }, bindings: [binding('9->80')] }),
    ],
  },
  'what the original left of the same': {
    containers: [aContainer()],
    left: [
      anEntry(aRegistration({ tags: ['old'] }), unmarked),
      anEntry(aRegistration({ id: 'h1:gone:53:udp', name: 'gone' }), unmarked),
    ],
  },
  'an entry whose check somebody removed': {
    containers: [aContainer({ health: 'healthy' })],
    left: [
      anEntry(aRegistration({ checks: [{ kind: 'health', status: 'passing', interval: '10s' }] }), {
        checks: {},
      }),
    ],
  },
  'many containers': {
    containers: Array.from({ length: 20 }, (_, n) =>
      aContainer({ name: `c${n}`, bindings: [binding(`${9000 + n}->80`)] }),
    ),
  },
}

const wantedOf = (containers: readonly DockerContainer[]) =>
  desired(containers, policy).registrations.map(({ registration }) => registration)

const catalogueOf = ({ containers, left = [] }: (typeof states)[string]): Entry[] => {
  const entries = [...strangers, ...wantedOf(containers).map((one) => anEntry(one)), ...left]
  return [...new Map(entries.map((entry) => [entry.id, entry])).values()]
}

const byId = (a: Entry, b: Entry) => (a.id < b.id ? -1 : 1)

describe('plan of the registrator', () => {
  for (const [from, before] of Object.entries(states)) {
    for (const [to, after] of Object.entries(states)) {
      it(`from ${from} to ${to}`, () => {
        const agent = new StrictAgent(catalogueOf(before))
        const wanted = wantedOf(after.containers)
        const next = () => plan(wanted, [...agent.entries.values()], after.containers, policy)
        for (const step of next().steps) agent.take(step)
        assert.deepEqual(
          [...agent.entries.values()].sort(byId),
          [...strangers, ...wanted.map((one) => anEntry(one))].sort(byId),
        )
        assert.deepEqual(next(), { steps: [], conflicts: [] })
      })
    }
  }

  const steps = (containers: readonly DockerContainer[], actual: readonly Entry[], changes = {}) =>
    plan(wantedOf(containers), actual, containers, aPolicy(changes)).steps.map(
      ({ verb, target }) => `${verb} ${target}`,
    )

  it('takes the dead away first, then illness, then new ones, then recovery, then former ids', () => {
    const health = (status: 'passing' | 'critical', name: string) =>
      anEntry(
        aRegistration({
          id: `h1:${name}:80`,
          port: name === 'ill' ? 1 : 2,
          checks: [{ kind: 'health', status, interval: '10s' }],
        }),
      )
    const containers = [
      aContainer({ name: 'new' }),
      aContainer({ name: 'well', health: 'healthy', bindings: [binding('2->80')] }),
      aContainer({ name: 'ill', health: 'unhealthy', bindings: [binding('1->80')] }),
    ]
    const actual = [
      anEntry(aRegistration({ id: 'h1:former:80' })),
      health('critical', 'well'),
      health('passing', 'ill'),
      anEntry(aRegistration({ id: 'h1:dead:80', port: 7 })),
      anEntry(aRegistration({ id: 'h1:moved:80', name: 'another' })),
    ]
    assert.deepEqual(steps(containers, actual), [
      'deregister h1:dead:80',
      'deregister h1:moved:80',
      'report h1:ill:80',
      'register h1:new:80',
      'report h1:well:80',
      'deregister h1:former:80',
    ])
  })

  it('says why', () => {
    const found = plan([aRegistration()], [anEntry(aRegistration({ id: 'h1:old:80' }))], [], policy)
    assert.deepEqual(
      found.steps.map(({ reason }) => reason),
      ['Consul does not have it', 'it is h1:web:80 now'],
    )
  })

  it('leaves an id to another owner, and says so', () => {
    const theirs = anEntry(aRegistration(), { owner: 'another', mark: 'x' })
    assert.deepEqual(plan([aRegistration()], [theirs], [], policy), {
      steps: [],
      conflicts: [{ target: 'h1:web:80', owner: 'another' }],
    })
  })

  it('does not care how Consul’s own checks are', () => {
    const one = aRegistration({ checks: [{ kind: 'tcp', address: '192.0.2.1:8080', interval: '10s' }] })
    const entry = anEntry(one, { checks: { 'service:h1:web:80': 'passing' } })
    assert.deepEqual(plan([one], [entry], [], policy).steps, [])
  })

  const ends: Record<string, { ended: Partial<DockerContainer>[]; kept: boolean; id?: string }> = {
    'ended well': { ended: [{ exitCode: 0 }], kept: false },
    failed: { ended: [{ exitCode: 1 }], kept: true },
    'failed and starts anew': { ended: [{ exitCode: 1, state: 'restarting' }], kept: true },
    'was killed by a signal': { ended: [{ exitCode: 137 }], kept: false },
    'is gone': { ended: [], kept: false },
    'was told to stop': { ended: [{ state: 'running', isStopping: true, exitCode: 1 }], kept: false },
    'is another': { ended: [{ exitCode: 1, name: 'db' }], kept: false },
    'failed, with an id of its own': {
      ended: [{ exitCode: 1, name: 'db', environment: { SERVICE_80_ID: 'shop' } }],
      kept: true,
      id: 'shop',
    },
  }
  for (const [title, { ended, kept, id = 'h1:web:80' }] of Object.entries(ends)) {
    it(`on-success ${kept ? 'keeps' : 'takes away'} what belongs to a container that ${title}`, () => {
      const containers = ended.map((changes) => aContainer({ state: 'exited', bindings: [], ...changes }))
      const actual = [anEntry(aRegistration({ id }))]
      assert.deepEqual(
        steps(containers, actual, { deregister: 'on-success' }),
        kept ? [] : [`deregister ${id}`],
      )
      assert.deepEqual(steps(containers, actual), [`deregister ${id}`])
    })
  }
})
