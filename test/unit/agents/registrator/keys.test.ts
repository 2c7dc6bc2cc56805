import assert from 'node:assert/strict'
import { desired } from '../../../../src/agents/registrator/desired.ts'
import {
  keysOf,
  planKeys,
  type KeyPolicy,
  type KeyStep,
  type StoredKey,
} from '../../../../src/agents/registrator/keys.ts'
import type { DockerContainer } from '../../../../src/model/docker-container.ts'
import { aContainer, aPolicy, aRegistration, binding, published } from './containers.ts'

const lease = 'ours'
const policies: Record<string, KeyPolicy> = {
  Consul: { ...aPolicy(), store: 'Consul', takesOver: false },
  etcd: { ...aPolicy(), store: 'etcd', takesOver: true },
}

const aKey = (key: string, value: string, holder?: string): StoredKey => ({ key, value, version: 1, holder })

/** A store that takes no step that makes no sense. */
class StrictStore {
  readonly #keys: Map<string, StoredKey>
  readonly #mayUnseat: readonly (string | undefined)[]
  #version = 1
  constructor(keys: readonly StoredKey[], mayUnseat: readonly (string | undefined)[]) {
    this.#keys = new Map(keys.map((each) => [each.key, each]))
    this.#mayUnseat = mayUnseat
  }
  get keys(): StoredKey[] {
    return [...this.#keys.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  }
  take(step: KeyStep): void {
    const found = this.#keys.get(step.target)
    assert.notEqual(step.reason, '')
    assert.deepEqual(step.seen, found, 'it is not as it was seen')
    if (found !== undefined) assert.ok(this.#mayUnseat.includes(found.holder), 'it is another’s')
    if (step.verb === 'remove') {
      assert.ok(found, `there is no ${step.target}`)
      this.#keys.delete(step.target)
      return
    }
    assert.ok(found?.value !== step.value || found.holder !== lease, 'it was so already')
    this.#version += 1
    const next = { key: step.target, value: step.value, holder: lease, version: this.#version }
    this.#keys.set(step.target, next)
  }
}

const strangers: StoredKey[] = [
  aKey('nginx/h2:web:80', '192.0.2.2:8080', 'theirs'),
  aKey('nginx/h2:left:80', '192.0.2.2:8081'),
  aKey('nginx/h10:web:80', '192.0.2.10:8080'),
  aKey('nginx/by-hand', '192.0.2.1:1'),
  aKey('other/shop2', '192.0.2.3:80', 'theirs'),
  aKey('', ''),
]

/** Stores: what the containers give, and what else is there. */
const states: Record<string, { containers: DockerContainer[]; left?: StoredKey[]; only?: string }> = {
  nothing: { containers: [] },
  'one container': { containers: [aContainer()] },
  'the same on another port': { containers: [aContainer({ bindings: [binding('8081->80')] })] },
  'another service on its port': { containers: [aContainer({ name: 'api', image: 'api' })] },
  'the same renamed': { containers: [aContainer({ name: 'web2' })] },
  'the same with an id': { containers: [aContainer({ environment: { SERVICE_ID: 'shop' } })] },
  'the same with slashes': {
    containers: [aContainer({ environment: { SERVICE_ID: 'a/b', SERVICE_NAME: 'c/d' } })],
  },
  'the same stopping': { containers: [aContainer({ isStopping: true })] },
  'the same ended': { containers: [aContainer({ state: 'exited', exitCode: 1, bindings: [] })] },
  'several ports': { containers: [aContainer(published('80', '443', '53/udp'))] },
  'what the original left of the same': {
    containers: [aContainer()],
    left: [
      aKey('nginx/h1:web:80', '192.0.2.1:9'),
      aKey('gone/h1:gone:53:udp', '192.0.2.1:53'),
      aKey('nginx/h1:web2:80', '192.0.2.1:8080'),
    ],
  },
  'what the original left of the same with an id': {
    containers: [aContainer({ environment: { SERVICE_ID: 'shop' } })],
    left: [aKey('nginx/shop', '192.0.2.1:8080')],
  },
  'what another lease of this host left': {
    containers: [aContainer()],
    left: [aKey('nginx/h1:web:80', '192.0.2.1:8080', 'former'), aKey('x/h1:x:1', '192.0.2.1:1', 'former')],
    only: 'etcd',
  },
  'many containers': {
    containers: Array.from({ length: 20 }, (_, n) =>
      aContainer({ name: `c${n}`, bindings: [binding(`${9000 + n}->80`)] }),
    ),
  },
}

const wantedOf = (containers: readonly DockerContainer[]) =>
  keysOf(desired(containers, aPolicy()).registrations.map(({ registration }) => registration))

const storedOf = ({ containers, left = [] }: (typeof states)[string]): StoredKey[] => {
  const held = [...wantedOf(containers)].map(([key, value]) => aKey(key, value, lease))
  return [...new Map([...strangers, ...held, ...left].map((each) => [each.key, each])).values()]
}

const facts = (keys: readonly StoredKey[]) =>
  keys.map(({ key, value, holder }) => `${key}=${value} ${holder ?? '-'}`).sort()

describe('keys of the registrator', () => {
  for (const [store, policy] of Object.entries(policies)) {
    for (const [from, before] of Object.entries(states)) {
      for (const [to, after] of Object.entries(states)) {
        if ([before.only, after.only].some((only) => only !== undefined && only !== store)) continue
        // An id that somebody chose is ours only where it is as we want it.
        if (from === 'what the original left of the same with an id' && from !== to) continue
        it(`in ${store}, from ${from} to ${to}`, () => {
          const there = new StrictStore(storedOf(before), [lease, undefined, 'former'])
          const wanted = wantedOf(after.containers)
          const next = () => planKeys(wanted, { keys: there.keys, lease }, after.containers, policy)
          for (const step of next().steps) there.take(step)
          const should = [...wanted].map(([key, value]) => aKey(key, value, lease))
          assert.deepEqual(facts(there.keys), facts([...strangers, ...should]))
          assert.deepEqual(next(), { steps: [], conflicts: [] })
        })
      }
    }
  }

  const pairs: Record<string, [id: string, name: string, address: string, key: string, value: string]> = {
    IPv4: ['h1:web:80', 'nginx', '192.0.2.1', 'nginx/h1:web:80', '192.0.2.1:8080'],
    IPv6: ['h1:web:80', 'nginx', '2001:db8::1', 'nginx/h1:web:80', '[2001:db8::1]:8080'],
    'a host name': ['h1:web:80', 'nginx', 'h1.example', 'nginx/h1:web:80', 'h1.example:8080'],
    'an id of its own': ['shop', 'nginx-80', '192.0.2.1', 'nginx-80/shop', '192.0.2.1:8080'],
    udp: ['h1:dns:53:udp', 'dns', '192.0.2.1', 'dns/h1:dns:53:udp', '192.0.2.1:8080'],
  }
  for (const [what, [id, name, address, key, value]] of Object.entries(pairs)) {
    it(`are NAME/ID = ADDRESS:PORT: ${what}`, () => {
      assert.deepEqual([...keysOf([aRegistration({ id, name, address })])], [[key, value]])
    })
  }

  const web = wantedOf([aContainer()])
  const planned = (keys: readonly StoredKey[], store = 'Consul', held: string | undefined = lease) =>
    planKeys(web, { keys, lease: held }, [], policies[store]!)

  it('are left to another lease in Consul, and taken over in etcd', () => {
    const theirs = aKey('nginx/h1:web:80', '192.0.2.1:9', 'theirs')
    assert.deepEqual(planned([theirs]), {
      steps: [],
      conflicts: [{ target: 'nginx/h1:web:80', holder: 'theirs' }],
    })
    assert.equal(planned([theirs], 'etcd').steps[0]?.reason, 'it would not last as long as this host')
  })

  it('are left alone where somebody chose their id and holds them not', () => {
    const wanted = new Map([['nginx/shop', '192.0.2.1:8080']])
    const keys = [aKey('nginx/shop', '192.0.2.7:80')]
    for (const policy of Object.values(policies)) {
      assert.deepEqual(planKeys(wanted, { keys, lease }, [], policy), {
        steps: [],
        conflicts: [{ target: 'nginx/shop', holder: undefined }],
      })
    }
  })

  it('are set though there is no lease yet', () => {
    assert.deepEqual(
      planKeys(web, { keys: [], lease: undefined }, [], policies.etcd!).steps.map(
        ({ verb, target, reason }) => `${verb} ${target}: ${reason}`,
      ),
      ['set nginx/h1:web:80: etcd does not have it'],
    )
  })

  it('go first where nothing answers, and last where they are others now', () => {
    const keys = [
      aKey('nginx/h1:old:80', '192.0.2.1:8080', lease),
      aKey('nginx/h1:dead:80', '192.0.2.1:7', lease),
    ]
    assert.deepEqual(
      planned(keys).steps.map(({ verb, target }) => `${verb} ${target}`),
      ['remove nginx/h1:dead:80', 'set nginx/h1:web:80', 'remove nginx/h1:old:80'],
    )
  })

  it('stay with -deregister on-success while the container that failed is there', () => {
    const failed = aContainer({ state: 'exited', exitCode: 1, bindings: [] })
    const shop = { ...failed, environment: { SERVICE_ID: 'a/shop' } }
    const policy: KeyPolicy = { ...policies.Consul!, deregister: 'on-success' }
    const keys = [aKey('nginx/h1:web:80', '1', lease), aKey('nginx/a/shop', '2', lease)]
    const steps = (containers: readonly DockerContainer[]) =>
      planKeys(new Map(), { keys, lease }, containers, policy).steps.map(({ target }) => target)
    assert.deepEqual(steps([failed]), ['nginx/a/shop'])
    assert.deepEqual(steps([shop]), [])
    assert.deepEqual(steps([]), ['nginx/h1:web:80', 'nginx/a/shop'])
  })
})
