// A service is replaced, container by container, while somebody uses it.
//
//       192.0.2.1         192.0.2.2         192.0.2.3
//          h1                h2                h3
//     consul server ─── consul server ─── consul server
//      registrator       registrator        the client
//       web, twice        web, twice
//
// It counts what a user of the service sees, and so wants a machine that does nothing else: beside other labs on two
// cores Consul itself loses its leader. By hand: mocha --timeout 180000 test/bench/rolling.test.ts
//
import assert from 'node:assert/strict'
import { useProductLab } from '../support/product-lab.ts'
import { callWhile } from '../lab/calls.ts'
import { eventually } from '../lab/eventually.ts'
import type { Host } from '../lab/host.ts'
import { productImage } from '../lab/image.ts'

/** Answers a byte with itself. Told to end it goes on for one to two seconds, as those do that are behaved. */
const server = `
  const server = require('node:net').createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => socket.end(data))
  })
  server.listen(80, () => require('node:fs').writeFileSync('/tmp/listens', ''))
  process.once('SIGTERM', () => setTimeout(() => server.close(), 1000 + 1000 * Math.random()))
`

/** How Consul knows that a container listens. */
const checks = {
  SERVICE_CHECK_TCP: ['--env', 'SERVICE_CHECK_TCP=true', '--env', 'SERVICE_CHECK_INTERVAL=1s'],
  HEALTHCHECK: ['--health-cmd', 'test -e /tmp/listens', '--health-interval', '500ms'],
}

const start = (host: Host, name: string, check: readonly string[]) => {
  const options = [
    '--name',
    name,
    '--env',
    'SERVICE_NAME=web',
    '--publish',
    '80',
    '--tmpfs',
    '/tmp',
    ...check,
  ]
  return host.run(
    ['docker', 'run', '--detach', ...options, '--entrypoint', 'node', productImage(), '-e', server],
    { title: `${host.name}$ docker run ${name}` },
  )
}

interface Instance {
  readonly host: Host
  readonly name: string
  /** As `ADDRESS:PORT`. */
  readonly place: string
}

interface Passing {
  readonly Service: { readonly ID: string; readonly Address: string; readonly Port: number }
}

/** The lowest, the middle and the highest, in words. */
function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(0)
  return `${at(0)}, ${at(0.5)}, ${at(1)} ms`
}

describe('a service whose containers are replaced', () => {
  const lab = useProductLab('rolling', { h1: 'trixie', h2: 'trixie', h3: 'trixie' })

  before('Consul on each, the registrator on two', async function () {
    this.timeout(120_000)
    const { h1, h2, h3 } = lab()
    await h1.run('arpanet start:consul boot')
    for (const host of [h2, h3]) await host.run('arpanet start:consul server 192.0.2.1')
    for (const host of [h1, h2]) await host.run('arpanet start:stack registrator')
  })
  afterEach('nothing runs', async () => {
    const { h1, h2, h3 } = lab()
    for (const host of [h1, h2]) await host.run('docker ps -aq --filter name=web | xargs -r docker rm -f')
    await eventually('nobody passes', async () => (await passing(h3)).length === 0)
  })

  /** What a client on the host is told. */
  const passing = async (host: Host): Promise<Passing[]> => {
    const { stdout } = await host.run('curl -sf "127.0.0.1:8500/v1/health/service/web?passing"')
    return JSON.parse(stdout) as Passing[]
  }

  const startAndWait = async (host: Host, name: string, check: readonly string[]): Promise<Instance> => {
    await start(host, name, check)
    const { Service } = await eventually(
      `${name} passes`,
      async (seen) =>
        seen(await passing(lab().h3)).find(({ Service: { ID } }) => ID === `${host.name}:${name}:80`),
      { budgetMs: 30_000 },
    )
    return { host, name, place: `${Service.Address}:${Service.Port}` }
  }

  /** When Docker sent the signal, in ms since 1970. */
  const stop = async ({ host, name }: Instance): Promise<number> => {
    const since = Math.floor(Date.now() / 1000) - 1
    await host.run(`docker stop ${name}`)
    const filters = `--filter event=kill --filter container=${name} --format '{{.TimeNano}}'`
    const { stdout } = await host.run(
      `docker events --since ${since} --until 0s ${filters}; docker rm ${name}`,
    )
    return Number(stdout.split('\n')[0]) / 1e6
  }

  for (const [kind, check] of Object.entries(checks)) {
    it(`loses no connection, with ${kind}`, async function () {
      this.timeout(180_000)
      const { h1, h2, h3 } = lab()
      const generations = 4
      const stopped = new Map<string, number>()
      let number = 0
      const next = (host: Host) => startAndWait(host, `web${(number += 1)}`, check)
      let instances = await Promise.all([h1, h2, h1, h2].map(next))

      const { made, failed, lastNamed } = await callWhile(h3, 'web', async () => {
        for (let generation = 1; generation < generations; generation += 1) {
          const replaced: Instance[] = []
          for (const old of instances) {
            replaced.push(await next(old.host))
            stopped.set(old.place, await stop(old))
          }
          instances = replaced
        }
      })

      const goneAfterMs = [...stopped].map(([place, at]) => Math.max(0, (lastNamed[place] ?? at) - at))
      this.runnable().title +=
        `: ${made} connections, ${failed.length} failed, while ${stopped.size} containers were replaced; ` +
        `from the signal until Consul no longer named one: least, median, most ${spread(goneAfterMs)}`
      assert.deepEqual(failed, [])
      assert.ok(made > 1000, `${made} connections`)
      // Each was used until it was replaced, so that the figures are of something.
      assert.ok([...stopped.keys()].every((place) => place in lastNamed))
    })
  }
})
