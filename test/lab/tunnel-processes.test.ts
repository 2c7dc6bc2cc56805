// The tunnel where processes carry the packets: WireGuard that this kernel may lack, and Open vSwitch.
//
//       192.0.2.1         192.0.2.2         192.0.2.3
//          h1                h2                h3
//     Docker 20.10      Docker 26.1       Docker 28.5
//     consul server ─── consul server ─── consul server
//     10.210.1.0/24     10.210.2.0/24     10.210.3.0/24
//
import assert from 'node:assert/strict'
import { useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import {
  allHear,
  deafness,
  endOverlay,
  entries,
  networkView,
  placesOf,
  speakInside,
  speakOnHost,
  startTunnel,
  type Way,
} from './overlay.ts'
import { areIntact, assertLongest } from './overlay-places.ts'

const mtuBytes = { wireguard: 1440, ovs: 1458 } as const

const ways = (['wireguard', 'ovs'] as const).flatMap((driver) =>
  (['app', 'docker0'] as const).map((bridge) => ({ driver, bridge }) satisfies Way),
)

describe('the tunnel by processes', () => {
  const lab = useProductLab('processes', { h1: 'bookworm', h2: 'trixie', h3: 'forky' })
  const onAll = <T>(act: (host: Host) => Promise<T>): Promise<T[]> => Promise.all(lab().hosts.map(act))

  before('hosts as setup leaves them, in one cluster', async function () {
    this.timeout(180_000)
    const { h1 } = lab()
    await onAll((host) => host.run('arpanet setup'))
    await h1.run('arpanet start:consul boot')
    await onAll(async (host) => {
      if (host !== h1) await host.run('arpanet start:consul server 192.0.2.1')
      await speakOnHost(host)
    })
  })

  for (const way of ways) {
    describe(`of ${way.driver}, on ${way.bridge}`, () => {
      before(async function () {
        this.timeout(120_000)
        await onAll(async (host) => {
          await startTunnel(host, way)
          // A network with a name is there only now.
          await speakInside(host, way)
        })
        await allHear(lab().hosts, way)
      })
      after(async function () {
        this.timeout(120_000)
        await endOverlay(lab().hosts)
      })

      it('lets containers and hosts hear each other by TCP, UDP and pings, and see who it is', async () => {
        assert.deepEqual(await deafness(lab().hosts, way), [])
      })

      // setup has told docker0 of a length that fits the kernel's drivers.
      if (way.bridge === 'docker0') outlive(way)
      else carry(way)
    })
  }

  function carry(way: (typeof ways)[number]) {
    it('carries 1 MB to each host and from each, and 100 MB, as they are', async function () {
      this.timeout(180_000)
      const [one, two, three] = (await onAll((host) => placesOf(host, way))).map(([, inside]) => inside)
      assert.ok(one && two && three)
      const pairs = [[one, two] as const, [two, three] as const, [three, one] as const]
      const came = await Promise.all(pairs.map(([to, from]) => areIntact(to, from.address, 1e6)))
      assert.deepEqual(came, [true, true, true])
      assert.ok(await areIntact(one, two.address, 1e8))
    })

    it('carries the longest packets without fragments, and refuses longer ones', async () => {
      const bytes = mtuBytes[way.driver]
      const places = await onAll((host) => placesOf(host, way))
      assert.deepEqual(await onAll(async (host) => (await networkView(host)).mtuBytes), [bytes, bytes, bytes])
      for (const [first, inside] of places) {
        const others = places.filter(([each]) => each !== first)
        await Promise.all(
          others.flatMap(([host, container]) => [
            assertLongest(first, host.address, bytes),
            assertLongest(inside, container.address, bytes),
          ]),
        )
      }
    })
  }

  function outlive(way: Way) {
    it('goes on while no agent runs, and is not made anew when they are back', async () => {
      const { hosts } = lab()
      // Its number is another where it was made anew.
      const devices = () =>
        onAll(async (host) => (await host.run('cat /sys/class/net/arpanet1/ifindex')).stdout)
      const before = await devices()
      await onAll((host) => host.run('docker kill arpanet_tunnel'))
      assert.deepEqual(await deafness(hosts, way), [])
      await onAll((host) => host.run('docker start arpanet_tunnel'))
      await eventually('all agents are ready', async () =>
        (await onAll((host) => host.exec(`curl -sf http://${host.ip}:9613/readyz`))).every(
          ({ exitCode }) => exitCode === 0,
        ),
      )
      assert.deepEqual(await deafness(hosts, way), [])
      assert.deepEqual(await devices(), before)
    })

    it('is back soon after its processes ended', async function () {
      this.timeout(60_000)
      const { h1, hosts } = lab()
      await h1.run('docker kill arpanet_tunnel_datapath')
      await allHear(hosts, way, { budgetMs: 30_000 })
    })

    it('leaves nothing behind when it is stopped', async () => {
      const { h1 } = lab()
      await h1.run('arpanet stop tunnel')
      assert.equal(await entries(h1), '')
      const { stdout } = await h1.run(
        'docker ps --all --format {{.Names}}; ls /sys/class/net; nft list tables',
      )
      assert.doesNotMatch(stdout, /datapath|arpanet1|arpanet2|ovs|arpanet_tunnel_|table .* arpanet/)
    })
  }
})
