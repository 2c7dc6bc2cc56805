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
import type { Outcome } from './program.ts'
import {
  addressInside,
  allHear,
  allVote,
  areIntact,
  deafness,
  endOverlay,
  entries,
  entriesOf,
  execInside,
  failed,
  hears,
  leases,
  networkView,
  partOf,
  speakInside,
  speakOnHost,
  startTunnel,
  type Way,
} from './overlay.ts'

const ways = (['host-gw', 'vxlan'] as const).flatMap((driver) =>
  (['app', 'docker0'] as const).map((bridge): Way => ({ driver, bridge })),
)

/** Runs a program somewhere. */
type Exec = (argv: readonly string[]) => Promise<Outcome>

/** IPv4's header and that of a ping. */
const headersBytes = 28

/** Pings that may not be broken up, as long as that. */
const ping = (exec: Exec, bytes: number, address: string): Promise<Outcome> =>
  exec(['ping', '-M', 'do', '-c', '2', '-W', '2', '-s', String(bytes - headersBytes), address])

describe('the tunnel', () => {
  const lab = useProductLab('tunnel', { h1: 'bookworm', h2: 'trixie', h3: 'forky', h4: 'trixie' })
  const onAll = <T>(act: (host: Host) => Promise<T>, hosts: readonly Host[] = lab().hosts): Promise<T[]> =>
    Promise.all(hosts.map(act))

  before('hosts as setup leaves them, in one cluster', async function () {
    this.timeout(180_000)
    const { h1, h2, h3, h4 } = lab()
    await onAll((host) => host.run('arpanet setup'))
    await h1.run('arpanet start:consul boot')
    await onAll((host) => host.run('arpanet start:consul server 192.0.2.1'), [h2, h3])
    await h4.run('arpanet start:consul client 192.0.2.1')
    await onAll(speakOnHost)
  })

  for (const way of ways) {
    describe(`by ${way.driver}, on ${way.bridge}`, () => {
      const three = () => {
        const { h1, h2, h3 } = lab()
        return [h1, h2, h3] as const
      }
      before(async function () {
        this.timeout(120_000)
        await onAll((host) => startTunnel(host, way), three())
        await onAll((host) => speakInside(host, way), three())
        await allHear(three(), way)
      })
      after(async function () {
        this.timeout(120_000)
        await endOverlay(lab().hosts)
      })

      it('lets containers and hosts hear each other by TCP, UDP and pings, and see who it is', async () => {
        assert.deepEqual(await deafness(three(), way), [])
      })

      it('carries 1 MB and 100 MB as they are, to each host and from each', async () => {
        for (const [at, host] of three().entries()) {
          const from = await addressInside(three()[(at + 1) % 3] ?? assert.fail())
          for (const bytes of [1e6, 1e8]) assert.ok(await areIntact(host, from, bytes))
        }
      })

      it('carries the longest packets without fragments, and refuses longer ones', async () => {
        await onAll(async (host) => {
          const { mtuBytes } = await networkView(host)
          assert.equal(mtuBytes, way.driver === 'vxlan' ? 1450 : 1500)
          const link = (await execInside(host, ['ip', '-o', 'link', 'show', 'eth0'])).stdout
          const inside = Number(/mtu (\d+)/.exec(link)?.[1])
          // setup has told docker0 of the longest that goes by any driver.
          assert.equal(inside, way.bridge === 'docker0' ? 1450 : mtuBytes)
          const goes = async (exec: Exec, bytes: number, address: string) => {
            const [longest, longer] = await Promise.all([
              ping(exec, bytes, address),
              ping(exec, bytes + 1, address),
            ])
            assert.equal(longest.exitCode, 0)
            assert.match(longer.stderr, /message too long/i)
          }
          const fromHost: Exec = (argv) => host.exec(argv)
          const fromInside: Exec = (argv) => execInside(host, argv)
          const peers = three().filter((each) => each !== host)
          await Promise.all(
            peers.flatMap((peer) => [
              goes(fromHost, mtuBytes, `${partOf(peer, way)}.1`),
              goes(fromInside, inside, `${partOf(peer, way)}.1`),
              addressInside(peer).then((address) => goes(fromInside, inside, address)),
            ]),
          )
        }, three())
      })

      if (way.bridge === 'docker0') comeAndGo(way, three)
    })
  }

  /** Another host that comes and goes, one that is lost, and all of them. */
  function comeAndGo(way: Way, three: () => readonly [Host, Host, Host]) {
    const key = '10.210.4.0/24'
    const join = async () => {
      const { h4 } = lab()
      await h4.exec('docker rm -f inside')
      await speakInside(h4, way)
      return startTunnel(h4, way)
    }

    it('takes in a host that joins, and forgets one that leaves', async function () {
      this.timeout(60_000)
      const { h1, h4, hosts } = lab()
      const joined = join()
      await eventually('its lease', async () => (await leases(h1))[key] === 'h4', { everyMs: 20 })
      const leasedAt = performance.now()
      const inside = await addressInside(h4)
      await eventually(
        'all hear it',
        async (seen) => seen(await onAll((host) => hears(host, inside), three())).every(Boolean),
        { budgetMs: 2_000, everyMs: 10 },
      )
      const heardMs = performance.now() - leasedAt
      await joined
      await allHear(hosts, way)

      const left = h4.run('arpanet stop tunnel')
      await eventually('no lease', async () => (await leases(h1))[key] === undefined, { everyMs: 20 })
      const knownAt = performance.now()
      await eventually(
        'nothing leads there',
        async (seen) => seen((await onAll((host) => entriesOf(host, h4, way), three())).flat()).length === 0,
        { budgetMs: 1_000, everyMs: 10 },
      )
      this.runnable().title += `: heard ${ms(heardMs)} after its lease, gone ${ms(performance.now() - knownAt)} after its end`
      await left
      assert.equal(await entries(h4), '')
    })

    it('forgets a host that is lost once Consul says so, and has it back when it is', async function () {
      this.timeout(120_000)
      const [h1, h2, h3] = three()
      await allVote(h1, 3)
      await h3.lose()
      const lostAt = performance.now()
      await eventually('Consul says so', async () => (await failed(h1)).includes('h3'), {
        budgetMs: 60_000,
        everyMs: 20,
      })
      const knownAt = performance.now()
      await eventually(
        'nothing leads there',
        async (seen) => seen((await onAll((host) => entriesOf(host, h3, way), [h1, h2])).flat()).length === 0,
        { budgetMs: 1_000, everyMs: 10 },
      )
      this.runnable().title += `: gone ${ms(performance.now() - knownAt)} after Consul said so, which was ${ms(knownAt - lostAt)} after the loss`
      assert.deepEqual(await deafness([h1, h2], way), [])
      await h3.boot()
      await allHear(three(), way, { budgetMs: 60_000 })
    })

    it('is there again, without a command, when all hosts were off', async function () {
      this.timeout(180_000)
      await onAll((host) => host.lose())
      await onAll((host) => host.boot())
      const bootedAt = performance.now()
      await allHear(three(), way, { budgetMs: 90_000 })
      this.runnable().title += `: ${ms(performance.now() - bootedAt)} after Docker`
    })

    // It is the lease that is followed, whatever the driver. Last, since the host stays there.
    if (way.driver === 'vxlan')
      it('follows a host that comes back with another address', async function () {
        this.timeout(180_000)
        const { h1, h4, hosts } = lab()
        await join()
        await allHear(hosts, way)
        const env = { ARPANET_IP: '192.0.2.44' }
        await h4.run('arpanet stop tunnel; arpanet stop consul')
        await h4.run(
          `ip address flush dev eth0; ip address add 192.0.2.44/24 dev eth0; ip route add default via 192.0.2.254`,
        )
        await h4.run('arpanet start:consul client 192.0.2.1', { env })
        await startTunnel(h4, way, env)
        await allHear(hosts, way)
        assert.equal((await leases(h1))[key], 'h4')
        assert.doesNotMatch(await entries(h1), /192\.0\.2\.4\b/)
      })
  }
})

const ms = (value: number): string => `${Math.round(value)} ms`
