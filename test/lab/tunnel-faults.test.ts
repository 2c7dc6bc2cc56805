// What goes wrong around the tunnel: connections of those who see each other go on, and all is mended soon.
//
//       192.0.2.1         192.0.2.2         192.0.2.3
//          h1                h2                h3
//     Docker 20.10      Docker 26.1       Docker 28.5
//     consul server ─── consul server ─── consul server
//        talker ────────→  talker ────────→  talker ────→ h1
//
import assert from 'node:assert/strict'
import { useProductLab } from '../support/product-lab.ts'
import { eventually, type Budget } from './eventually.ts'
import type { Host } from './host.ts'
import { runOverlayTalker } from './overlay-speakers.ts'
import {
  addressInside,
  allHear,
  allVote,
  deafness,
  entries,
  isFailed,
  entriesOf,
  leases,
  speakInside,
  speakOnHost,
  startTunnel,
  type Way,
} from './overlay.ts'

const way: Way = { driver: 'vxlan', bridge: 'docker0' }

/** Whatever was wrong, so long after it is right everything is. */
const budgetMs = 5_000

describe('the tunnel, whatever goes wrong', () => {
  const lab = useProductLab('tunnelfaults', { h1: 'bookworm', h2: 'trixie', h3: 'forky' })
  const onAll = <T>(act: (host: Host) => Promise<T>): Promise<T[]> =>
    Promise.all(lab().hosts.map((host) => act(host)))
  const next = (host: Host): Host => {
    const { hosts } = lab()
    return hosts[(hosts.indexOf(host) + 1) % hosts.length] ?? assert.fail()
  }

  before('the tunnel on each', async function () {
    this.timeout(180_000)
    const { h1, h2, h3 } = lab()
    await onAll((host) => host.run('arpanet setup'))
    await h1.run('arpanet start:consul boot')
    await Promise.all([
      ...[h2, h3].map((host) => host.run('arpanet start:consul server 192.0.2.1')),
      ...lab().hosts.flatMap((host) => [speakOnHost(host), speakInside(host, way)]),
    ])
    await onAll((host) => startTunnel(host, way))
    await allHear(lab().hosts, way, { budgetMs: 60_000 })
  })

  const log = async (host: Host) => (await host.run('docker logs talker 2>&1')).stdout
  const heard = (text: string) => Number(/heard (\d+)[^\n]*\s*$/.exec(text)?.[1] ?? 0)
  /** How long the log of each talker was before the test. */
  const said = new Map<Host, number>()
  /** A connection from each of these hosts to the next. */
  const connect = (hosts: readonly Host[] = lab().hosts) =>
    Promise.all(
      hosts.map(async (host) => {
        const address = await addressInside(next(host))
        await host.run([
          'sh',
          '-c',
          'docker rm -f talker; exec "$@"',
          'sh',
          ...runOverlayTalker('talker', address),
        ])
        const text = await eventually('it speaks', async () => {
          const text = await log(host)
          return heard(text) > 20 && text
        })
        said.set(host, text.length)
      }),
    )
  /** The connections of these hosts go on; the longest silence of one in this test, in ms. */
  const goOn = async (hosts: readonly Host[] = lab().hosts): Promise<number> => {
    const silences = hosts.map(async (host) => {
      const before = heard(await log(host))
      const text = await eventually(`${host.name}: the connection goes on`, async (seen) => {
        const text = await log(host)
        seen(text.slice(-200))
        return heard(text) > before && text
      })
      assert.doesNotMatch(text, /broken/, host.name)
      const silent = text.slice(said.get(host)).matchAll(/silent for (\d+) ms/g)
      return Math.max(...[...silent].map(([, silentMs]) => Number(silentMs)))
    })
    return Math.max(...(await Promise.all(silences)))
  }

  /** Everything that the tunnel makes, without what differs from look to look. */
  let whole: readonly string[] = []
  beforeEach(async function () {
    this.timeout(60_000)
    await allHear(lab().hosts, way, { budgetMs: 40_000 })
    whole = await onAll(entries)
  })
  /** Until each kernel has again what it had. */
  const isWhole = (budget: Budget = { budgetMs }) =>
    eventually(
      'each kernel has what it had',
      async (seen) => {
        const now = await onAll(entries)
        const lack = now.flatMap((text, at) => {
          const lines = text.split('\n')
          return (whole[at] ?? '').split('\n').filter((line) => !lines.includes(line))
        })
        return seen(lack).length === 0
      },
      { everyMs: 100, ...budget },
    )
  const isReady = (host: Host) =>
    eventually(
      `${host.name}: the agent looks`,
      async () => (await host.exec(`curl -sf http://${host.ip}:9613/readyz`)).exitCode === 0,
      { budgetMs: 30_000 },
    )
  const timed = async (act: Promise<unknown>): Promise<string> => {
    const begun = performance.now()
    await act
    return `${Math.round(performance.now() - begun)} ms`
  }
  const agentPid = "$(docker inspect -f '{{.State.Pid}}' arpanet_tunnel)"

  describe('cuts no connection and', () => {
    before(async function () {
      this.timeout(60_000)
      await connect()
    })
    beforeEach(() =>
      onAll(async (host) => {
        said.set(host, (await log(host)).length)
      }),
    )

    it('is whole again when its agent was killed in the middle of its work', async function () {
      this.timeout(120_000)
      for (const seconds of [0.1, 0.3]) {
        await onAll((host) => host.run(`ip route flush proto 210; sleep ${seconds}; kill -9 ${agentPid}`))
        await onAll(isReady)
        await isWhole({ budgetMs: 20_000 })
      }
      await allHear(lab().hosts, way)
      this.runnable().title += `: ${await goOn()} ms of silence at most`
    })

    it('lets new ones through while its agent is stopped', async function () {
      this.timeout(60_000)
      await onAll((host) => host.run('docker stop arpanet_tunnel'))
      await goOn()
      assert.deepEqual(await deafness(lab().hosts, way), [])
      await onAll((host) => host.run('docker start arpanet_tunnel'))
      await onAll(isReady)
      await isWhole()
      this.runnable().title += `: ${await goOn()} ms of silence at most`
    })

    const deletions: Record<string, string> = {
      'its routes are': 'ip route flush proto 210',
      'its neighbours are': 'ip neigh flush dev arpanet1 nud permanent',
      'its forwarding entries are':
        'bridge fdb show dev arpanet1 | grep dst | while read -r mac rest; do bridge fdb del "$mac" dev arpanet1; done',
      'its device is': 'ip link delete arpanet1',
      'its table of rules is': 'nft delete table inet arpanet_tunnel',
      'rules of Docker are': 'iptables -F DOCKER-USER',
    }
    for (const [what, line] of Object.entries(deletions)) {
      it(`mends it when ${what} deleted`, async function () {
        this.timeout(60_000)
        await onAll((host) => host.run(line))
        const mended = await timed(isWhole())
        await allHear(lab().hosts, way)
        this.runnable().title += `: within ${mended}, ${await goOn()} ms of silence at most`
      })
    }
  })

  describe('lets the others go on and', () => {
    it('has a host that was cut off back when it is seen again', async function () {
      this.timeout(180_000)
      const { h1, h2, h3, hosts } = lab()
      await connect([h2])
      await allVote(h2, 3)
      await h1.cut()
      await eventually('Consul says so', () => isFailed(h2, h1), { budgetMs: 60_000 })
      await eventually(
        'nothing leads there',
        async (seen) =>
          seen([...(await entriesOf(h2, h1, way)), ...(await entriesOf(h3, h1, way))]).length === 0,
      )
      assert.deepEqual(await deafness([h2, h3], way), [])
      await h1.heal()
      const back = await timed(allHear(hosts, way, { budgetMs: 60_000 }))
      await isWhole()
      this.runnable().title += `: back within ${back}, ${await goOn([h2])} ms of silence at most`
    })

    it('reaches the containers of a host whose Docker was restarted', async function () {
      this.timeout(240_000)
      let silentMs = 0
      for (const host of lab().hosts) {
        const other = next(host)
        await connect([other])
        await host.restartDocker()
        silentMs = Math.max(silentMs, await goOn([other]))
        await allHear(lab().hosts, way, { budgetMs: 60_000 })
      }
      await isWhole({ budgetMs: 10_000 })
      this.runnable().title += `: ${silentMs} ms of silence at most`
    })

    it('mends what it has while Consul has no leader for 20 s', async function () {
      this.timeout(180_000)
      const { h1, h2, h3, hosts } = lab()
      await Promise.all([connect(), ...[h2, h3].map((host) => host.run('docker stop -t 1 arpanet_consul'))])
      await eventually(
        'no leader',
        async () => (await h1.run('curl -s 127.0.0.1:8500/v1/status/leader')).stdout === '""',
        { budgetMs: 30_000 },
      )
      const since = performance.now()
      await h1.run('docker restart arpanet_tunnel')
      await h2.run('ip route flush proto 210')
      await isWhole({ budgetMs: 10_000 })
      await eventually(
        '20 s',
        async () => {
          assert.deepEqual(await deafness(hosts, way), [])
          return performance.now() - since > 20_000
        },
        { budgetMs: 30_000, everyMs: 1_000 },
      )
      await Promise.all([h2, h3].map((host) => host.run('docker start arpanet_consul')))
      await onAll(isReady)
      await isWhole({ budgetMs: 10_000 })
      this.runnable().title += `: ${await goOn()} ms of silence at most`
    })

    // Last, since the hosts keep it.
    it('gives a subnet that two hosts wish for at the same instant to one of them', async function () {
      this.timeout(180_000)
      const { h1, h2, h3 } = lab()
      const both = (act: (host: Host) => Promise<unknown>) => Promise.all([h1, h2].map(act))
      const wished = '10.210.77.0/24'
      await both((host) => host.run('arpanet stop tunnel'))
      await both((host) => startTunnel(host, way, { ARPANET_SUBNET: wished }))
      for (let round = 0; round < 3; round += 1) {
        // Gives its lease back, as arpanet stop does.
        await both((host) => host.run('docker kill -s INT arpanet_tunnel; docker wait arpanet_tunnel'))
        assert.deepEqual(await leases(h3), { '10.210.3.0/24': 'h3' })
        await both((host) => host.run('docker start arpanet_tunnel'))
        await both(isReady)
        const holders = await leases(h3)
        assert.deepEqual(Object.keys(holders).sort(), ['10.210.3.0/24', wished, '10.210.78.0/24'].sort())
        assert.deepEqual(Object.values(holders).sort(), ['h1', 'h2', 'h3'])
        await eventually('each has its own address', async (seen) => {
          const lines = await Promise.all(
            [h1, h2].map((host) => host.exec('ip -4 -o address show dev arpanet1')),
          )
          const own = seen(lines.map(({ stdout }) => /inet ([\d.]+)/.exec(stdout)?.[1]).sort())
          return own.join() === '10.210.77.1,10.210.78.1'
        })
      }
    })
  })
})
