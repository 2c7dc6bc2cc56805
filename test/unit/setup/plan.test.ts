import assert from 'node:assert/strict'
import { applySteps } from '../../../src/setup/apply.ts'
import { daemonJsonPath, edit, parseDaemonJson, type DaemonKeys } from '../../../src/setup/daemon-json.ts'
import { daemonKeys, tlsFiles, type DaemonWish } from '../../../src/setup/daemon-keys.ts'
import { planSetup } from '../../../src/setup/plan.ts'
import { formerPath, needsRestart, type SetupPlan, type SetupStep } from '../../../src/setup/steps.ts'
import { planUndo, type UndoPlan } from '../../../src/setup/undo.ts'
import { readFiles } from '../../../src/setup/read.ts'
import { parseRecord, recordPath } from '../../../src/setup/record.ts'
import { dropInPath } from '../../../src/setup/systemd-unit.ts'
import { certificatesToIssue } from '../../../src/setup/tls.ts'
import { fakeFiles, type Disk, type FakeFiles, type Tree } from '../../support/files.ts'
import { fakeCertificates } from '../../support/setup.ts'

const now = new Date('2026-01-01T00:00:00Z')
const address = '192.0.2.1'
const dockersChoice = '172.17.0.1/16'
const certificates = fakeCertificates(now)

/** What a host is to be like. */
interface Wanted {
  readonly daemon: Omit<DaemonWish, 'locals'>
  readonly consulData: string
  readonly unitCommand: string | undefined
}

const usual: Wanted = {
  daemon: {
    bip: '10.210.1.1/24',
    resolvers: ['198.51.100.1'],
    searches: ['example.org'],
    underlayMtuBytes: 1500,
    knowsDirectRouting: true,
    tcp: 'tcp://192.0.2.1:2376',
    tls: true,
  },
  consulData: '/mnt/arpanet-consul',
  unitCommand: undefined,
}
const but = (daemon: Partial<DaemonWish>, others: Partial<Wanted> = {}): Wanted => ({
  ...usual,
  ...others,
  daemon: { ...usual.daemon, ...daemon },
})
const unitCommand = '/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock'

const wishes: Record<string, Wanted> = {
  'the usual settings': usual,
  'another port': but({ tcp: 'tcp://192.0.2.1:2377' }),
  'a plain socket': but({ tls: false }),
  "another part of the overlay, and another folder for Consul's data": but(
    { bip: '10.210.7.1/24' },
    { consulData: '/srv/consul/data' },
  ),
  'an older engine that systemd starts': but({ knowsDirectRouting: false }, { unitCommand }),
}

/** A host with a Docker that reads its configuration when it starts, and keeps its bridge's address otherwise. */
interface Machine {
  readonly files: FakeFiles
  bridge: string
  isRead: boolean
}

const machine = (tree: Tree, disk: Disk = {}): Machine => ({
  files: fakeFiles({ '/etc': null, '/mnt': null, ...tree }, disk),
  bridge: dockersChoice,
  isRead: true,
})

const keysOf = async ({ files }: Machine): Promise<DaemonKeys> => {
  const parsed = parseDaemonJson((await files.readText(daemonJsonPath)) ?? '')
  assert.ok('keys' in parsed)
  return parsed.keys
}

async function restart(host: Machine): Promise<void> {
  const { bip } = await keysOf(host)
  if (typeof bip === 'string') host.bridge = bip
  host.isRead = true
}

async function take(host: Machine, steps: readonly SetupStep[], consulData: string): Promise<void> {
  if (steps.some(({ path }) => path === daemonJsonPath)) host.isRead = false
  const actual = await readFiles(host.files, consulData)
  const hands = { files: host.files, certificates, host: { name: 'h1', address } }
  assert.deepEqual(await applySteps(steps, actual, hands, () => undefined), [])
}

async function setupPlan(host: Machine, { daemon, consulData, unitCommand }: Wanted): Promise<SetupPlan> {
  const actual = await readFiles(host.files, consulData)
  const texts = new Map([...actual].map(([path, { text }]) => [path, text ?? '']))
  const { issues } = daemon.tls ? certificatesToIssue(texts, address, now, certificates) : { issues: [] }
  const record = parseRecord(actual.get(recordPath)?.text)
  return planSetup({ daemon, consulData, issues, unitCommand, bridge: host.bridge }, actual, record)
}

async function setUp(host: Machine, wanted: Wanted): Promise<void> {
  const { steps, faults } = await setupPlan(host, wanted)
  assert.deepEqual(faults, [])
  await take(host, steps, wanted.consulData)
  if (needsRestart(steps)) await restart(host)
}

async function undoPlan({ files, bridge, isRead }: Machine, isFormerFree = true): Promise<UndoPlan> {
  const actual = await readFiles(files, usual.consulData)
  return planUndo(parseRecord(actual.get(recordPath)?.text), actual, { now: bridge, isRead, isFormerFree })
}

/** As the wrapper does it: once more where something is left for after the restart. */
async function undo(host: Machine): Promise<void> {
  for (let times = 1; times <= 2; times++) {
    const plan = await undoPlan(host)
    assert.deepEqual(plan.faults, [])
    await take(host, plan.steps, usual.consulData)
    if (plan.restart) await restart(host)
    if (plan.later.length === 0) return
  }
  assert.fail('undo has something left after its second time')
}

/** A host, and what undo leaves of it where that is something else. */
interface State {
  readonly make: () => Machine | Promise<Machine>
  /** The keys that are the user's own, in their order. */
  readonly keys: DaemonKeys
  readonly undone?: Tree
}

const empty: Tree = { '/': null, '/etc': null, '/mnt': null }
const odd =
  '{\n\t"log-opts": {"max-size": "10m"},\n\t"dns": ["192.0.2.53"],\n\t"labels": ["rack=7",  "row=b"],\n\t"debug": false}'
const oddKeys = JSON.parse(odd) as DaemonKeys
const oneLine = '{"hosts": ["unix:///run/other.sock"], "mtu":1400,  "dns-search": []}\n'
const withJson = (text: string, others: Tree = {}): Tree => ({ [daemonJsonPath]: text, ...others })

const own = await fakeCertificates(now).issue(
  { purpose: 'authority', name: 'our own', addresses: [], names: [] },
  3650,
)

/** Hosts that setup has never seen. */
const fresh: Record<string, State> = {
  'a host with nothing': { make: () => machine({}), keys: {} },
  'a host without /mnt': { make: () => ({ ...machine({}), files: fakeFiles({ '/etc': null }) }), keys: {} },
  "a host with Docker's folder": { make: () => machine({ '/etc/docker': null }), keys: {} },
  'a host with a daemon.json of its own': { make: () => machine(withJson(odd)), keys: oddKeys },
  'a host with a daemon.json of one line': {
    make: () => machine(withJson(oneLine)),
    keys: JSON.parse(oneLine) as DaemonKeys,
  },
  'a host with an empty daemon.json': { make: () => machine(withJson('')), keys: {} },
  'a host with a daemon.json of one newline': { make: () => machine(withJson('\n')), keys: {} },
  'a host with a daemon.json without keys': { make: () => machine(withJson('{ }')), keys: {} },
  'a host with an authority of its own': {
    make: () => machine({ [tlsFiles.authority]: own.certificate, [tlsFiles.authorityKey]: own.key }),
    keys: {},
  },
  "a host with Consul's data and other people's drop-ins": {
    make: () =>
      machine({
        '/mnt/arpanet-consul/raft/raft.db': 'data',
        '/srv/consul': null,
        '/etc/systemd/system/docker.service.d/proxy.conf': '[Service]\nEnvironment=HTTP_PROXY=\n',
      }),
    keys: {},
  },
}

const setUpFrom =
  (tree: Tree, then: (host: Machine) => Promise<unknown> = () => Promise.resolve()) =>
  async () => {
    const host = machine(tree)
    await setUp(host, usual)
    await then(host)
    return host
  }
const writes =
  (change: (text: string) => string) =>
  async ({ files }: Machine) =>
    files.writeText(daemonJsonPath, change((await files.readText(daemonJsonPath)) ?? ''), 0o644)

/** Hosts that setup has been at. */
const touched: Record<string, State> = {
  'a host that was set up': { make: setUpFrom({}), keys: {}, undone: empty },
  'a host with a daemon.json of its own that was set up': {
    make: setUpFrom(withJson(odd)),
    keys: oddKeys,
    undone: { ...empty, '/etc/docker': null, ...withJson(odd) },
  },
  'a host whose user added a key since': {
    make: setUpFrom(
      { '/etc/docker': null },
      writes((text) => edit(text, { debug: true })),
    ),
    keys: { debug: true },
    undone: { ...empty, '/etc/docker': null, ...withJson('{\n  "debug": true\n}\n') },
  },
  'a host whose user changed keys of theirs and of ours since': {
    make: setUpFrom(
      withJson('{\n  "debug": true,\n  "dns": ["192.0.2.53"],\n  "mtu": 1500\n}\n'),
      writes((text) => edit(text, { debug: false, mtu: 1300, dns: ['192.0.2.54'] })),
    ),
    keys: { debug: false, dns: ['192.0.2.54'], mtu: 1300 },
    undone: {
      ...empty,
      '/etc/docker': null,
      ...withJson('{\n  "debug": false,\n  "dns": [\n    "192.0.2.54"\n  ],\n  "mtu": 1300\n}\n'),
    },
  },
  'a host whose user wrote another daemon.json since': {
    make: setUpFrom(
      withJson(odd),
      writes(() => oneLine),
    ),
    keys: JSON.parse(oneLine) as DaemonKeys,
    undone: { ...empty, '/etc/docker': null, ...withJson(oneLine) },
  },
  'a host whose user took its daemon.json away since': {
    make: setUpFrom({ '/etc/docker': null }, ({ files }) => files.removeFile(daemonJsonPath)),
    keys: {},
    undone: { ...empty, '/etc/docker': null },
  },
  'a host whose Docker did not start, so that its user mended the daemon.json that was back': {
    make: setUpFrom(withJson('{"nonsense": 1}\n'), async (host) => {
      await writes(() => '{"debug": true}\n')(host)
      host.bridge = dockersChoice
    }),
    keys: { debug: true },
    undone: { ...empty, '/etc/docker': null, ...withJson('{"debug": true}\n') },
  },
  'a host whose copy of the former daemon.json is gone': {
    make: setUpFrom(withJson('{\n  "debug": true,\n  "mtu": 1500\n}\n'), ({ files }) =>
      files.removeFile(formerPath),
    ),
    keys: { debug: true, mtu: 1500 },
    undone: { ...empty, '/etc/docker': null, ...withJson('{\n  "debug": true,\n  "mtu": 1500\n}\n') },
  },
  'a host that was set up and undone': { make: setUpFrom({}, undo), keys: {}, undone: empty },
}

async function checkSetUp(host: Machine, { daemon, consulData, unitCommand }: Wanted, user: DaemonKeys) {
  const locals = [unitCommand === undefined ? 'unix:///var/run/docker.sock' : 'fd://']
  assert.deepEqual(await keysOf(host), daemonKeys(user, { ...daemon, locals }).keys)
  assert.equal(host.bridge, daemon.bip)
  const { files } = host
  if (daemon.tls) for (const path of Object.values(tlsFiles)) assert.equal(files.mode(path), 0o600, path)
  assert.equal(files.tree()[consulData], null)
  if (unitCommand !== undefined)
    assert.match(files.tree()[dropInPath] ?? '', /^ExecStart=\/usr.*dockerd --con/m)
  assert.equal(files.mode(recordPath), 0o600)
  const again = await setupPlan(host, { daemon, consulData, unitCommand })
  assert.deepEqual(again, { steps: [], faults: [] })
}

async function checkUndone(host: Machine, undone: Tree, mayStay: Tree = {}) {
  await undo(host)
  assert.deepEqual({ ...mayStay, ...host.files.tree() }, { ...mayStay, ...undone })
  assert.deepEqual(await undoPlan(host), { steps: [], faults: [], restart: false, later: [] })
}

describe('setup, from what a host may be like', () => {
  for (const [state, { make, keys, undone }] of Object.entries({ ...fresh, ...touched })) {
    for (const [first, one] of Object.entries(wishes)) {
      it(`reaches ${first} from ${state} in one pass, then any others, and puts all back`, async () => {
        for (const other of [undefined, ...Object.values(wishes)]) {
          const host = await make()
          const before = undone ?? host.files.tree()
          for (const wanted of other === undefined ? [one] : [one, other]) {
            await setUp(host, wanted)
            await checkSetUp(host, wanted, keys)
          }
          await checkUndone(host, before)
          assert.equal(host.bridge, dockersChoice)
        }
      })
    }

    it(`puts ${state} back as it was`, async () => {
      const host = await make()
      await checkUndone(host, undone ?? host.files.tree())
      assert.equal(host.bridge, dockersChoice)
    })
  }
})

describe('setup that breaks off', () => {
  // It is there before the record, which lies in it, and after it: then nobody knows any more who made it.
  const folder = { '/etc/arpanet': null }

  /** The same again for each number of steps that a run may have taken before it broke off. */
  async function afterEach(
    make: State['make'],
    plan: (host: Machine) => Promise<readonly SetupStep[]>,
    check: (host: Machine, before: Tree, taken: number) => Promise<void>,
  ) {
    for (let taken = 0, all = 0; taken <= all; taken++) {
      const host = await make()
      const before = host.files.tree()
      const steps = await plan(host)
      all = steps.length
      await take(host, steps.slice(0, taken), usual.consulData)
      await check(host, before, taken)
    }
  }
  const first = async (host: Machine) => (await setupPlan(host, usual)).steps

  for (const [state, { make, keys }] of Object.entries(fresh)) {
    for (const [wish, wanted] of Object.entries(wishes)) {
      it(`on ${state} is finished by the next with ${wish}, wherever it broke off, and can be put back`, async () => {
        await afterEach(make, first, async (host, before) => {
          await setUp(host, wanted)
          // Docker reads it: the command looks at the times of the files.
          await restart(host)
          await checkSetUp(host, wanted, keys)
          await checkUndone(host, before, folder)
        })
      })
    }

    it(`on ${state} is put back, wherever it broke off`, async () => {
      await afterEach(make, first, (host, before) => checkUndone(host, before, folder))
    })

    it(`on its way to other settings of ${state} can go on, or be put back`, async () => {
      for (const wanted of Object.values(wishes)) {
        const makeReady = async () => {
          const host = await make()
          await setUp(host, usual)
          return host
        }
        const before = (await make()).files.tree()
        const second = async (host: Machine) => (await setupPlan(host, wanted)).steps
        for (const next of [wanted, usual]) {
          await afterEach(makeReady, second, async (host) => {
            await setUp(host, next)
            await restart(host)
            await checkSetUp(host, next, keys)
            await checkUndone(host, before, folder)
          })
        }
        await afterEach(makeReady, second, (host) => checkUndone(host, before, folder))
      }
    })

    it(`on its way back to ${state} can go on, or be set up anew`, async () => {
      const before = (await make()).files.tree()
      const makeReady = async () => {
        const host = await make()
        await setUp(host, usual)
        return host
      }
      for (const isRestarted of [false, true]) {
        const back = async (host: Machine) => (await undoPlan(host)).steps
        await afterEach(makeReady, back, async (host) => {
          if (isRestarted) await restart(host)
          await checkUndone(host, before, folder)
        })
        await afterEach(makeReady, back, async (host) => {
          if (isRestarted) await restart(host)
          await setUp(host, usual)
          await restart(host)
          await checkSetUp(host, usual, keys)
          await checkUndone(host, before, folder)
        })
      }
    })
  }
})

describe('setup, step by step', () => {
  const verbs = ({ steps }: SetupPlan) => steps.map(({ verb, path }) => `${verb} ${path}`)

  it('notes first what it changes, keeps the daemon.json that is, and writes it last', async () => {
    assert.deepEqual(verbs(await setupPlan(machine(withJson(odd)), { ...usual, unitCommand })), [
      'create /etc/arpanet',
      'write /etc/arpanet/setup.json',
      'create /etc/arpanet/tls',
      'issue /etc/arpanet/tls',
      'create /mnt/arpanet-consul',
      'create /etc/systemd',
      'create /etc/systemd/system',
      'create /etc/systemd/system/docker.service.d',
      `write ${dropInPath}`,
      `copy ${formerPath}`,
      `write ${daemonJsonPath}`,
    ])
  })

  it("gives the folder for Consul's data to Consul, and keeps the mode of a daemon.json", async () => {
    const host = machine(withJson(odd), { modes: { [daemonJsonPath]: 0o600 } })
    await setUp(host, usual)
    const { files } = host
    assert.deepEqual(files.owner(usual.consulData), { uid: 100, gid: 1000 })
    assert.deepEqual([usual.consulData, '/etc/arpanet/tls'].map(files.mode), [0o700, 0o700])
    assert.deepEqual([daemonJsonPath, formerPath].map(files.mode), [0o600, 0o600])
    await undo(host)
    assert.equal(files.mode(daemonJsonPath), 0o600)
  })

  it('takes keys away from others who may read them, and needs no restart for that', async () => {
    const host = machine({})
    await setUp(host, usual)
    const { files } = host
    await files.writeText(tlsFiles.clientKey, (await files.readText(tlsFiles.clientKey)) ?? '', 0o644)
    const { steps } = await setupPlan(host, usual)
    assert.deepEqual(
      steps.map(({ path, reason }) => [path, reason]),
      [[tlsFiles.clientKey, 'others may read it (644)']],
    )
    assert.equal(needsRestart(steps), false)
  })

  it('restarts Docker for what Docker reads, and not for a certificate of its clients', () => {
    const issue = (purpose: 'authority' | 'server' | 'client'): SetupStep => ({
      verb: 'issue',
      path: '/etc/arpanet/tls',
      reason: '',
      issues: [{ purpose, reason: '' }],
    })
    const write = (path: string): SetupStep => ({ verb: 'write', path, text: '', mode: 0o644, reason: '' })
    assert.deepEqual(
      [[], [issue('client')], [issue('server')], [issue('authority')], [write(dropInPath)]].map(needsRestart),
      [false, false, true, true, true],
    )
  })

  const faults: Record<string, { tree: Tree; wanted?: Wanted; what: string; mend: string }> = {
    'a copy that nobody knows': {
      tree: withJson(odd, { [formerPath]: '{}' }),
      what: `${formerPath}: is there, and no record says whose it is, expected the name free`,
      mend: `mv ${formerPath} ${formerPath}.other`,
    },
    'a daemon.json that is none': {
      tree: withJson('[]'),
      what: `${daemonJsonPath}: holds something else than an object, expected { … }`,
      mend: `\${EDITOR:-vi} ${daemonJsonPath}`,
    },
    'keys that stand against ours': {
      tree: withJson('{"fixed-cidr": "10.1.0.0/24"}'),
      what: `${daemonJsonPath}: "fixed-cidr" is "10.1.0.0/24", expected Docker's own bridge, whole`,
      mend: `take "fixed-cidr" out of ${daemonJsonPath}`,
    },
  }
  for (const [title, { tree, what, mend }] of Object.entries(faults)) {
    it(`refuses ${title}`, async () => {
      assert.deepEqual((await setupPlan(machine(tree), usual)).faults, [{ what, mend }])
    })
  }

  it('undoes nothing where it cannot read daemon.json', async () => {
    const host = machine({})
    await setUp(host, usual)
    await writes(() => '{')(host)
    const { steps, faults, restart } = await undoPlan(host)
    assert.deepEqual([steps, faults.length, restart], [[], 1, false])
  })

  it("tells Docker its bridge's former address once, whether Docker takes it or not", async () => {
    const host = machine({})
    await setUp(host, usual)
    const first = await undoPlan(host)
    assert.deepEqual(
      [verbs(first), first.restart],
      [[`write ${recordPath}`, `write ${daemonJsonPath}`], true],
    )
    await take(host, first.steps, usual.consulData)
    assert.equal((await undoPlan(host)).later.length > 0, true, 'it broke off before the restart')
    host.isRead = true
    const { steps, later } = await undoPlan(host)
    assert.deepEqual(later, [])
    await take(host, steps, usual.consulData)
    assert.deepEqual(host.files.tree(), empty)
  })

  it('does not take back an address that others have now', async () => {
    const host = machine({ '/etc/docker': null })
    await setUp(host, usual)
    const { later, restart, steps } = await undoPlan(host, false)
    assert.deepEqual([later, restart], [[], true])
    await take(host, steps, usual.consulData)
    assert.deepEqual(host.files.tree(), { ...empty, '/etc/docker': null })
  })

  it('undoes nothing where setup has never been', async () => {
    const nothing = { steps: [], faults: [], restart: false, later: [] }
    assert.deepEqual(await undoPlan(machine(withJson(odd))), nothing)
  })
})
