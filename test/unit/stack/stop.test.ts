import assert from 'node:assert/strict'
import type { Container } from '../../../src/model/container.ts'
import { labelsOf } from '../../../src/stack/plan.ts'
import { farewell, stopService } from '../../../src/stack/stop.ts'
import { aMember, fakeCluster, type ClusterState } from '../../support/consul-cluster.ts'
import { aContainer, aSpec, fakeDocker } from '../../support/docker.ts'

const labels = labelsOf('web', aSpec())

describe('stop', () => {
  const states: Record<Container['state'], boolean> = {
    running: true,
    paused: true,
    restarting: true,
    created: false,
    exited: false,
    dead: false,
    removing: false,
  }
  for (const [state, stops] of Object.entries(states) as [Container['state'], boolean][]) {
    it(`${stops ? 'stops' : 'leaves'} a container that is ${state}`, async () => {
      const docker = fakeDocker({ containers: [aContainer({ state, labels })] })
      let asked = 0
      const signal = () => {
        asked += 1
        return Promise.resolve('SIGINT' as const)
      }
      assert.equal(await stopService('web', 'arpanet_web', docker, signal), stops)
      assert.equal(asked, stops ? 1 : 0)
      assert.deepEqual(docker.changes, stops ? ['stop arpanet_web SIGINT'] : [])
      assert.equal(await stopService('web', 'arpanet_web', docker, signal), false)
    })
  }

  const unasked = () => Promise.reject(new Error('asked for a signal'))

  it('has nothing to do where there is no container, nor one whose name only begins the same', async () => {
    const docker = fakeDocker({ containers: [aContainer({ name: 'arpanet_web1', labels })] })
    assert.equal(await stopService('web', 'arpanet_web', docker, unasked), false)
    assert.deepEqual(docker.changes, [])
  })

  it('leaves a container alone that arpanet did not make', async () => {
    const docker = fakeDocker({ containers: [aContainer()] })
    await assert.rejects(stopService('web', 'arpanet_web', docker, unasked), {
      message: 'web: container arpanet_web (example/web:1) was not made by arpanet and stays as it is',
      exitCode: 5,
    })
    assert.deepEqual(docker.changes, [])
  })
})

describe('farewell', () => {
  const voters = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
  const members = ['h1', 'h2', 'h3'].map((name) => aMember(name))
  const failed = { status: 'failed' } as const
  const cases: Record<string, { state: ClusterState; signal: string; reason: string }> = {
    'a client leaves': { state: { role: 'client' }, signal: 'SIGINT', reason: 'it has left the cluster' },
    'a server of three leaves': {
      state: { members, voters },
      signal: 'SIGINT',
      reason: 'it has left the cluster, which goes on with 2 servers',
    },
    'a server of two leaves': {
      state: { members: members.slice(0, 2), voters: voters.slice(0, 2) },
      signal: 'SIGINT',
      reason: 'it has left the cluster, which goes on with 1 server',
    },
    'the last server stays a member': {
      state: { members: members.slice(0, 1), voters: voters.slice(0, 1) },
      signal: 'SIGTERM',
      reason: 'it stays a member, for without its vote the cluster would lose quorum (1 of 1 servers alive)',
    },
    'a server stays a member where another has failed': {
      state: { members: [...members.slice(0, 2), aMember('h3', failed)], voters },
      signal: 'SIGTERM',
      reason: 'it stays a member, for without its vote the cluster would lose quorum (2 of 3 servers alive)',
    },
    'a server that never had a leader has nothing to leave': {
      state: { members: members.slice(0, 1) },
      signal: 'SIGTERM',
      reason: 'there was no cluster to leave yet',
    },
  }
  for (const [title, { state, ...expected }] of Object.entries(cases)) {
    it(title, async () => {
      assert.deepEqual(await farewell(fakeCluster(state)), expected)
    })
  }

  it('an agent that cannot be asked is only stopped', async () => {
    const cluster = fakeCluster(() => {
      throw new Error('no answer')
    })
    assert.deepEqual(await farewell(cluster), {
      signal: 'SIGTERM',
      reason: 'it stays a member, for it could not be asked about the cluster',
    })
  })
})
