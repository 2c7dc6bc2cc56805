// The ambassador: containers reach a service by name, on whichever host its instances are.
//
//       192.0.2.1            192.0.2.2            192.0.2.3          192.0.2.254
//          h1                   h2                   h3                  etcd
//     Docker 20.10         Docker 26.1          Docker 28.5
//     consul server ────── consul server ────── consul server
//     registrator          registrator          registrator
//     backends             backends             backends
//     echo, at 7007        echo, at 7007
//
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RoutesView, RouteView } from '../../src/model/route-view.ts'
import { linesOf, useProductLab } from '../support/product-lab.ts'
import { Churn } from './churn.ts'
import { behindDoor, openDoor, slamDoor } from './door.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import { productImage } from './image.ts'
import { runSpeaker, runTalker } from './speakers.ts'
import { inItsPlace, settableClock, type Played } from './stand-in.ts'

/** Two instances, one on each of two hosts. */
const two = ['echo1', 'echo2']

/** Where each port of the client leads, by the lines of docs/ambassador.md. */
const asked: Record<
  string,
  { readonly to: string; readonly reach: readonly string[]; readonly label?: true }
> = {
  'a service of Consul': { to: 'echo', reach: two },
  'one with a tag': { to: 'blue.echo', reach: ['echo1'] },
  "the name that Consul's DNS has for it": { to: 'echo.service.consul', reach: two },
  'that name with a tag': { to: 'green.echo.service.consul', reach: ['echo2'] },
  'a service of a datacenter': { to: 'echo@dc1', reach: two },
  'a host and a port': { to: '192.0.2.2:7007', reach: ['echo2'] },
  'a name and a port': { to: 'h1:7007', reach: ['echo1'] },
  'a list': { to: '192.0.2.1:7007, 192.0.2.2:7007', reach: two },
  'a folder of this Consul': { to: 'consul:///test/echoes', reach: two },
  'a folder of a Consul': { to: 'consul://192.0.2.2:8500/test/echoes', reach: two },
  'a key with a list': { to: 'consul:///test/list', reach: two },
  'a folder of etcd': { to: 'etcd://192.0.2.254:2379/test/echoes', reach: two },
  'SRV records': { to: '_echo._tcp.example.com', reach: two },
  'a label': { to: 'echo', reach: two, label: true },
}
const ports = Object.values(asked).map((each, at) => ({ ...each, port: 1001 + at }))
const asks = ports.flatMap(({ to, port, label }) =>
  label ? ['--label', `connect.${port}=${to}`] : ['--env', `BACKEND_${port}=${to}`],
)
const sleep = ['--entrypoint', 'sleep', productImage(), '10000']
const link = ['--link', 'arpanet_backends:backends']
const onNetwork = ['--network', 'app']

const detached = (name: string): string[] => ['docker', 'run', '--detach', '--name', name]

const ambassador: Played = {
  container: 'arpanet_ambassador',
  command: ['ambassador', '--omnimode'],
  port: 9612,
}

describe('the ambassador', () => {
  const lab = useProductLab('ambassador', { h1: 'bookworm', h2: 'trixie', h3: 'forky' })
  const onAll = (act: (host: Host) => Promise<unknown>) => Promise.all(lab().hosts.map(act))
  let etcd: ChildProcess | undefined
  let folder = ''

  before('a stack on each, and an etcd on the wire', async function () {
    this.timeout(180_000)
    const { h1, h2, h3 } = lab()
    folder = await mkdtemp(join(tmpdir(), 'arpanet-etcd-'))
    const urls = ['--listen-client-urls', '--advertise-client-urls'].flatMap((flag) => [
      flag,
      'http://192.0.2.254:2379',
    ])
    etcd = spawn('nsenter', [
      ...[`--net=/run/netns/${lab().network.netns}`, 'etcd', '--data-dir', join(folder, 'data')],
      ...[...urls, '--log-level', 'error'],
    ])
    await h1.run('arpanet start:consul boot')
    for (const host of [h2, h3]) await host.run('arpanet start:consul server 192.0.2.1')
    await onAll((host) => host.run('arpanet start:stack registrator backends ambassador'))
    await onAll((host) => host.run('docker network create --label arpanet.backends app'))
    for (const [host, name, color] of [
      [h1, 'echo1', 'blue'],
      [h2, 'echo2', 'green'],
    ] as const) {
      const published = ['--publish', '7007:7', '--publish', '7007:7/udp', '--env', `SERVICE_7_TAGS=${color}`]
      await host.run(runSpeaker(name, ...published))
    }
    for (const [key, value] of [
      ['test/echoes/a', '192.0.2.1:7007'],
      ['test/echoes/b', '192.0.2.2:7007'],
      ['test/echoes2/c', '192.0.2.3:1'],
      ['test/list', '192.0.2.1:7007,192.0.2.2:7007'],
    ] as const) {
      await h1.run(`arpanet kv set ${key} ${value}`)
      const base64 = (text: string) => Buffer.from(text).toString('base64')
      // Keys of etcd begin with a slash.
      const body = JSON.stringify({ key: base64(`/${key}`), value: base64(value) })
      await lab().exec(['curl', '-sf', '-d', body, 'http://192.0.2.254:2379/v3/kv/put'])
    }
  })
  after(async () => {
    if (etcd !== undefined) {
      const ended = once(etcd, 'exit')
      etcd.kill()
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  })

  const routes = async (host: Host): Promise<RoutesView> =>
    JSON.parse((await host.run('arpanet routes --json')).stdout) as RoutesView
  const routeOf = async (host: Host, container: string, port: number): Promise<RouteView | undefined> =>
    (await routes(host)).routes.find((each) => each.container === container && each.port === port)

  /** The name of the instance that answers, and the address that it saw. */
  const call = async (host: Host, container: string, port: number, protocol = 'tcp'): Promise<string> => {
    const say =
      protocol === 'tcp'
        ? `head -n1 < /dev/tcp/backends/${port}`
        : `exec 3<>/dev/udp/backends/${port}; echo >&3; timeout 2 head -n1 <&3`
    return (await host.exec(['docker', 'exec', container, 'bash', '-c', say])).stdout.trim()
  }
  const named = async (...of: Parameters<typeof call>): Promise<string> =>
    (await call(...of)).split(' ')[0] ?? ''

  describe('leads a client', () => {
    before('one on the default bridge, one on a network that opted in', async function () {
      this.timeout(60_000)
      await onAll(async (host) => {
        await host.run(['docker', 'run', '--detach', '--name', 'onbridge', ...link, ...asks, ...sleep])
        await host.run(['docker', 'run', '--detach', '--name', 'onapp', ...onNetwork, ...asks, ...sleep])
      })
    })
    after(() => onAll((host) => host.run('docker rm -f onbridge onapp')))

    for (const [at, what] of Object.keys(asked).entries()) {
      const { port, to, reach } = ports[at] ?? assert.fail()
      it(`to ${what}: ${to}`, async () => {
        await onAll(async (host) => {
          for (const client of ['onbridge', 'onapp']) {
            await eventually(
              `${host.name} ${client} is led to ${reach.join(' and ')}`,
              async (seen) => {
                const calls = [await named(host, client, port), await named(host, client, port)]
                return seen([...new Set(calls)].sort()).join() === reach.join()
              },
              { budgetMs: 10_000 },
            )
            // Both lines end at the same instances; the one below is of a protocol without connections.
            assert.ok(reach.includes(await call(host, client, port, 'udp')))
          }
        })
      })
    }

    it('to what it asked for and to nothing else, and refuses at once what it did not', async () => {
      await onAll(async (host) => {
        const begun = performance.now()
        const { exitCode, stderr } = await host.exec([
          ...['docker', 'exec', 'onbridge', 'bash', '-c', 'cat < /dev/tcp/backends/999'],
        ])
        assert.notEqual(exitCode, 0)
        assert.match(stderr, /refused/)
        assert.ok(performance.now() - begun < 2_000)
      })
    })
  })

  it('refuses at once where there is no instance, says why, and leads there once there is one', async function () {
    this.timeout(60_000)
    const { h3 } = lab()
    await h3.run([
      'docker',
      'run',
      '--detach',
      '--name',
      'early',
      ...link,
      '--env',
      'BACKEND_1=late',
      ...sleep,
    ])
    await eventually('the route is there', async () => (await routeOf(h3, 'early', 1)) !== undefined)
    assert.match((await routeOf(h3, 'early', 1))?.why ?? '', /late/)
    assert.equal(await call(h3, 'early', 1), '')
    await h3.run(runSpeaker('late1', '--publish', '7', '--env', 'SERVICE_7_NAME=late'))
    await eventually('it is led there', async () => (await named(h3, 'early', 1)) === 'late1')
    await h3.run('docker rm -f early late1')
  })

  it('stays with an instance for as long as was asked for, and prefers this host where that was', async function () {
    this.timeout(60_000)
    const { h1, h2, h3 } = lab()
    const options = ['--env', 'BACKEND_1=echo?sticky=60', '--env', 'BACKEND_2=echo?near=host']
    await onAll((host) =>
      host.run(['docker', 'run', '--detach', '--name', 'choosy', ...link, ...options, ...sleep]),
    )
    const several = async (host: Host, port: number) => {
      await eventually('it is led', async () => (await named(host, 'choosy', port)) !== '')
      const calls: string[] = []
      for (let time = 0; time < 6; time += 1) calls.push(await named(host, 'choosy', port))
      return new Set(calls)
    }
    for (const host of [h1, h2, h3]) assert.equal((await several(host, 1)).size, 1)
    assert.deepEqual([...(await several(h1, 2))], ['echo1'])
    assert.deepEqual([...(await several(h2, 2))], ['echo2'])
    assert.deepEqual([...(await several(h3, 2))].sort(), two)
    await onAll((host) => host.run('docker rm -f choosy'))
  })

  it('never gives the routes of a container to the next that has its address', async function () {
    this.timeout(120_000)
    const same = ['--network', 'fixed', '--ip', '172.30.0.77']
    const asking = ['--env', 'BACKEND_1=echo']
    await onAll(async (host) => {
      await host.run('docker network create --label arpanet.backends --subnet 172.30.0.0/24 fixed')
      // The ambassador stays in a network only as long as somebody there asks for something.
      await host.run([...detached('stays'), '--network', 'fixed', ...asking, ...sleep])
      for (let time = 0; time < 5; time += 1) {
        await host.run([...detached('first'), ...same, ...asking, ...sleep])
        await eventually('the first is led', async () => (await named(host, 'first', 1)) !== '')
        await host.run('docker rm -f first')
        const dial = 'for i in $(seq 20); do timeout 0.2 head -n1 < /dev/tcp/backends/1; done; true'
        const second = await host.run([
          ...['docker', 'run', '--rm', ...same, '--entrypoint', 'bash', productImage(), '-c', dial],
        ])
        assert.equal(second.stdout, '')
      }
      await host.run('docker rm -f stays')
      await eventually(
        'the ambassador has left the network',
        async () => (await host.exec('docker network rm fixed')).exitCode === 0,
      )
    })
  })

  it('hurts nobody by a container that sets ten thousand variables', async function () {
    this.timeout(120_000)
    const { h3 } = lab()
    const lines = Array.from({ length: 10_000 }, (_, at) => `BACKEND_${at + 1}=svc${at % 300}.example`).join(
      '\n',
    )
    await h3.writeFile('/run/many.env', lines)
    await h3.run([
      'docker',
      'run',
      '--detach',
      '--name',
      'greedy',
      '--env-file',
      '/run/many.env',
      ...link,
      ...sleep,
    ])
    await h3.run([
      'docker',
      'run',
      '--detach',
      '--name',
      'modest',
      ...link,
      '--env',
      'BACKEND_1=echo',
      ...sleep,
    ])
    await eventually('the other is led', async () => two.includes(await named(h3, 'modest', 1)), {
      budgetMs: 10_000,
    })
    const { routes: all, faults } = await routes(h3)
    assert.equal(all.filter(({ container }) => container === 'greedy').length, 1024)
    assert.match(faults.find(({ container }) => container === 'greedy')?.reason ?? '', /8976/)
    await h3.run('docker rm -f greedy modest')
  })

  describe('with a connection that is open', () => {
    let heardBefore = new Map<string, number>()
    const churn = new Churn((host, name) =>
      host.exec([...detached(name), '--label', 'passing', ...onNetwork, '--env', 'BACKEND_1=echo', ...sleep]),
    )
    const log = async (host: Host) => (await host.run('docker logs talker 2>&1')).stdout
    const heard = async (host: Host) => Number(/heard (\d+)\s*$/.exec(await log(host))?.[1] ?? 0)
    beforeEach(async function () {
      this.timeout(60_000)
      await onAll(async (host) => {
        await host.run(runTalker('talker', 1, ...link, '--env', 'BACKEND_1=echo'))
        await eventually('it speaks', async () => (await heard(host)) > 20)
        heardBefore.set(host.name, await heard(host))
      })
    })
    beforeEach('containers come and go', () => churn.begin(lab().hosts))
    afterEach(async () => {
      await churn.end()
      await onAll((host) => host.run('docker ps -aq --filter label=passing | xargs -r docker rm -f talker'))
    })
    afterEach(() => void (heardBefore = new Map()))

    const newcomerIsLed = async (host: Host, name: string) => {
      await host.run([
        ...detached(name),
        '--label',
        'passing',
        ...onNetwork,
        '--env',
        'BACKEND_1=echo',
        ...sleep,
      ])
      await eventually(
        `${host.name}: ${name} is led`,
        async (seen) => two.includes(seen(await named(host, name, 1))),
        { budgetMs: 30_000 },
      )
    }

    /** Nobody comes and goes any more, and who is there has routes, and nobody else. */
    const isRightAgain = async () => {
      await churn.end()
      await onAll(async (host) => {
        await eventually(
          `${host.name}: who is there has routes, and nobody else`,
          async (seen) => {
            const have = (await routes(host)).routes.map(({ container }) => container)
            const there = linesOf(await host.run("docker ps --filter label=passing --format '{{.Names}}'"))
            const [is, should] = seen([[...new Set(have)].sort().join(), [...there, 'talker'].sort().join()])
            return is === should
          },
          { budgetMs: 20_000 },
        )
        await isUnharmed(host)
      })
    }

    /** The connection goes on, and new ones are led where they should be. */
    const isUnharmed = (host: Host) =>
      eventually(
        `${host.name}: the connection goes on, and new ones are led`,
        async (seen) => {
          const text = await log(host)
          assert.doesNotMatch(text, /broken/)
          const goesOn = (await heard(host)) > (heardBefore.get(host.name) ?? Infinity)
          const { exitCode } = await host.exec(`curl -sf http://${host.ip}:9612/readyz`)
          const name = await named(host, 'talker', 1)
          seen([goesOn, exitCode, name])
          return goesOn && exitCode === 0 && two.includes(name)
        },
        { budgetMs: 20_000 },
      )

    const faults: Record<string, (host: Host) => Promise<unknown>> = {
      'the agent was killed': (host) =>
        host.run("kill -9 $(docker inspect -f '{{.State.Pid}}' arpanet_ambassador)"),
      'the agent was restarted': (host) => host.run('arpanet restart ambassador'),
      'the agent was stopped, and started': (host) =>
        host.run('arpanet stop ambassador && arpanet start:stack ambassador'),
      'the agent was upgraded to another image': async (host) => {
        await host.run(`docker tag ${productImage()} arpanet:next`)
        await host.run('AMBASSADORD_IMAGE=arpanet:next arpanet start:stack backends ambassador')
        const { stdout } = await host.run(
          "docker inspect -f '{{.Config.Image}}' arpanet_ambassador arpanet_backends",
        )
        assert.equal(stdout, `arpanet:next\n${productImage()}\n`)
        await host.run('arpanet start:stack backends ambassador')
      },
      'its rules were deleted': (host) =>
        host.run('docker exec --user 0 arpanet_backends nft flush map inet arpanet routes4'),
      'Consul was restarted': (host) => host.run('docker restart arpanet_consul'),
      'Consul came back without its data': (host) =>
        host.run(
          'docker stop -t 2 arpanet_consul; rm -rf /mnt/arpanet-consul/services /mnt/arpanet-consul/checks; docker start arpanet_consul',
        ),
      'the stream of events was cut': async (host) => {
        await openDoor(host)
        await inItsPlace(host, ambassador, behindDoor, async () => {
          for (let time = 1; time <= 3; time += 1) {
            await slamDoor(host)
            await newcomerIsLed(host, `cut${time}`)
          }
        })
        await host.run('docker rm -f door')
      },
      'its clock was set, forth and back': async (host) => {
        const clock = await settableClock(host)
        await inItsPlace(host, ambassador, clock.options, async () => {
          for (const hours of [3, -5, 0]) {
            await clock.set(hours)
            await newcomerIsLed(host, `set${hours + 5}`)
          }
        })
      },
      'two agents ran at once': (host) =>
        host.run(
          'docker run --rm --detach --name twin --user 0 --network host --volume /var/run/docker.sock:/var/run/docker.sock ' +
            `--env ARPANET_IP=${host.ip} --env HOSTNAME=${host.name} ${productImage()} ambassador --omnimode ` +
            '&& sleep 3 && docker rm -f twin',
        ),
    }
    for (const [what, fault] of Object.entries(faults)) {
      it(`carries on when ${what}`, async function () {
        this.timeout(240_000)
        await onAll(async (host) => {
          await fault(host)
          await eventually('Consul answers', async () => (await host.exec('arpanet kv ls')).exitCode === 0, {
            budgetMs: 30_000,
          })
        })
        await isRightAgain()
      })
    }

    it('carries on while there is no leader for 20 s, and keeps what it knew', async function () {
      this.timeout(120_000)
      const { h1, h2, h3 } = lab()
      for (const host of [h2, h3]) await host.run('docker stop -t 1 arpanet_consul')
      await eventually(
        'no leader',
        async () => (await h1.run('curl -s 127.0.0.1:8500/v1/status/leader')).stdout === '""',
        { budgetMs: 30_000 },
      )
      await h1.run('docker restart arpanet_ambassador')
      const since = Date.now()
      await eventually(
        '20 s',
        async () => {
          assert.ok(two.includes(await named(h1, 'talker', 1)))
          return Date.now() - since > 20_000
        },
        { budgetMs: 25_000 },
      )
      for (const host of [h2, h3]) await host.run('docker start arpanet_consul')
      await eventually('a leader', async () => (await h1.exec('arpanet kv ls')).exitCode === 0, {
        budgetMs: 30_000,
      })
      await isRightAgain()
    })

    it('carries on after two hundred containers and more, during all of this', async function () {
      this.timeout(300_000)
      // Not of any speed: so long the others run, and so many more it takes.
      await eventually('200 came and went', () => churn.total > 200, { budgetMs: 240_000 })
      await isRightAgain()
      this.runnable().title += `: ${churn.total}`
    })
  })

  it('is right soon after Docker was restarted', async function () {
    this.timeout(120_000)
    await onAll(async (host) => {
      await host.run([
        'docker',
        'run',
        '--detach',
        '--restart',
        'always',
        '--name',
        'lasting',
        ...onNetwork,
        '--env',
        'BACKEND_1=echo',
        ...sleep,
      ])
      if (host.name !== 'h3') await host.run(`docker update --restart always echo${host.name.slice(1)}`)
      await host.restartDocker()
      await eventually(
        `${host.name}: it is led again`,
        async (seen) => two.includes(seen(await named(host, 'lasting', 1))),
        { budgetMs: 30_000 },
      )
      assert.equal((await host.run('arpanet plan backends ambassador')).exitCode, 0)
      await host.run('docker rm -f lasting')
    })
  })
})
