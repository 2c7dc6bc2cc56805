import assert from 'node:assert/strict'
import ConsulCommand from '../../../src/commands/consul.ts'
import Info from '../../../src/commands/info.ts'
import StartConsul from '../../../src/commands/start/consul.ts'
import Stop from '../../../src/commands/stop.ts'
import { unavailable } from '../../../src/errors.ts'
import { declaration } from '../../../src/settings/table.ts'
import { runOn } from '../../support/command.ts'
import { aMember, fakeCluster } from '../../support/consul-cluster.ts'
import { aContainer, fakeDocker } from '../../support/docker.ts'

const image = declaration('CONSUL_IMAGE').default ?? ''
const name = 'arpanet_consul'
const running = aContainer({ name, image, labels: { 'arpanet.service': 'consul' } })
const foreign = aContainer({ name, image: 'somebody/else:1' })
const withImage = () => fakeDocker({ images: { [image]: 'sha256:now' } })

const members = [aMember('h2'), aMember('h1'), aMember('h9', { role: 'client', status: 'failed' })]
const alone = fakeCluster({ members: [aMember('h1')] })
const led = fakeCluster({ members, leader: '192.0.2.2', voters: ['192.0.2.1', '192.0.2.2'] })
const silent = fakeCluster(() => {
  throw unavailable('Consul: no answer at http://192.0.2.1:8500: connection refused')
})

describe('start:consul', () => {
  it('starts the first server, and says what is missing and how to add it', async () => {
    const docker = withImage()
    const seen = await runOn({ docker, cluster: alone }, StartConsul, 'start:consul', 'boot')
    assert.deepEqual(seen, {
      stdout: `consul runs on h1 at http://192.0.2.1:8500: 1 server, 2 more are needed for a leader
Add a server:   ssh HOST arpanet start:consul server 192.0.2.1
Add a client:   ssh HOST arpanet start:consul client 192.0.2.1
`,
      stderr: `create ${name}: there is none\nstart ${name}: created\n`,
      exitCode: 0,
    })
  })

  it('says that nothing changed when it is run again', async () => {
    const docker = withImage()
    const run = () => runOn({ docker, cluster: led }, StartConsul, 'start:consul', 'server', '192.0.2.2')
    await run()
    const { changes } = docker
    const before = [...changes]
    const { stdout, stderr } = await run()
    assert.deepEqual([changes, stderr], [before, ''])
    assert.equal(
      stdout,
      `consul is up to date
consul runs on h1 at http://192.0.2.1:8500: 2 servers, leader h2
Look at it:     arpanet info
`,
    )
  })

  it('says what changed when a setting has another value, and hides secrets', async () => {
    const docker = withImage()
    const run = (...argv: string[]) =>
      runOn({ docker, cluster: alone }, StartConsul, 'start:consul', 'boot', ...argv)
    await run()
    const { stderr } = await run('-dc', 'dc34', '-encrypt', 'c2VjcmV0')
    assert.equal(
      stderr,
      `remove ${name}: it is not what is wanted now
  + argument -datacenter dc34
  + argument -encrypt (hidden)
create ${name}: in its place
start ${name}: created
`,
    )
  })

  it('refuses an address that is not of this host, and names those that are', async () => {
    const settings = { ARPANET_IP: '192.0.2.99' }
    const docker = withImage()
    const { stderr, exitCode } = await runOn({ docker, settings }, StartConsul, 'start:consul', 'boot')
    assert.equal(stderr, 'ARPANET_IP: expected an IPv4 address of this host, got "192.0.2.99"\n')
    assert.deepEqual([exitCode, docker.changes], [2, []])
  })

  it('takes any address where those of the host cannot be seen', async () => {
    const surroundings = { docker: withImage(), cluster: alone, host: { addresses: undefined } }
    assert.equal((await runOn(surroundings, StartConsul, 'start:consul', 'boot')).exitCode, 0)
  })

  it('refuses to join the host itself', async () => {
    const { stderr, exitCode } = await runOn({}, StartConsul, 'start:consul', 'server', '192.0.2.1')
    assert.equal(stderr, "start:consul: expected JOINIP to be another host, got this host's own 192.0.2.1\n")
    assert.equal(exitCode, 2)
  })

  it("leaves somebody else's container alone", async () => {
    const docker = fakeDocker({ images: { [image]: 'sha256:now' }, containers: [foreign] })
    const { exitCode } = await runOn({ docker }, StartConsul, 'start:consul', 'boot')
    assert.deepEqual([exitCode, docker.changes], [5, []])
  })
})

describe('stop', () => {
  const stopped = (docker: ReturnType<typeof fakeDocker>, cluster = alone) =>
    runOn({ docker, cluster }, Stop, 'stop')

  it('says that nothing runs, and needs no address for that', async () => {
    const seen = await runOn({ settings: { ARPANET_IP: '' } }, Stop, 'stop')
    assert.deepEqual(seen, { stdout: 'nothing runs\n', stderr: '', exitCode: 0 })
  })

  it('makes a server leave where the others go on, and says so', async () => {
    const docker = fakeDocker({ containers: [running] })
    assert.deepEqual(await stopped(docker, led), {
      stdout: 'consul is stopped; it has left the cluster, which goes on with 1 server\n',
      stderr: `stopping ${name}\n`,
      exitCode: 0,
    })
    assert.deepEqual(docker.changes, [`stop ${name} SIGINT`])
  })

  it('stops a server that cannot be asked', async () => {
    const docker = fakeDocker({ containers: [running] })
    const { stdout } = await stopped(docker, silent)
    assert.equal(
      stdout,
      'consul is stopped; it stays a member, for it could not be asked about the cluster\n',
    )
    assert.deepEqual(docker.changes, [`stop ${name} SIGTERM`])
  })

  it("leaves somebody else's container alone", async () => {
    const docker = fakeDocker({ containers: [foreign] })
    assert.deepEqual([(await stopped(docker)).exitCode, docker.changes], [5, []])
  })
})

describe('info', () => {
  const docker = fakeDocker({ containers: [running] })

  it('shows the host, its cluster and its containers', async () => {
    const { stdout } = await runOn({ docker, cluster: led }, Info, 'info')
    assert.equal(
      stdout,
      `host        h1
address     192.0.2.1
engine      Docker 28.5.1 (API 1.51)
consul      server
leader      h2
members     h1    192.0.2.1        server  alive    1.22.3
            h2    192.0.2.2        server  alive    1.22.3
            h9    192.0.2.9        client  failed   1.22.3
containers  ${name}  running  ${image}
            arpanet_tunnel  absent
            arpanet_registrator  absent
            arpanet_fleetstreet  absent
            arpanet_backends  absent
            arpanet_ambassador  absent
            arpanet_cadvisor  absent
`,
    )
  })

  it('says why nothing is known of Consul, and shows the rest', async () => {
    const { stdout, exitCode } = await runOn({ cluster: silent }, Info, 'info')
    assert.match(stdout, /^consul +Consul: no answer at http:\/\/192\.0\.2\.1:8500: connection refused$/m)
    assert.match(stdout, new RegExp(`^containers  ${name}  absent$`, 'm'))
    assert.equal(exitCode, 0)
  })

  it('says that a container is not ours', async () => {
    const { stdout } = await runOn({ docker: fakeDocker({ containers: [foreign] }) }, Info, 'info')
    assert.match(stdout, /running, not arpanet's {2}somebody\/else:1$/m)
  })

  it('prints the same as JSON', async () => {
    const { stdout } = await runOn({ docker, cluster: alone }, Info, 'info', '--json')
    assert.deepEqual(JSON.parse(stdout), {
      host: 'h1',
      address: '192.0.2.1',
      engine: { version: '28.5.1', api: '1.51' },
      consul: { role: 'server', leader: null, members: [aMember('h1')], fault: null },
      network: null,
      containers: [
        { service: 'consul', name, state: 'running', image },
        { service: 'tunnel', name: 'arpanet_tunnel', state: 'absent', image: null },
        { service: 'registrator', name: 'arpanet_registrator', state: 'absent', image: null },
        { service: 'fleetstreet', name: 'arpanet_fleetstreet', state: 'absent', image: null },
        { service: 'backends', name: 'arpanet_backends', state: 'absent', image: null },
        { service: 'ambassador', name: 'arpanet_ambassador', state: 'absent', image: null },
        { service: 'cadvisor', name: 'arpanet_cadvisor', state: 'absent', image: null },
      ],
    })
  })
})

describe('consul', () => {
  const cases: Record<string, { containers: (typeof running)[]; says: string; exit: number }> = {
    'runs the program in the container': { containers: [running], says: '', exit: 0 },
    'says that there is no container': {
      containers: [],
      says: `consul: there is no container ${name}, expected it running\n`,
      exit: 4,
    },
    'says that the container has ended': {
      containers: [{ ...running, state: 'exited' }],
      says: `consul: container ${name} is exited, expected it running\n`,
      exit: 4,
    },
    "does not run in somebody else's container": {
      containers: [foreign],
      says: `consul: container ${name} (somebody/else:1) was not made by arpanet\n`,
      exit: 5,
    },
  }
  for (const [title, { containers, says, exit }] of Object.entries(cases)) {
    it(title, async () => {
      const seen = await runOn({ docker: fakeDocker({ containers }) }, ConsulCommand, 'consul', 'members')
      assert.deepEqual(seen, { stdout: '', stderr: says, exitCode: exit })
    })
  }
})
