// start:stack, stop, plan, logs and restart on one host of each engine.
//
//       192.0.2.1         192.0.2.2         192.0.2.3
//          h1                h2                h3
//     Docker 20.10      Docker 26.1       Docker 28.5
//     consul server ─── consul server ─── consul server, cAdvisor on each
//
import assert from 'node:assert/strict'
import { stack } from '../../src/services/index.ts'
import { linesOf, seen, useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'

/** Instances of cAdvisor that Consul calls well, by address. */
const passing = async (host: Host): Promise<string[]> => {
  const { stdout } = await host.run("curl -s '127.0.0.1:8500/v1/health/service/cadvisor?passing'")
  return (JSON.parse(stdout) as { Service: { Address: string } }[])
    .map(({ Service }) => Service.Address)
    .sort()
}

/** What `plan` says where there is nothing to do. */
const upToDate = stack.map(({ name }) => `${name} is up to date\n`).join('')

const containerId = async (host: Host) =>
  (await host.run('docker inspect -f {{.Id}} arpanet_cadvisor')).stdout

describe('the stack', () => {
  const lab = useProductLab('stack', { h1: 'bookworm', h2: 'trixie', h3: 'forky' })

  it('says how to start Consul where it does not run', async () => {
    assert.equal(
      seen(await lab().h1.exec('arpanet start:stack')),
      'start:stack: Consul does not run on this host, expected it to\n  arpanet start:consul --help\n=> 4',
    )
  })

  it('waits a minute for a leader, says who is missing and what to type', async function () {
    this.timeout(120_000)
    const { h1 } = lab()
    await h1.run('arpanet start:consul boot')
    assert.equal(
      seen(await h1.exec('arpanet start:stack')),
      `waiting for a leader: 1 server, 2 more are needed for a leader
start:stack: no leader after 60 s: 1 server, 2 more are needed for a leader
  ssh HOST arpanet start:consul server 192.0.2.1
=> 4`,
    )
  })

  it('starts on every engine, answers, and is in the catalogue', async () => {
    const { h1, h2, h3, hosts } = lab()
    for (const host of [h2, h3]) await host.run('arpanet start:consul server 192.0.2.1')
    for (const host of hosts) {
      const started = await host.run('arpanet start:stack')
      assert.deepEqual(linesOf(started), [
        `tunnel runs at http://${host.ip}:9613/metrics`,
        `registrator runs at http://${host.ip}:9610/metrics`,
        `fleetstreet runs at http://${host.ip}:9611/metrics`,
        'backends runs at --link arpanet_backends:backends',
        `ambassador runs at http://${host.ip}:9612/metrics`,
        `cadvisor runs at http://${host.ip}:8080/containers/`,
      ])
      const metrics = await host.run(`curl -s http://${host.ip}:8080/metrics`)
      assert.match(metrics.stdout, /container_cpu_usage_seconds_total\{[^}]*name="arpanet_consul"/)
      assert.doesNotMatch(metrics.stdout, /arpanet_spec/)
      assert.notEqual((await host.exec('curl -s --max-time 2 http://127.0.0.1:8080/healthz')).exitCode, 0)
    }
    await eventually('all three are well', async (see) => see(await passing(h1)).length === 3)
  })

  it('gives cAdvisor no privilege', async () => {
    const { stdout } = await lab().h3.run(
      "docker inspect -f '{{.HostConfig.Privileged}} {{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}}' arpanet_cadvisor",
    )
    assert.equal(stdout, 'false [ALL] []\n')
  })

  it('changes nothing when it is run again, and its plan is empty', async () => {
    for (const host of lab().hosts) {
      const before = await containerId(host)
      const again = await host.run('arpanet start:stack')
      assert.deepEqual(linesOf(again).at(-1), `cadvisor is up to date at http://${host.ip}:8080/containers/`)
      assert.equal(again.stderr, '')
      assert.equal(await containerId(host), before)
      assert.equal(seen(await host.exec('arpanet plan')), `${upToDate}=> 0`)
    }
  })

  it('plans a change without making it, with the line that Docker would take', async () => {
    const { h2 } = lab()
    const before = await containerId(h2)
    const plan = await h2.exec('CADVISOR_PORT=8081 arpanet plan')
    assert.equal(plan.exitCode, 7)
    assert.match(plan.stdout, /^remove arpanet_cadvisor: it is not what is wanted now$/m)
    assert.match(plan.stdout, /^ {2}\+ argument --port=8081$/m)
    assert.equal(await containerId(h2), before)

    const line = linesOf(plan).at(-1)!.trim()
    assert.match(line, /^docker run --detach --name arpanet_cadvisor /)
    await h2.run('docker rm -f arpanet_cadvisor')
    await h2.run(line)
    await eventually(
      'it answers',
      async () => (await h2.exec('curl -sf http://192.0.2.2:8081/healthz')).exitCode === 0,
    )
    assert.equal((await h2.run('CADVISOR_PORT=8081 arpanet plan')).stdout, upToDate)
    await h2.run('arpanet start:stack')
  })

  it('leaves the catalogue when it is stopped, and comes back', async () => {
    const { h1, h3 } = lab()
    assert.equal((await h3.run('arpanet stop cadvisor')).stdout, 'cadvisor is stopped\n')
    await eventually('h3 is gone and the others are well', async (see) => {
      const instances = see(await passing(h1))
      return instances.join() === '192.0.2.1,192.0.2.2'
    })
    assert.equal((await h3.run('docker inspect -f {{.State.Running}} arpanet_consul')).stdout, 'true\n')
    await h3.run('arpanet start:stack')
    await eventually('it is back', async (see) => see(await passing(h1)).length === 3)
  })

  it('restarts one service with the container that it had', async () => {
    const { h1 } = lab()
    const before = await containerId(h1)
    const started = async () =>
      (await h1.run('docker inspect -f {{.State.StartedAt}} arpanet_cadvisor')).stdout
    const at = await started()
    assert.equal(
      (await h1.run('arpanet restart cadvisor')).stdout,
      'cadvisor runs at http://192.0.2.1:8080/containers/\n',
    )
    assert.equal(await containerId(h1), before)
    assert.notEqual(await started(), at)
    assert.match(
      (await h1.run('arpanet restart consul')).stdout,
      /^consul runs at http:\/\/192\.0\.2\.1:8500\/ui\/$/m,
    )
    await eventually('h1 votes again', async () => (await h1.exec('arpanet kv set a b')).exitCode === 0)
  })

  it('writes logs, whole, since a time, and on and on', async () => {
    const { h1 } = lab()
    assert.match((await h1.run('arpanet logs consul')).stdout, /Consul agent running/)
    assert.equal((await h1.run('arpanet logs consul --since 2100-01-01')).stdout, '')
    const following = h1.exec('exec timeout --preserve-status -s TERM 4 arpanet logs consul -f --since 0s')
    await h1.run('arpanet consul reload')
    const { stdout, exitCode } = await following
    assert.match(stdout, /\[(INFO|WARN)\]/)
    assert.equal(exitCode, 143)
    assert.equal(
      seen(await h1.exec('arpanet logs consul --since yesterday')),
      'logs: expected --since to be an age such as 10m or a time, got "yesterday"\n  arpanet logs --help\n=> 2',
    )
  })

  it('comes back by itself when Docker restarts and when hosts lose their power', async () => {
    const { hosts, h1, h2 } = lab()
    await h2.restartDocker()
    await eventually('its plan is empty', async (see) => see(await h2.exec('arpanet plan')).exitCode === 0)
    await Promise.all(hosts.map((host) => host.lose()))
    await Promise.all(hosts.map((host) => host.boot()))
    await eventually('all three are well', async (see) => see(await passing(h1)).length === 3, {
      budgetMs: 60_000,
    })
    for (const host of hosts) assert.equal(seen(await host.exec('arpanet plan')), `${upToDate}=> 0`)
  })
})
