// The tunnel: containers and hosts reach each other by their addresses, and hosts come, go and are lost.
//
//       192.0.2.1         192.0.2.2         192.0.2.3         192.0.2.4
//          h1                h2                h3                h4
//     Docker 20.10      Docker 26.1       Docker 28.5       Docker 26.1
//     consul server ─── consul server ─── consul server ─── consul client
//     10.210.1.0/24     10.210.2.0/24     10.210.3.0/24     10.210.4.0/24, which comes and goes
//
import assert from 'node:assert/strict'
import { useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import {
  addressInside,
  allHear,
  allVote,
  deafness,
  endOverlay,
  entries,
  entriesOf,
  isFailed,
  hears,
  leases,
  networkView,
  placesOf,
  speakInside,
  speakOnHost,
  startTunnel,
  type Way,
} from './overlay.ts'
import { areIntact, assertLongest } from './overlay-places.ts'

/** Each driver carries all on one kind of bridge; on the other it is seen that it does. */
const ways: readonly (Way & { readonly isFull: boolean })[] = [
  { driver: 'host-gw', bridge: 'app', isFull: true },
  { driver: 'host-gw', bridge: 'docker0', isFull: false },
  { driver: 'vxlan', bridge: 'app', isFull: false },
  { driver: 'vxlan', bridge: 'docker0', isFull: true },
]

describe('the tunnel', () => {
  const lab = useProductLab('tunnel', { h1: 'bookworm', h2: 'trixie', h3: 'forky', h4: 'trixie' })
  const three = () => {
    const { h1, h2, h3 } = lab()
    return [h1, h2, h3] as const
  }
  const onThree = <T>(act: (host: Host) => Promise<T>): Promise<T[]> =>
    Promise.all(three().map((host) => act(host)))

  before('hosts as setup leaves them, in one cluster', async function () {
    this.timeout(180_000)
    const { h1, hosts } = lab()
    await Promise.all(hosts.map((host) => host.run('arpanet setup')))
    await h1.run('arpanet start:consul boot')
    await Promise.all(
      hosts.flatMap((host) => {
        const role = host.name === 'h4' ? 'client' : 'server'
        const joined = host === h1 ? [] : [host.run(`arpanet start:consul ${role} 192.0.2.1`)]
        return [...joined, speakOnHost(host)]
      }),
    )
  })

  for (const way of ways) {
    describe(`by ${way.driver}, on ${way.bridge}`, () => {
      before(async function () {
        this.timeout(120_000)
        await onThree(async (host) => {
          await startTunnel(host, way)
          // A network with a name is there only now.
          await speakInside(host, way)
        })
        await allHear(three(), way)
      })
      after(async function () {
        this.timeout(120_000)
        await endOverlay(lab().hosts)
      })

      it('lets containers and hosts hear each other by TCP, UDP and pings, and see who it is', async () => {
        assert.deepEqual(await deafness(three(), way), [])
      })
      if (!way.isFull) return

      it('tells hosts and containers at once that no host has an address', async () => {
        const places = (await onThree((host) => placesOf(host, way))).flat()
        const connect = ['timeout', '10', 'bash', '-c', 'exec 3<>/dev/tcp/10.210.99.2/7007']
        const said = await Promise.all(places.map(({ exec }) => exec(connect)))
        for (const { stderr } of said) assert.match(stderr, /No route to host/)
      })

      it('carries 1 MB to each host and from each, and 100 MB, as they are', async () => {
        const [one, two, three] = (await onThree((host) => placesOf(host, way))).map(([, inside]) => inside)
        assert.ok(one && two && three)
        const pairs = [[one, two] as const, [two, three] as const, [three, one] as const]
        const came = await Promise.all(pairs.map(([to, from]) => areIntact(to, from.address, 1e6)))
        assert.deepEqual(came, [true, true, true])
        assert.ok(await areIntact(one, two.address, 1e8))
      })

      it('carries the longest packets without fragments, and refuses longer ones', async () => {
        const places = await onThree((host) => placesOf(host, way))
        await Promise.all(
          three().map(async (host, at) => {
            const [first, inside] = places[at] ?? assert.fail()
            const { mtuBytes } = await networkView(host)
            assert.equal(mtuBytes, way.driver === 'vxlan' ? 1450 : 1500)
            const link = (await inside.exec(['ip', '-o', 'link', 'show', 'eth0'])).stdout
            const insideBytes = Number(/mtu (\d+)/.exec(link)?.[1])
            // setup has told docker0 of the longest that goes by any driver.
            assert.equal(insideBytes, way.bridge === 'docker0' ? 1450 : mtuBytes)
            const others = places.filter(([each]) => each !== first)
            await Promise.all(
              others.flatMap(([host, container]) => [
                assertLongest(first, host.address, mtuBytes),
                assertLongest(inside, host.address, insideBytes),
                assertLongest(inside, container.address, insideBytes),
              ]),
            )
          }),
        )
      })

      // It is the leases that are followed, whatever the driver.
      if (way.driver === 'vxlan') comeAndGo(way)
    })
  }

  /** One that is lost, all of them, and another host that comes and goes. */
  function comeAndGo(way: Way) {
    it('forgets a host that is lost once Consul says so, and has it back when it is', async function () {
      this.timeout(120_000)
      const [h1, h2, h3] = three()
      await allVote(h1, 3)
      await h3.lose()
      const lostAt = performance.now()
      await eventually('Consul says so', () => isFailed(h1, h3), {
        budgetMs: 60_000,
        everyMs: 20,
      })
      const knownAt = performance.now()
      await eventually(
        'nothing leads there',
        async (seen) => {
          const left = await Promise.all([h1, h2].map((host) => entriesOf(host, h3, way)))
          return seen(left.flat()).length === 0
        },
        { budgetMs: 5_000, everyMs: 10 },
      )
      this.runnable().title += `: gone ${ms(performance.now() - knownAt)} after Consul said so, which was ${ms(knownAt - lostAt)} after the loss`
      assert.deepEqual(await deafness([h1, h2], way), [])
      await h3.boot()
      await allHear(three(), way, { budgetMs: 60_000 })
    })

    it('is there again, without a command, when all hosts were off', async function () {
      this.timeout(180_000)
      await onThree((host) => host.lose())
      await onThree((host) => host.boot())
      const bootedAt = performance.now()
      await allHear(three(), way, { budgetMs: 90_000 })
      this.runnable().title += `: ${ms(performance.now() - bootedAt)} after Docker`
    })

    // Last, since the host stays there.
    it('takes in a host that joins, follows it to another address, and forgets it when it leaves', async function () {
      this.timeout(180_000)
      const { h1, h4, hosts } = lab()
      const key = '10.210.4.0/24'
      await speakInside(h4, way)
      const inside = await addressInside(h4)
      const joined = startTunnel(h4, way)
      await eventually('its lease', async () => (await leases(h1))[key] === 'h4', {
        budgetMs: 60_000,
        everyMs: 20,
      })
      const leasedAt = performance.now()
      await eventually(
        'all hear it',
        async (seen) => seen(await onThree((host) => hears(host, inside))).every(Boolean),
        { budgetMs: 5_000, everyMs: 10 },
      )
      const heardMs = performance.now() - leasedAt
      await joined
      await allHear(hosts, way)

      // As one that was off meanwhile, its lease stays.
      await h4.run('docker stop -t 5 arpanet_tunnel; arpanet stop consul')
      await h4.run(
        'ip address flush dev eth0; ip address add 192.0.2.44/24 dev eth0; ip route add default via 192.0.2.254',
      )
      const env = { ARPANET_IP: '192.0.2.44' }
      await h4.run('arpanet start:consul client 192.0.2.1', { env })
      await startTunnel(h4, way, env)
      await allHear(hosts, way)
      assert.equal((await leases(h1))[key], 'h4')
      assert.doesNotMatch((await onThree(entries)).join(), /192\.0\.2\.4\b/)

      const left = h4.run('arpanet stop tunnel', { env })
      await eventually('no lease', async () => (await leases(h1))[key] === undefined, {
        budgetMs: 60_000,
        everyMs: 20,
      })
      const knownAt = performance.now()
      await eventually(
        'nothing leads there',
        async (seen) => seen((await onThree((host) => entriesOf(host, h4, way))).flat()).length === 0,
        { budgetMs: 5_000, everyMs: 10 },
      )
      this.runnable().title += `: heard ${ms(heardMs)} after its lease, gone ${ms(performance.now() - knownAt)} after its end`
      await left
      assert.doesNotMatch((await onThree(entries)).join(), /192\.0\.2\.44\b/)
      assert.equal(await entries(h4), '')
    })
  }
})

const ms = (value: number): string => `${Math.round(value)} ms`
