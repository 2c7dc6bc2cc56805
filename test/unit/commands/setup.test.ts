import assert from 'node:assert/strict'
import Lookup from '../../../src/commands/lookup.ts'
import Setup from '../../../src/commands/setup.ts'
import type { Machine } from '../../../src/drivers/machine.ts'
import { tlsFiles } from '../../../src/setup/daemon-keys.ts'
import { recordPath } from '../../../src/setup/record.ts'
import { runOn, type Surroundings } from '../../support/command.ts'
import { aMember, fakeCluster } from '../../support/consul-cluster.ts'
import { aContainer, fakeDocker } from '../../support/docker.ts'
import { fakeFiles, type FakeFiles, type Tree } from '../../support/files.ts'
import { aMachine, fakeCertificates } from '../../support/setup.ts'

const image = 'binocarlos/arpanet:3'
const daemonJson = '/etc/docker/daemon.json'
const web = aContainer({ name: 'web' })
const consul = aContainer({ name: 'arpanet_consul', labels: { 'arpanet.service': 'consul' } })
const now = new Date('2026-01-01T00:00:00Z')

/** An engine of this network on its bridge. `job` runs, and does not come back. */
function engine(subnet: string, ...containers: (typeof web)[]) {
  const docker = fakeDocker({ containers, images: { [image]: 'sha256:now' } })
  const gateway = subnet.replace(/0\/\d+$/, '1')
  return {
    ...docker,
    engine: {
      ...docker.engine,
      bridge: () => Promise.resolve({ subnet, gateway, device: 'docker0' }),
    },
    containers: {
      ...docker.containers,
      running: () => Promise.resolve(containers.map(({ name }) => ({ name, comesBack: name !== 'job' }))),
    },
  }
}

const certificates = fakeCertificates(now)
const surroundings = (
  files: FakeFiles,
  { machine = {}, ...others }: Omit<Partial<Surroundings>, 'machine'> & { machine?: Partial<Machine> } = {},
): Surroundings => ({
  docker: engine('172.17.0.0/16', web, aContainer({ name: 'job' })),
  certificates,
  machine: aMachine(files, machine),
  tls: (_url, { cert }) => Promise.resolve(cert === undefined ? new Error('refused') : 200),
  names: { lookup: () => Promise.resolve([]), ask: () => Promise.resolve(['198.51.100.80']) },
  ...others,
  settings: { ARPANET_IMAGE: image, ...others.settings },
})
const bare = (tree: Tree = {}) =>
  fakeFiles({ '/etc': null, '/mnt': null, ...tree }, { now: new Date('2025-12-30T00:00:00Z') })
const setup = (found: Surroundings, ...argv: string[]) => runOn(found, Setup, 'setup', ...argv)

describe('setup, on fakes', () => {
  it('shows what it would do, and what the restart ends, and does nothing', async () => {
    const files = bare()
    assert.deepEqual(await setup(surroundings(files), '--dry-run'), {
      stdout: `create /etc/arpanet: there is none
write ${recordPath}: what is changed, so that it can be undone
create /etc/arpanet/tls: there is none
issue /etc/arpanet/tls: for Docker's TCP socket
  authority: there is none
  server: there is none
  client: there is none
create /mnt/arpanet-consul: there is none for Consul's data
create /etc/docker: there is none
write ${daemonJson}: there is none
  + "dns": ["10.210.1.1", "198.51.100.1"]
  + "dns-search": ["service.consul"]
  + "bip": "10.210.1.1/24"
  + "mtu": 1450
  + "allow-direct-routing": true
  + "hosts": ["unix:///var/run/docker.sock", "tcp://192.0.2.1:2376"]
  + "tlsverify": true
  + "tlscacert": "/etc/arpanet/tls/ca.pem"
  + "tlscert": "/etc/arpanet/tls/server.pem"
  + "tlskey": "/etc/arpanet/tls/server-key.pem"
restart Docker
The restart ends these containers and starts them again: web
The restart ends these containers, and Docker does not start them again: job
  docker start job
`,
      stderr: '',
      exitCode: 0,
    })
    assert.deepEqual(files.changes, [])
  })

  it('shows the same as JSON', async () => {
    const files = bare()
    const { stdout } = await setup(surroundings(files), '--dry-run', '--json')
    const { steps, restart, ends } = JSON.parse(stdout) as Record<string, unknown>
    assert.deepEqual((steps as object[]).at(2), {
      verb: 'create',
      path: '/etc/arpanet/tls',
      reason: 'there is none',
      details: [],
    })
    assert.deepEqual(
      [restart, ends],
      [
        true,
        [
          { name: 'web', comesBack: true },
          { name: 'job', comesBack: false },
        ],
      ],
    )
    assert.deepEqual(files.changes, [])
  })

  it('never shows the text of a key', async () => {
    const files = bare()
    await setup(surroundings(files))
    const key = (await files.readText(tlsFiles.clientKey)) ?? ''
    await files.writeText(tlsFiles.clientKey, key, 0o644)
    const seen = [
      await setup(surroundings(files), '--dry-run', '--json'),
      await setup(surroundings(files), '--dry-run'),
      await setup(surroundings(files)),
    ]
    for (const { stdout, stderr } of seen) {
      assert.match(stdout + stderr, /key\.pem/)
      assert.equal((stdout + stderr).includes(key), false)
    }
  })

  it('is done, then verified, then has nothing to change, then is undone in two steps', async () => {
    const files = bare()
    const before = files.tree()
    const first = await setup(surroundings(files))
    assert.equal(first.exitCode, 10)
    assert.match(first.stderr, /^The restart ends these containers and starts them again: web$/m)
    assert.match(first.stderr, /^restart Docker: it reads its configuration only when it starts$/m)
    assert.equal(first.stdout, '')

    const changes = files.changes.length
    const docker = engine('10.210.1.0/24')
    const host = { bridgeAddress: '10.210.1.1' }
    const verified = `Docker listens at tcp://192.0.2.1:2376, for clients with its certificate and no others
containers find www.example.com
Consul has no leader yet, so its names were not tried: arpanet setup --verify does
Use its Docker from elsewhere:   docker context create h1 --docker host=tcp://192.0.2.1:2376,ca=/etc/arpanet/tls/ca.pem,cert=/etc/arpanet/tls/cert.pem,key=/etc/arpanet/tls/key.pem
h1 is set up: containers get addresses of 10.210.1.0/24
`
    const there = surroundings(files, { docker, host })
    assert.deepEqual(await setup(there, '--verify'), { stdout: verified, stderr: '', exitCode: 0 })
    assert.deepEqual(await setup(there), {
      stdout: `nothing to change on this host\n${verified}`,
      stderr: '',
      exitCode: 0,
    })
    assert.equal((await setup(there, '--dry-run')).stdout, 'nothing to change on this host\n')
    assert.equal(files.changes.length, changes)

    const shown = await setup(there, '--undo', '--dry-run')
    assert.match(shown.stdout, /^restart Docker\nremove \/etc\/docker\/daemon\.json: setup made it$/m)
    const half = await setup(there, '--undo')
    assert.deepEqual([half.exitCode, half.stdout], [11, ''])
    const back = surroundings(files)
    assert.deepEqual((await setup(back, '--undo')).stdout, 'this host is as it was before setup\n')
    assert.deepEqual(files.tree(), before)
    assert.deepEqual(await setup(back, '--undo'), {
      stdout: 'setup has changed nothing on this host\n',
      stderr: '',
      exitCode: 0,
    })
  })

  it('removes what it made with another folder for Consul', async () => {
    const files = bare()
    const before = files.tree()
    await setup(surroundings(files, { settings: { CONSUL_DATA: '/srv/data' } }))
    await setup(surroundings(files), '--undo')
    assert.deepEqual(files.tree(), before)
  })

  it('restarts a Docker that is older than its configuration', async () => {
    const files = bare()
    await setup(surroundings(files))
    const dockerd = () => Promise.resolve({ args: [], startedAt: new Date('2025-12-29T00:00:00Z') })
    const { stdout, exitCode } = await setup(surroundings(files, { machine: { dockerd } }), '--dry-run')
    assert.match(stdout, /^restart Docker$/m)
    assert.equal(exitCode, 0)
    assert.equal((await setup(surroundings(files, { machine: { dockerd } }))).exitCode, 10)
  })

  it('warns of a socket that is open to everybody', async () => {
    const files = bare()
    const settings = { ARPANET_INSECURE_DOCKER: '1' }
    const { stderr, stdout } = await setup(surroundings(files, { settings }), '--dry-run')
    assert.equal(
      stderr,
      'warning: ARPANET_INSECURE_DOCKER=1: whoever reaches tcp://192.0.2.1:2376 is root on this host, with no password\n',
    )
    assert.doesNotMatch(stdout, /tls/)
  })

  it("takes our own Consul's ports for free, and asks containers for its name once it leads", async () => {
    const files = bare()
    await setup(surroundings(files))
    const found = surroundings(files, {
      docker: engine('10.210.1.0/24', consul),
      cluster: fakeCluster({ members: [aMember('h1')], leader: '192.0.2.1', voters: ['192.0.2.1'] }),
      machine: { listeners: () => Promise.resolve([{ protocol: 'tcp', address: '192.0.2.1', port: 8300 }]) },
    })
    const seen = await setup(found)
    assert.match(seen.stdout, /^containers find www\.example\.com and consul\.service\.consul$/m)
  })

  const refusals: Record<
    string,
    { found?: Parameters<typeof surroundings>[1]; tree?: Tree; argv?: string[]; says: string; exit: number }
  > = {
    'a host that is not shown': {
      found: { machine: { isShown: () => Promise.resolve(false) } },
      says: "setup: cannot see this host's files, expected them at /host",
      exit: 3,
    },
    'who is not root': {
      found: { machine: { isRoot: false } },
      says: 'setup: nothing was changed, for one fault of this host:\nsetup: expected to be run by root\n  sudo -E arpanet setup',
      exit: 3,
    },
    'who is not root and undoes': {
      found: { machine: { isRoot: false } },
      argv: ['--undo'],
      says: 'setup: nothing was changed, for one fault of this host:\nsetup: expected to be run by root\n  sudo -E arpanet setup --undo',
      exit: 3,
    },
    'settings that make no sense, all at once': {
      found: {
        settings: { ARPANET_CIDR: '10.0.0.0/4', ARPANET_SUBNET: '10.1.2.3', ARPANET_INSECURE_DOCKER: 'yes' },
      },
      says: `setup: nothing was changed, for one fault of this host:
ARPANET_INSECURE_DOCKER: expected 1 or 0, got "yes"
ARPANET_CIDR: expected a network from /8 to /24 such as 10.210.0.0/16, got "10.0.0.0/4"
ARPANET_SUBNET: expected a /24 network such as 10.210.8.0/24, got "10.1.2.3"
  export ARPANET_INSECURE_DOCKER=0
  export ARPANET_CIDR=10.210.0.0/16
  export ARPANET_SUBNET=10.210.8.0/24`,
      exit: 3,
    },
    'faults of the host, its files and its settings, all at once': {
      found: { settings: { ARPANET_IP: '192.0.2.77' } },
      tree: { [daemonJson]: '[]', [tlsFiles.authority]: 'nope' },
      says: `setup: nothing was changed, for 3 faults of this host:
ARPANET_IP: 192.0.2.77 is not an address of this host, expected one of 192.0.2.1
  export ARPANET_IP=192.0.2.1
/etc/arpanet/tls/ca.pem: is no certificate with its key at /etc/arpanet/tls/ca-key.pem, expected both or neither
  mv /etc/arpanet/tls /etc/arpanet/tls.broken
/etc/docker/daemon.json: holds something else than an object, expected { … }
  \${EDITOR:-vi} /etc/docker/daemon.json`,
      exit: 3,
    },
    'a record that nobody can read': {
      tree: { [recordPath]: '{' },
      argv: ['--undo'],
      says: `${recordPath}: is not what setup wrote there, so that it is not known what setup changed`,
      exit: 3,
    },
    'a host that was never set up': {
      argv: ['--verify'],
      says: 'Docker: its bridge has 172.17.0.0/16, expected 10.210.1.0/24: it has not started anew with its configuration',
      exit: 4,
    },
  }
  for (const [what, { found, tree, argv = [], says, exit }] of Object.entries(refusals)) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const files = bare(tree)
      const seen = await setup(surroundings(files, found), ...argv)
      assert.deepEqual(seen, { stdout: '', stderr: `${says}\n`, exitCode: exit })
      assert.deepEqual(files.changes, [])
    })
  }

  it('undoes nothing while Consul runs on what goes', async () => {
    const files = bare()
    await setup(surroundings(files))
    const changes = files.changes.length
    const { stderr, exitCode } = await setup(
      surroundings(files, { docker: engine('10.210.1.0/24', consul), host: { bridgeAddress: '10.210.1.1' } }),
      '--undo',
    )
    assert.equal(
      stderr,
      `setup: nothing was changed, for one fault of this host:
setup: arpanet_consul runs, and answers at the bridge's address, which goes; expected it stopped
  arpanet stop
`,
    )
    assert.deepEqual([exitCode, files.changes.length], [3, changes])
  })
})

describe('lookup', () => {
  const names = {
    lookup: (name: string) => Promise.resolve(name === 'h2' ? ['192.0.2.2', '192.0.2.3'] : []),
    ask: () => Promise.resolve([]),
  }

  it('prints the addresses of each name', async () => {
    assert.deepEqual(await runOn({ names }, Lookup, 'lookup', 'h2'), {
      stdout: 'h2 192.0.2.2 192.0.2.3\n',
      stderr: '',
      exitCode: 0,
    })
  })

  it('says which names have none, and prints the others', async () => {
    assert.deepEqual(await runOn({ names }, Lookup, 'lookup', 'h8', 'h2', 'h9'), {
      stdout: 'h8\nh2 192.0.2.2 192.0.2.3\nh9\n',
      stderr: 'lookup: no address for h8, h9\n',
      exitCode: 6,
    })
  })
})
