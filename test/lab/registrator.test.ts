// The registrator on each engine, and what goes wrong around it: the catalogue is always what runs.
//
//       192.0.2.1         192.0.2.2         192.0.2.3
//          h1                h2                h3
//     Docker 20.10      Docker 26.1       Docker 28.5
//     consul server ─── consul server ─── consul server, registrator on each
//
import assert from 'node:assert/strict'
import { linesOf, useProductLab } from '../support/product-lab.ts'
import { Churn } from './churn.ts'
import { behindDoor, openDoor, slamDoor } from './door.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import { productImage } from './image.ts'
import { inItsPlace, isReady, settableClock, type Played } from './stand-in.ts'

/** The budget of the whole: whatever was wrong, so long after it is right the catalogue is. */
const budgetMs = 5_000

interface Service {
  readonly ID: string
  readonly Service: string
  readonly Address: string
  readonly Port: number
  readonly Meta: Readonly<Record<string, string>>
}

/** What Consul's agent of the host has, those of the stack and Consul left out. */
const held = async (host: Host): Promise<Service[]> => {
  const { stdout } = await host.run('curl -sf 127.0.0.1:8500/v1/agent/services')
  const all = Object.values(JSON.parse(stdout) as Record<string, Service>)
  return all.filter(({ Meta }) => Meta['arpanet-owner'] !== 'arpanet')
}

/** What runs and publishes port 80, as the registrator names it. */
const truth = async (host: Host): Promise<string[]> => {
  const format = '{{.Names}} {{.Ports}}'
  const { stdout } = await host.run(`docker ps --format '${format}' --filter label=test`)
  return stdout
    .split('\n')
    .filter((line) => line.includes('->80'))
    .map((line) => {
      const [name = '', ports = ''] = line.split(/ (.*)/)
      return `${host.name}:${name}:80 ${/:(\d+)->80/.exec(ports)?.[1]}`
    })
    .sort()
}

const catalogue = async (host: Host): Promise<string[]> =>
  (await held(host)).map(({ ID, Port }) => `${ID} ${Port}`).sort()

/** Until the catalogue is what runs; what it was last, where it never is. */
const settles = (host: Host, within = budgetMs): Promise<unknown> =>
  eventually(
    `${host.name}: the catalogue is what runs`,
    async (seen) => {
      const [is, should] = seen(await Promise.all([catalogue(host), truth(host)]))
      return is.join() === should.join()
    },
    { budgetMs: within, everyMs: 100 },
  )

const runs = (name: string, ...options: string[]): string =>
  `docker run --detach --name ${name} ${options.join(' ')} --publish 80 --entrypoint sleep ${productImage()} 1000`

/** Registrations that the agent of the host has been sent, as the registrator counts its steps. */
const steps = async (host: Host): Promise<number> => {
  const { stdout } = await host.run(`curl -sf http://${host.ip}:9610/metrics`)
  return Number(/^arpanet_steps_total\{[^}]*\} (\d+)/m.exec(stdout)?.[1])
}

const registrator: Played = { container: 'arpanet_registrator', command: [], port: 9610 }

describe('the registrator', () => {
  const lab = useProductLab('registrator', { h1: 'bookworm', h2: 'trixie', h3: 'forky' })
  const onAll = (act: (host: Host) => Promise<unknown>) => Promise.all(lab().hosts.map(act))

  before('a stack on each', async function () {
    this.timeout(120_000)
    const { h1, h2, h3 } = lab()
    await h1.run('arpanet start:consul boot')
    for (const host of [h2, h3]) await host.run('arpanet start:consul server 192.0.2.1')
    await onAll((host) => host.run('arpanet start:stack registrator'))
  })
  afterEach('nothing runs', () =>
    onAll(async (host) => {
      await host.run('docker ps -aq --filter label=test | xargs -r docker rm -f')
      await settles(host)
    }),
  )

  it('has a container in the catalogue when it starts, and no more when it is told to stop', async () => {
    await onAll(async (host) => {
      await host.run(runs('web', '--label test', '--env SERVICE_NAME=web', '--env SERVICE_TAGS=a,b'))
      await settles(host)
      const [web] = await held(host)
      assert.equal(web?.Service, 'web')
      assert.equal(web.Address, host.ip)
      assert.equal(web.Meta['arpanet-owner'], `registrator@${host.name}`)
      // sleep takes no notice of SIGTERM as a first process: it goes on for ten seconds.
      const stopping = host.run('docker stop web')
      await eventually('it is gone while it still runs', async () => (await catalogue(host)).length === 0, {
        budgetMs,
      })
      assert.equal((await host.run('docker inspect -f {{.State.Running}} web')).stdout, 'true\n')
      await stopping
    })
  })

  it('puts a container back that was told to stop and goes on', async () => {
    await onAll(async (host) => {
      await host.run(runs('stubborn', '--label test', '--stop-timeout 1'))
      await settles(host)
      await host.run('docker kill --signal TERM stubborn')
      await eventually('it is gone', async () => (await catalogue(host)).length === 0, { budgetMs })
      await eventually('it is back', async () => (await catalogue(host)).length === 1, { budgetMs: 10_000 })
    })
  })

  it('follows renames, pauses, restarts and networks', async () => {
    await onAll(async (host) => {
      await host.run(`docker network create other; ${runs('one', '--label test')}`)
      await settles(host)
      await host.run('docker rename one two')
      await settles(host)
      await host.run('docker restart --time 0 two')
      await settles(host)
      await host.run('docker pause two')
      assert.equal((await catalogue(host)).length, 1)
      await host.run(
        'docker unpause two; docker network connect other two; docker network disconnect bridge two',
      )
      await settles(host)
      await host.run('docker rm --force two; docker network rm other')
    })
  })

  it("tells Consul what a container's HEALTHCHECK says", async () => {
    await onAll(async (host) => {
      const check = "--health-interval 300ms --health-retries 1 --health-cmd 'test ! -e /tmp/ill'"
      await host.run(runs('patient', '--label test', '--tmpfs /tmp', check))
      const status = async () => {
        const { stdout } = await host.run('curl -sf 127.0.0.1:8500/v1/agent/checks')
        return Object.values(JSON.parse(stdout) as Record<string, { CheckID: string; Status: string }>).find(
          ({ CheckID }) => CheckID.endsWith(':patient:80'),
        )?.Status
      }
      await eventually('well', async () => (await status()) === 'passing', { budgetMs })
      await host.run("docker exec patient node -e \"fs.writeFileSync('/tmp/ill', '')\"")
      await eventually('ill', async () => (await status()) === 'critical', { budgetMs })
      await host.run('docker exec patient node -e "fs.rmSync(\'/tmp/ill\')"')
      await eventually('well again', async () => (await status()) === 'passing', { budgetMs })
    })
  })

  it('writes nothing while nothing changes', async () => {
    await onAll(async (host) => {
      for (const name of ['one', 'two', 'three']) await host.run(runs(name, '--label test'))
      await settles(host)
      const before = await steps(host)
      // Trigger passes: a network has nothing to do with anything registered.
      for (let time = 0; time < 5; time += 1) await host.run('docker network create x; docker network rm x')
      await host.run('docker restart --time 0 arpanet_registrator')
      await isReady(host, registrator)
      assert.equal(await steps(host), 0)
      assert.ok(before >= 3)
    })
  })

  it("leaves others' entries alone, and takes over what an original registrator of this host left", async () => {
    await onAll(async (host) => {
      const put = (service: object) =>
        host.run([
          'curl',
          '-sf',
          '-X',
          'PUT',
          '--data',
          JSON.stringify(service),
          '127.0.0.1:8500/v1/agent/service/register',
        ])
      await put({ ID: 'by-hand', Name: 'by-hand', Port: 1 })
      await put({ ID: 'other:web:80', Name: 'web', Port: 2 })
      await put({ ID: `${host.name}:gone:80`, Name: 'gone', Port: 3 })
      await put({ ID: 'theirs', Name: 'theirs', Port: 4, Meta: { 'arpanet-owner': 'registrator@elsewhere' } })
      await eventually(
        'the one is gone that nothing stands behind',
        async (seen) =>
          seen((await held(host)).map(({ ID }) => ID).sort()).join() === 'by-hand,other:web:80,theirs',
        { budgetMs },
      )
      for (const id of ['by-hand', 'other:web:80', 'theirs']) {
        await host.run(`curl -sf -X PUT 127.0.0.1:8500/v1/agent/service/deregister/${id}`)
      }
    })
  })

  describe('with containers that come and go', () => {
    const churn = new Churn((host, name) => host.exec(runs(name, '--label test')))
    beforeEach(() => churn.begin(lab().hosts))
    afterEach(() => churn.end())
    const calm = async () => {
      await churn.end()
      await onAll((host) => settles(host))
    }

    const faults: Record<string, (host: Host) => Promise<unknown>> = {
      'the agent is killed': async (host) => {
        for (let time = 0; time < 3; time += 1) {
          await host.run('docker kill arpanet_registrator; docker start arpanet_registrator')
        }
      },
      'the agent runs twice': (host) =>
        host.run(
          `docker run --detach --label test --network host --user 0 --volume /var/run/docker.sock:/var/run/docker.sock ` +
            `--env ARPANET_IP=${host.ip} --env HOSTNAME=${host.name} --env SERVICE_IGNORE=true ` +
            `${productImage()} registrator -ip ${host.ip} consul://${host.ip}:8500`,
        ),
      'Consul is restarted': (host) => host.run('docker restart arpanet_consul'),
      'Consul comes back without its data': (host) =>
        host.run(
          'docker stop -t 2 arpanet_consul; rm -rf /mnt/arpanet-consul/services /mnt/arpanet-consul/checks; docker start arpanet_consul',
        ),
    }
    for (const [what, fault] of Object.entries(faults)) {
      it(`is right soon after: ${what}`, async function () {
        this.timeout(120_000)
        for (const host of lab().hosts) {
          await fault(host)
          await eventually(
            'Consul answers',
            async () => (await host.exec('curl -sf 127.0.0.1:8500/v1/agent/services')).exitCode === 0,
            { budgetMs: 20_000 },
          )
          await isReady(host, registrator)
        }
        await calm()
      })
    }

    const inRegistratorsPlace = (host: Host, options: readonly string[], act: () => Promise<unknown>) => {
      const command = ['registrator', '-ip', host.ip, `consul://${host.ip}:8500`]
      return inItsPlace(host, { ...registrator, command }, options, async () => {
        await act()
        await settles(host, 30_000)
      })
    }

    it("is right soon after the stream of Docker's events was cut", async function () {
      this.timeout(300_000)
      await onAll(async (host) => {
        await openDoor(host)
        await inRegistratorsPlace(host, behindDoor, async () => {
          for (let time = 1; time <= 3; time += 1) {
            await slamDoor(host)
            await host.run(runs(`cut${time}`, '--label test'))
            await eventually(
              'what was started since is there',
              async () => (await catalogue(host)).some((each) => each.includes(`:cut${time}:`)),
              { budgetMs: 60_000 },
            )
          }
          await churn.end()
        })
        await host.run('docker rm -f door')
      })
    })

    it('is right soon after its clock was set, forth and back', async function () {
      this.timeout(300_000)
      await onAll(async (host) => {
        const clock = await settableClock(host)
        await inRegistratorsPlace(host, clock.options, async () => {
          for (const hours of [3, -5, 0]) {
            await clock.set(hours)
            await host.run(runs(`set${hours + 5}`, '--label test'))
            await eventually(
              'what was started since is there',
              async () => (await catalogue(host)).some((each) => each.includes(`:set${hours + 5}:`)),
              { budgetMs: 30_000 },
            )
          }
          await churn.end()
        })
      })
    })

    it('is right soon after Docker was restarted', async function () {
      this.timeout(120_000)
      await churn.end()
      await onAll(async (host) => {
        await host.run(runs('lasting', '--label test', '--restart always'))
        await host.restartDocker()
        await isReady(host, registrator)
        await settles(host)
        assert.ok(linesOf(await host.run('docker ps -q --filter name=lasting')).length === 1)
      })
    })

    it('is right soon after there was no leader for 20 s', async function () {
      this.timeout(120_000)
      const { h1, h2, h3 } = lab()
      for (const host of [h2, h3]) await host.run('docker stop -t 1 arpanet_consul')
      await eventually(
        'no leader',
        async () => (await h1.run('curl -s 127.0.0.1:8500/v1/status/leader')).stdout === '""',
        { budgetMs: 30_000 },
      )
      const since = Date.now()
      await eventually('20 s', () => Date.now() - since > 20_000, { budgetMs: 25_000 })
      for (const host of [h2, h3]) await host.run('docker start arpanet_consul')
      await eventually('a leader', async () => (await h1.exec('arpanet kv ls')).exitCode === 0, {
        budgetMs: 30_000,
      })
      await calm()
    })

    it('is right after two hundred containers and more, during all of this', async function () {
      this.timeout(300_000)
      // Not of any speed: so long the others run, and so many more it takes.
      await eventually('200 came and went', () => churn.total > 200, { budgetMs: 240_000 })
      await calm()
      this.runnable().title += `: ${churn.total}`
    })
  })
})
