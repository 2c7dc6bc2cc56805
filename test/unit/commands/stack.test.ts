import assert from 'node:assert/strict'
import Logs from '../../../src/commands/logs.ts'
import Plan from '../../../src/commands/plan.ts'
import Restart from '../../../src/commands/restart.ts'
import StartStack from '../../../src/commands/start/stack.ts'
import Stop from '../../../src/commands/stop.ts'
import type { AgentService } from '../../../src/drivers/consul/consul.ts'
import { stack } from '../../../src/services/index.ts'
import { runOn } from '../../support/command.ts'
import { aMember, fakeAgent, fakeCluster } from '../../support/consul-cluster.ts'
import { aContainer, fakeDocker } from '../../support/docker.ts'

const image = 'ghcr.io/google/cadvisor:v0.53.0'
const consul = aContainer({ name: 'arpanet_consul', labels: { 'arpanet.service': 'consul' } })
const cluster = fakeCluster({ members: [aMember('h1')], leader: '192.0.2.1', voters: ['192.0.2.1'] })

describe('the stack, on fakes', () => {
  it('is started, registered, then up to date, then stopped and withdrawn', async () => {
    const docker = fakeDocker({ containers: [consul], images: { [image]: 'sha256:now' } })
    const held = new Map<string, AgentService>()
    const surroundings = { docker, cluster, agent: fakeAgent(held) }

    const started = await runOn(surroundings, StartStack, 'start:stack', 'cadvisor')
    assert.equal(started.stdout, 'cadvisor runs at http://192.0.2.1:8080/containers/\n')
    assert.deepEqual([...held.keys()], ['arpanet_cadvisor'])
    const changes = docker.changes.length

    const again = await runOn(surroundings, StartStack, 'start:stack', 'cadvisor')
    assert.equal(again.stdout, 'cadvisor is up to date at http://192.0.2.1:8080/containers/\n')
    const planned = await runOn(surroundings, Plan, 'plan', 'cadvisor')
    assert.deepEqual([planned.stdout, planned.exitCode], ['cadvisor is up to date\n', 0])
    assert.equal(docker.changes.length, changes)

    const stopped = await runOn(surroundings, Stop, 'stop', 'cadvisor')
    assert.equal(stopped.stdout, 'cadvisor is stopped\n')
    assert.equal(held.size, 0)
  })

  it('is told to Consul again when Consul forgot it', async () => {
    const docker = fakeDocker({ containers: [consul], images: { [image]: 'sha256:now' } })
    const held = new Map<string, AgentService>()
    const surroundings = { docker, cluster, agent: fakeAgent(held) }
    await runOn(surroundings, StartStack, 'start:stack', 'cadvisor')
    held.clear()
    await runOn(surroundings, StartStack, 'start:stack', 'cadvisor')
    assert.equal(held.size, 1)
  })

  it('is not started with an address that is not of this host', async () => {
    const docker = fakeDocker({ containers: [consul], images: { [image]: 'sha256:now' } })
    const surroundings = { docker, cluster, settings: { ARPANET_IP: '192.0.2.99' } }
    const { stderr, exitCode } = await runOn(surroundings, StartStack, 'start:stack', 'cadvisor')
    assert.equal(stderr, 'ARPANET_IP: expected an IPv4 address of this host, got "192.0.2.99"\n')
    assert.deepEqual([exitCode, docker.changes], [2, []])
  })

  it('plans what it would do, as lines and as JSON, with a status of its own', async () => {
    const docker = fakeDocker({ images: { [image]: 'sha256:now' } })
    const plan = await runOn({ docker }, Plan, 'plan', 'cadvisor')
    assert.equal(plan.exitCode, 7)
    assert.match(
      plan.stdout,
      /^create arpanet_cadvisor: there is none\nstart arpanet_cadvisor: created\n {2}docker run /,
    )
    const json = JSON.parse((await runOn({ docker }, Plan, 'plan', 'cadvisor', '--json')).stdout) as {
      service: string
    }[]
    assert.deepEqual(
      json.map(({ service }) => service),
      ['cadvisor'],
    )
    assert.deepEqual(docker.changes, [])
  })

  for (const [title, command, id, argv, says, exit] of [
    [
      'without Consul',
      StartStack,
      'start:stack',
      [],
      'start:stack: Consul does not run on this host, expected it to',
      4,
    ],
    [
      'a service that is none',
      StartStack,
      'start:stack',
      ['cadvisr'],
      'start:stack: unknown service "cadvisr", did you mean cadvisor?',
      2,
    ],
    [
      'a plan for what is not of the stack',
      Plan,
      'plan',
      ['consul'],
      `plan: unknown service "consul", expected ${stack.map(({ name }) => name).join(' or ')}`,
      2,
    ],
    ['logs of nothing', Logs, 'logs', [], 'logs: expected SERVICE', 2],
    [
      'logs of what is not there',
      Logs,
      'logs',
      ['cadvisor'],
      'logs: there is no container arpanet_cadvisor',
      6,
    ],
    [
      'logs since nonsense',
      Logs,
      'logs',
      ['consul', '--since', 'noon'],
      'logs: expected --since to be an age such as 10m or a time, got "noon"',
      2,
    ],
    [
      'a restart of what is not there',
      Restart,
      'restart',
      ['cadvisor'],
      'restart: there is no container arpanet_cadvisor',
      6,
    ],
  ] as const) {
    it(`refuses ${title}`, async () => {
      const seen = await runOn({ docker: fakeDocker({}), cluster }, command, id, ...argv)
      assert.deepEqual([seen.stderr.split('\n')[0], seen.exitCode], [says, exit])
    })
  }
})
