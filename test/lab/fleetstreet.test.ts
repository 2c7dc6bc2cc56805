// fleetstreet and `arpanet ps` on two hosts.
//
//       192.0.2.1         192.0.2.2
//          h1                h2
//     Docker 20.10      Docker 28.5
//     consul server ─── consul client
//      fleetstreet       fleetstreet
//
import assert from 'node:assert/strict'
import { linesOf, seen, useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import { consulImage } from './image.ts'

interface Key {
  readonly key: string
  readonly index: number
  readonly session: string | undefined
  readonly value: {
    readonly ID: string
    readonly IP: string
    readonly Host: string
    readonly Trimmed?: string[]
    readonly Container: {
      readonly Id: string
      readonly Name: string
      readonly Config: { readonly Env: string[] }
      readonly State: { readonly Health?: { readonly Status: string } }
      readonly NetworkSettings: { readonly Networks: Record<string, unknown> }
    }
  }
}

describe('fleetstreet', () => {
  const lab = useProductLab('fleetstreet', { h1: 'bookworm', h2: 'forky' })

  const keys = async (): Promise<Key[]> => {
    const { text, status } = await lab().fetch(
      'http://192.0.2.1:8500/v1/kv/arpanet/containers/?recurse&consistent',
    )
    if (status === 404) return []
    const items = JSON.parse(text) as { Key: string; Value: string; ModifyIndex: number; Session?: string }[]
    return items.map(({ Key, Value, ModifyIndex, Session }) => ({
      key: Key.replace('arpanet/containers/', ''),
      index: ModifyIndex,
      session: Session,
      value: JSON.parse(Buffer.from(Value, 'base64').toString()) as Key['value'],
    }))
  }
  const names = async () => (await keys()).map(({ key }) => key)
  const keyOf = async (name: string) => (await keys()).find(({ key }) => key === name)
  const indices = async () => (await keys()).map(({ key, index, session }) => `${key} ${index} ${session}`)
  const start = (host: Host, name: string, ...flags: string[]) =>
    host.run(['docker', 'run', '-d', '--name', name, ...flags, consulImage, 'sleep', '10000'])
  const steps = async (host: Host) => {
    const { stdout } = await host.run(`curl -s http://${host.ip}:9611/metrics`)
    return Number(/^arpanet_steps_total\{[^}]*\} (\d+)$/m.exec(stdout)?.[1])
  }
  /** What runs on the hosts, by what docker says. */
  const truth = async () => {
    const all = await Promise.all(
      lab()
        .hosts.filter(({ isUp }) => isUp)
        .map(async (host) =>
          (await host.run("docker ps --format '{{.Names}}'")).stdout
            .split('\n')
            .filter(Boolean)
            .map((name) => `${name}.${host.name}`),
        ),
    )
    return all.flat().sort()
  }
  /** Budgets are for machines that have more to do. */
  const becomesTrue = (budgetMs = 60_000) =>
    eventually(
      'Consul has what runs, and nothing else',
      async (see) => {
        const [there, wanted] = await Promise.all([names(), truth()])
        return see({ there: there.sort().join(' '), wanted: wanted.join(' ') }).there === wanted.join(' ')
      },
      { budgetMs },
    )

  it('has nothing to show before it runs', async () => {
    const { h1, h2 } = lab()
    await h1.run('CONSUL_EXPECT=1 arpanet start:consul boot')
    await h2.run('arpanet start:consul client 192.0.2.1')
    assert.equal(
      seen(await h2.exec('arpanet ps')),
      'no host tells of its containers yet: start fleetstreet on each with arpanet start:stack\n=> 0',
    )
  })

  it('is a service of the stack, without privileges', async () => {
    for (const host of lab().hosts) {
      const { stdout } = await host.run('arpanet start:stack fleetstreet')
      assert.equal(stdout, `fleetstreet runs at http://${host.ip}:9611/metrics\n`)
      const inspected = await host.run(
        "docker inspect -f '{{.HostConfig.Privileged}} {{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}}' arpanet_fleetstreet",
      )
      assert.equal(inspected.stdout, 'false [ALL] []\n')
    }
    await becomesTrue()
    assert.deepEqual((await names()).sort(), [
      ...['arpanet_consul.h1', 'arpanet_consul.h2', 'arpanet_fleetstreet.h1', 'arpanet_fleetstreet.h2'],
    ])
  })

  it('publishes a container that starts, and hides what it knows', async () => {
    const { h2 } = lab()
    await start(h2, 'web', '-p', '192.0.2.2:8080:80', '-e', 'PASSWORD=hunter2', '-e', 'SERVICE_NAME=web')
    const { value, session } = await eventually('it is there', () => keyOf('web.h2'))
    assert.ok(session)
    assert.deepEqual([value.ID, value.IP, value.Host], ['web.h2', '192.0.2.2', 'h2'])
    assert.equal(value.Container.Id, (await h2.run('docker inspect -f {{.Id}} web')).stdout.trim())
    assert.ok(value.Container.Config.Env.includes('PASSWORD=(hidden)'))
    assert.ok(value.Container.Config.Env.includes('SERVICE_NAME=web'))
    assert.doesNotMatch(JSON.stringify(await keys()), /hunter2|arpanet\.spec/)
  })

  it('follows its health, its name and its networks, and takes it away', async () => {
    const { h1 } = lab()
    const health = ['--health-cmd', 'test ! -e /tmp/ill', '--health-interval', '1s', '--health-retries', '1']
    await start(h1, 'shop', ...health)
    const is = (what: string, key: string, look: (value: Key['value']) => boolean) =>
      eventually(what, async (see) => {
        const value = see((await keyOf(key))?.value)
        return value !== undefined && look(value)
      })
    await is('it is well', 'shop.h1', ({ Container }) => Container.State.Health?.Status === 'healthy')
    const { index } = (await keyOf('shop.h1'))!
    await h1.run('docker exec shop true')
    await h1.run('docker exec shop touch /tmp/ill')
    await is('it is ill', 'shop.h1', ({ Container }) => Container.State.Health?.Status === 'unhealthy')
    assert.ok((await keyOf('shop.h1'))!.index > index)

    await h1.run('docker network create side')
    await h1.run('docker network connect side shop')
    await is(
      'it is in the network',
      'shop.h1',
      ({ Container }) => 'side' in Container.NetworkSettings.Networks,
    )
    await h1.run('docker network disconnect side shop')
    await is('it left it', 'shop.h1', ({ Container }) => !('side' in Container.NetworkSettings.Networks))

    await h1.run('docker rename shop store')
    await is('it has its new name', 'store.h1', ({ Container }) => Container.Name === '/store')
    assert.equal(await keyOf('shop.h1'), undefined)
    await h1.run('docker rm -f store')
    await becomesTrue()
  })

  it('gives a name that is taken to nobody else, and that of two to the newer', async () => {
    const { h1, h2 } = lab()
    const name = ['-e', 'FLEETSTREET_NAME=team/db']
    await start(h1, 'db1', ...name)
    const first = await eventually('the first has it', () => keyOf('team/db'))
    await start(h2, 'db2', ...name)
    const id = (await h2.run('docker inspect -f {{.Id}} db2')).stdout.trim()
    await eventually('the second has its own', () => keyOf(`h2:${id}`))
    assert.equal((await keyOf('team/db'))?.index, first.index)
    await start(h1, 'db3', ...name)
    await eventually(
      'the newer has it',
      async () =>
        (await keyOf('team/db'))?.value.Container.Name === '/db3' && keyOf(`h1:${first.value.Container.Id}`),
    )
    await Promise.all([h1.run('docker rm -f db1 db3'), h2.run('docker rm -f db2')])
    await becomesTrue()
  })

  it('publishes a container that has too much to tell', async () => {
    const { h2 } = lab()
    const labels = Array.from({ length: 6 }, (_, at) => ['-l', `label${at}=${'x'.repeat(100_000)}`]).flat()
    await start(h2, 'chatty', ...labels)
    const { value } = await eventually('it is there', () => keyOf('chatty.h2'))
    assert.deepEqual(value.Trimmed, ['Config.Labels'])
    await h2.run('docker rm -f chatty')
    await becomesTrue()
  })

  it('is shown by ps, on every host the same', async () => {
    const { h1, h2 } = lab()
    const tables = await Promise.all([h1, h2].map(async (host) => linesOf(await host.run('arpanet ps'))))
    assert.deepEqual(
      tables[0]!.map((line) => line.split(/ {2,}/).slice(0, 2).join(' ')),
      [
        ...['NAME HOST', 'arpanet_consul h1', 'arpanet_fleetstreet h1'],
        ...['arpanet_consul h2', 'arpanet_fleetstreet h2', 'web h2'],
      ],
    )
    assert.match(
      tables[0]!.at(-1)!,
      /^web +h2 +\S+consul\S* +running +(53\/\S+, .*)?192\.0\.2\.2:8080->80\/tcp.* \d+[sm]$/,
    )
    assert.deepEqual(
      tables[1]!.map((line) => line.replace(/ \S+$/, '')),
      tables[0]!.map((line) => line.replace(/ \S+$/, '')),
    )
    const { stdout } = await h1.run('arpanet ps --host h2 --json')
    const web = (JSON.parse(stdout) as { name: string; state: string }[]).find(({ name }) => name === 'web')
    assert.equal(web?.state, 'running')
    assert.equal((await h1.exec('arpanet ps --host h7')).exitCode, 6)
  })

  it('writes nothing when it was killed and started again', async () => {
    const { h2 } = lab()
    await start(h2, 'witness')
    await becomesTrue()
    const of = async () => (await indices()).filter((line) => !line.startsWith('arpanet_fleetstreet'))
    const before = await of()
    await h2.run('docker kill arpanet_fleetstreet')
    await h2.run('docker rm -f witness')
    await h2.run('docker start arpanet_fleetstreet')
    await becomesTrue()
    assert.deepEqual(
      await of(),
      before.filter((line) => !line.startsWith('witness')),
    )
    // Its own container and the one that went.
    assert.equal(await steps(h2), 2)
  })

  it('has all again when Consul was restarted, here, there and without its data', async () => {
    const { h1, h2 } = lab()
    const restart = async (host: Host, ...between: string[]) => {
      await host.run('docker stop arpanet_consul')
      for (const line of between) await host.run(line)
      await host.run('docker start arpanet_consul')
    }
    await restart(h2)
    await becomesTrue()
    await restart(h1)
    await becomesTrue()
    await restart(h1, 'rm -rf /mnt/arpanet-consul/*')
    await becomesTrue()
  })

  it('has all again when Docker was restarted', async () => {
    const { h2 } = lab()
    await h2.restartDocker()
    await becomesTrue()
  })

  it("lets a lost host's keys go, and has them again when it comes back", async () => {
    const { h2 } = lab()
    await becomesTrue()
    const lost = performance.now()
    await h2.lose()
    await becomesTrue(180_000)
    console.log(`      gone after ${((performance.now() - lost) / 1000).toFixed(1)} s`)
    await h2.boot()
    await becomesTrue(90_000)
    assert.ok((await names()).includes('arpanet_fleetstreet.h2'))
  }).timeout(300_000)

  it('leaves what it published when it is stopped', async () => {
    const { h1 } = lab()
    await h1.run('arpanet stop fleetstreet')
    assert.ok((await names()).includes('arpanet_consul.h1'))
    assert.match((await h1.run('arpanet logs fleetstreet')).stderr, /ends; what it made stays\n$/)
  })
})
