// Somebody opens a connection to a service every 5 ms while its instances are replaced, ill and lost.
//
//       192.0.2.1         192.0.2.2         192.0.2.3
//          h1                h2                h3
//     consul server ─── consul server ─── consul server
//      registrator       registrator        backends, the caller
//         echo              echo
//
import assert from 'node:assert/strict'
import { useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import { runCaller, runSpeaker, type CallsTo } from './speakers.ts'

interface Instance {
  readonly host: Host
  readonly name: string
}

describe('a service that changes while it is called through the ambassador', () => {
  const lab = useProductLab('changes', { h1: 'bookworm', h2: 'trixie', h3: 'forky' })

  before('Consul on each', async function () {
    this.timeout(180_000)
    const { h1, h2, h3 } = lab()
    await h1.run('arpanet start:consul boot')
    for (const host of [h2, h3]) await host.run('arpanet start:consul server 192.0.2.1')
    for (const host of [h1, h2]) await host.run('arpanet start:stack registrator')
    await h3.run('arpanet start:stack backends ambassador')
  })

  /** The ids of the instances that pass, as the agent of the caller's host says. */
  const passing = async (): Promise<string[]> => {
    const { stdout } = await lab().h3.run('curl -sf "127.0.0.1:8500/v1/health/service/echo?passing"')
    return (JSON.parse(stdout) as { Service: { ID: string } }[]).map(({ Service: { ID } }) => ID)
  }
  // Without a check it would be called as soon as its container runs, and it listens a moment later.
  const checked = ['--env', 'SERVICE_7_CHECK_TCP=true', '--env', 'SERVICE_7_CHECK_INTERVAL=1s']
  const idOf = ({ host, name }: Instance) => `${host.name}:${name}:7`
  const start = async (host: Host, name: string): Promise<Instance> => {
    await host.run(runSpeaker(name, '--publish', '7', ...checked))
    await eventually(`${name} passes`, async () => (await passing()).includes(idOf({ host, name })))
    return { host, name }
  }

  let pair: readonly Instance[] = []
  beforeEach('two instances', async function () {
    this.timeout(60_000)
    const { h1, h2 } = lab()
    pair = await Promise.all([start(h1, 'old1'), start(h2, 'old2')])
  })
  afterEach('none', async function () {
    this.timeout(60_000)
    for (const host of lab().hosts) {
      if (host.isUp) await host.run('docker ps -aq --filter label=test | xargs -r docker rm -f')
    }
  })

  /** What became of the connections of somebody who calls as long as `act` takes. */
  const whileCalled = async (act: () => Promise<unknown>): Promise<CallsTo> => {
    const { h3 } = lab()
    const link = ['--link', 'arpanet_backends:backends', '--env', 'BACKEND_1=echo']
    await h3.run(runCaller('caller', 1, ...link))
    await eventually('it calls', async () =>
      (await h3.run('curl -sf http://192.0.2.3:9612/routes')).stdout.includes('"opened":1'),
    )
    await act()
    await h3.run('docker stop caller')
    return JSON.parse((await h3.run('docker logs caller')).stdout) as CallsTo
  }
  const stop = ({ host, name }: Instance) => host.run(`docker stop ${name} && docker rm ${name}`)

  it('loses no connection while its containers are replaced one by one', async function () {
    this.timeout(120_000)
    let generation = pair
    const { made, failed, by } = await whileCalled(async () => {
      for (let number = 1; number <= 3; number += 1) {
        const next: Instance[] = []
        for (const old of generation) {
          next.push(await start(old.host, `new${number}${old.host.name}`))
          await stop(old)
        }
        generation = next
      }
    })
    this.runnable().title += `: ${made} connections to ${Object.keys(by).length} instances, ${failed.length} failed ${failed.join('; ')}`
    assert.deepEqual(failed, [])
    assert.equal(Object.keys(by).length, 8)
  })

  it('loses none while an instance is marked critical and then gone, and uses it no more within a second', async function () {
    this.timeout(120_000)
    const [first] = pair
    assert.ok(first)
    let knownAt = 0
    const { made, failed, by } = await whileCalled(async () => {
      await eventually('it is called', async () => (await passing()).length === 2)
      const maintenance = `127.0.0.1:8500/v1/agent/service/maintenance/${idOf(first)}?enable=true`
      await first.host.run(`curl -sf -X PUT "${maintenance}"`)
      await eventually('Consul knows', async () => (await passing()).length === 1, { everyMs: 20 })
      knownAt = Date.now()
      await eventually('a second', () => Date.now() > knownAt + 1_000)
      await first.host.run(`docker kill ${first.name}`)
      await eventually('another second', () => Date.now() > knownAt + 2_000)
    })
    const late = (by[first.name]?.last ?? 0) - knownAt
    this.runnable().title += `: ${made} connections, ${failed.length} failed; the last to it ${late} ms after Consul knew`
    assert.deepEqual(failed, [])
    assert.ok(late < 1_000)
  })

  it('loses connections to a host that is lost for no longer than Consul needs to say so', async function () {
    this.timeout(120_000)
    const [, second] = pair
    assert.ok(second)
    let [lostAt, knownAt] = [0, 0]
    const { made, failed, by } = await whileCalled(async () => {
      await eventually('it is called', async () => (await passing()).length === 2)
      await second.host.lose()
      lostAt = Date.now()
      await eventually('Consul knows', async () => (await passing()).length === 1, {
        budgetMs: 60_000,
        everyMs: 20,
      })
      knownAt = Date.now()
      await eventually('four seconds', () => Date.now() > knownAt + 4_000)
    })
    const lastMs = Math.max(...failed.map(([begun]) => begun)) - knownAt
    this.runnable().title +=
      `: ${made} connections, ${failed.length} failed, the last begun ${-lastMs} ms before Consul said so, ` +
      `which was ${knownAt - lostAt} ms after the loss`
    assert.ok(lastMs < 0)
    assert.ok((by.old1?.last ?? 0) > knownAt)
    await second.host.boot()
  })
})
