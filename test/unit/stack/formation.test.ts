import assert from 'node:assert/strict'
import {
  count,
  describe as describeFormation,
  hasPeers,
  missingServers,
  readFormation,
  watchFormation,
  type Formation,
} from '../../../src/stack/formation.ts'
import { aMember, fakeCluster } from '../../support/consul-cluster.ts'

const formation = (changes: Partial<Formation>): Formation => ({
  members: [],
  leader: undefined,
  voters: [],
  ...changes,
})
const [h1, h2, h3] = [aMember('h1'), aMember('h2'), aMember('h3')]
const [c8, c9] = [aMember('h8', { role: 'client' }), aMember('h9', { role: 'client' })]
const down = { status: 'failed' } as const
const voters = ['192.0.2.1', '192.0.2.2', '192.0.2.3']

describe('formation', () => {
  const cases: Record<string, { of: Partial<Formation>; missing: number; says: string }> = {
    nobody: { of: {}, missing: 3, says: '0 servers, 3 more are needed for a leader' },
    'the first server': {
      of: { members: [h1] },
      missing: 2,
      says: '1 server, 2 more are needed for a leader',
    },
    'a second server': {
      of: { members: [h1, h2] },
      missing: 1,
      says: '2 servers, 1 more is needed for a leader',
    },
    'clients, which do not count': {
      of: { members: [h1, c8, c9] },
      missing: 2,
      says: '1 server and 2 clients, 2 more are needed for a leader',
    },
    'servers that have gone, which do not count': {
      of: { members: [h1, aMember('h2', down), aMember('h3', { status: 'left' })] },
      missing: 2,
      says: '1 server, 2 more are needed for a leader',
    },
    'all servers before the election': {
      of: { members: [h1, h2, h3] },
      missing: 0,
      says: '3 servers, no leader yet',
    },
    'a leader': {
      of: { members: [h1, h2, h3, c9], leader: 'h2', voters },
      missing: 0,
      says: '3 servers and 1 client, leader h2',
    },
    'one server left of three with a vote': {
      of: { members: [h1, aMember('h2', down), aMember('h3', down)], voters },
      missing: 1,
      says: '1 server, 1 more is needed for a leader',
    },
    'two servers left of three with a vote': {
      of: { members: [h1, h2, aMember('h3', down)], voters },
      missing: 0,
      says: '2 servers, no leader yet',
    },
    'servers without a vote, which do not count': {
      of: { members: [h1, aMember('h4')], voters },
      missing: 1,
      says: '2 servers, 1 more is needed for a leader',
    },
  }
  for (const [what, { of, missing, says }] of Object.entries(cases)) {
    it(`of ${what}: ${says}`, () => {
      assert.equal(describeFormation(formation(of), 3), says)
      assert.equal(missingServers(formation(of), 3), missing)
    })
  }

  it('needs as many servers as are expected', () => {
    assert.equal(missingServers(formation({ members: [h1] }), 5), 4)
    assert.equal(missingServers(formation({ members: [h1, h2] }), 1), 0)
  })

  it('has peers where somebody else is alive', () => {
    assert.equal(hasPeers(formation({ members: [h1, c9] }), '192.0.2.1'), true)
    assert.equal(hasPeers(formation({ members: [h1] }), '192.0.2.1'), false)
    assert.equal(hasPeers(formation({ members: [h1, aMember('h2', down)] }), '192.0.2.1'), false)
  })

  it('calls the leader by its name, or by its address while that is not known', async () => {
    const state = { members: [h1, h2], voters }
    const named = await readFormation(fakeCluster({ ...state, leader: '192.0.2.2' }))
    const unnamed = await readFormation(fakeCluster({ ...state, leader: '192.0.2.7' }))
    const none = await readFormation(fakeCluster(state))
    assert.deepEqual([named.leader, unnamed.leader, none.leader], ['h2', '192.0.2.7', undefined])
    assert.deepEqual([named.members, named.voters], [[h1, h2], voters])
  })

  it('is read again until it is what is waited for', async () => {
    let asked = 0
    const cluster = fakeCluster(() => ((asked += 1) > 3 ? { members: [h1], leader: '192.0.2.1' } : {}))
    const found = await watchFormation(cluster, ({ leader }) => leader === 'h1', 5_000)
    assert.equal(found.leader, 'h1')
  })

  it('is what was read last when the budget is spent', async () => {
    const found = await watchFormation(fakeCluster({ members: [h1] }), () => false, 0)
    assert.deepEqual(found.members, [h1])
  })

  it('that cannot be read is an error, not an empty one', async () => {
    const cluster = fakeCluster(() => {
      throw new Error('no answer')
    })
    await assert.rejects(readFormation(cluster), /no answer/)
  })

  it('counts one thing without an s', () => {
    assert.deepEqual(
      [0, 1, 2].map((number) => count(number, 'server')),
      ['0 servers', '1 server', '2 servers'],
    )
  })
})
