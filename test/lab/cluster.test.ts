// The documented lines, typed on four real hosts, and what becomes of the cluster when hosts are lost.
//
//       192.0.2.1         192.0.2.2         192.0.2.3         192.0.2.4
//          h1                h2                h3                h4
//     Docker 20.10      Docker 26.1       Docker 28.5       Docker 20.10
//     consul server ─── consul server ─── consul server ─── consul client
//
import assert from 'node:assert/strict'
import { stack } from '../../src/services/index.ts'
import { linesOf, useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'

interface Info {
  consul: { role: string | null; leader: string | null; members: { name: string; status: string }[] }
  containers: { service: string; name: string; state: string }[]
}

const info = async (host: Host): Promise<Info> =>
  JSON.parse((await host.run('arpanet info --json')).stdout) as Info

const alive = async (host: Host): Promise<string[]> =>
  linesOf(await host.run('arpanet consul members'))
    .slice(1)
    .filter((line) => line.includes(' alive '))
    .map((line) => line.split(' ')[0]!)

describe('three servers and a client', () => {
  const lab = useProductLab('cluster', { h1: 'bookworm', h2: 'trixie', h3: 'forky', h4: 'bookworm' })

  it('form a cluster by the documented lines, typed on the first host', async () => {
    const { h1 } = lab()
    const boot = await h1.run('arpanet start:consul boot')
    assert.match(boot.stdout, /1 server, 2 more are needed for a leader/)
    assert.match(boot.stdout, /^Add a server: +ssh HOST arpanet start:consul server 192\.0\.2\.1$/m)
    assert.match(boot.stdout, /^Add a client: +ssh HOST arpanet start:consul client 192\.0\.2\.1$/m)

    const second = await h1.run('ssh h2 arpanet start:consul server 192.0.2.1')
    assert.match(second.stdout, /2 servers, 1 more is needed for a leader/)
    const third = await h1.run('ssh h3 arpanet start:consul server 192.0.2.1')
    assert.match(third.stdout, /3 servers, leader h[123]/)
    const client = await h1.run('ssh h4 arpanet start:consul client 192.0.2.1')
    assert.match(client.stdout, /3 servers and 1 client, leader h[123]/)

    assert.deepEqual((await alive(h1)).sort(), ['h1', 'h2', 'h3', 'h4'])
  })

  it('say the same of the cluster on every host', async () => {
    const { h1, h4 } = lab()
    const [first, last] = await Promise.all([info(h1), info(h4)])
    assert.equal(first.consul.role, 'server')
    assert.equal(last.consul.role, 'client')
    assert.equal(first.consul.leader, last.consul.leader)
    assert.deepEqual(first.consul.members, last.consul.members)
    assert.deepEqual(
      last.containers.map(({ service, name, state }) => [service, name, state]),
      [
        ['consul', 'arpanet_consul', 'running'],
        ...stack.map(({ name }) => [name, `arpanet_${name}`, 'absent']),
      ],
    )
  })

  it('read on one host what was set on another', async () => {
    const { h2, h4 } = lab()
    await h2.run(['arpanet', 'kv', 'set', 'folder/a', 'two  words'])
    assert.equal((await h4.run('arpanet kv get folder/a')).stdout, 'two  words')
  })

  it('form again, with their data, after every host was switched off and on', async () => {
    const { hosts, h4 } = lab()
    await Promise.all(hosts.map((host) => host.lose()))
    await Promise.all(hosts.map((host) => host.boot()))
    await eventually(
      'the key is read on the client',
      async (see) => see((await h4.arpanet('kv', 'get', 'folder/a')).stdout) === 'two  words',
      { budgetMs: 60_000 },
    )
    await eventually('all four are alive', async (see) => see(await alive(h4)).length === 4)
  })

  it("answer from the key-value store within 15 s after the leader's host lost its power", async () => {
    const { h4 } = lab()
    const { leader } = (await info(h4)).consul
    const lost = lab().host(leader!)
    await lost.lose()
    const start = performance.now()
    await eventually(
      'the key-value store takes a write',
      async (see) => see(await h4.arpanet('kv', 'set', 'folder/b', 'after')).exitCode === 0,
      { budgetMs: 15_000 },
    )
    console.log(`        (a write went through ${Math.round(performance.now() - start)} ms after the loss)`)
    await eventually('another host leads', async (see) => {
      const now = see((await info(h4)).consul.leader)
      return now !== null && now !== leader
    })

    await lost.boot()
    await eventually('the lost host is alive again', async (see) => see(await alive(h4)).includes(leader!), {
      budgetMs: 30_000,
    })
    await eventually(
      'the lost host has what was written without it',
      async (see) => see((await lost.arpanet('kv', 'get', 'folder/b')).stdout) === 'after',
    )
    assert.equal((await lost.run('arpanet kv get folder/a')).stdout, 'two  words')
  })

  it('go on when a host is cut off, which says so itself, and take it back when the cut heals', async () => {
    const { h1, h3, h4 } = lab()
    await h3.cut()
    await eventually('h3 is seen as failed', async (see) => !see(await alive(h1)).includes('h3'), {
      budgetMs: 30_000,
    })
    await h4.run('arpanet kv set folder/c meanwhile')
    const alone = await eventually('h3 has no leader', async (see) => {
      const got = see(await h3.arpanet('kv', 'get', 'folder/c'))
      return got.exitCode === 4 ? got : undefined
    })
    assert.match(alone.stderr, /^Consul at http:\/\/192\.0\.2\.3:8500: .*leader/)
    await h3.heal()
    await eventually(
      'h3 reads what was written without it',
      async (see) => see((await h3.arpanet('kv', 'get', 'folder/c')).stdout) === 'meanwhile',
      // Gossip looks for members that it lost every 30 s.
      { budgetMs: 90_000 },
    )
  })

  it('lose a server gracefully while the others can decide, and never the last one', async () => {
    const { h1, h2, h3, h4 } = lab()
    const client = await h4.run('arpanet stop')
    assert.equal(client.stdout, 'consul is stopped; it has left the cluster\n')
    const first = await h3.run('arpanet stop')
    assert.equal(first.stdout, 'consul is stopped; it has left the cluster, which goes on with 2 servers\n')
    const second = await h2.run('arpanet stop')
    assert.equal(second.stdout, 'consul is stopped; it has left the cluster, which goes on with 1 server\n')
    assert.equal((await h1.run('arpanet kv get folder/a')).stdout, 'two  words')
    const last = await h1.run('arpanet stop')
    assert.match(
      last.stdout,
      /^consul is stopped; it stays a member, .* lose quorum \(1 of 1 servers alive\)$/m,
    )
    assert.equal((await h1.run('arpanet stop')).stdout, 'nothing runs\n')
  })

  it('come back with the data that they left, in any order', async () => {
    const { h1, h2, h3 } = lab()
    assert.equal((await h3.arpanet('start:consul', 'server', '192.0.2.1')).exitCode, 4)
    await h1.run('arpanet start:consul boot')
    await h2.run('arpanet start:consul server 192.0.2.1')
    for (const host of [h1, h2, h3]) {
      await eventually(
        `${host.name} reads the key`,
        async (see) => see((await host.arpanet('kv', 'get', 'folder/a')).stdout) === 'two  words',
        { budgetMs: 30_000 },
      )
    }
    await eventually(
      'three servers vote',
      async (see) => {
        const peers = see((await h1.run('arpanet consul operator raft list-peers')).stdout)
        return (peers.match(/true/g) ?? []).length === 3
      },
      { budgetMs: 30_000 },
    )
  })

  it('stay stopped when their engine restarts after arpanet stop', async () => {
    const { h3 } = lab()
    await h3.run('arpanet stop')
    await h3.restartDocker()
    const found = (await info(h3)).containers[0]
    assert.equal(found?.state, 'exited')
  })
})
