// The tunnel by gre: two Docker hosts, each with the agent, in a kernel that has gre.
//
//     inside-one ─── docker0 ──── one ───── middle ───── two ───── app ───── inside-two
//     10.210.1.2   10.210.1.1   10.78.0.1             10.78.0.2   10.210.12.1  10.210.12.2
//                            Consul server        Consul client
//
import assert from 'node:assert/strict'
import {
  isLinked,
  patience,
  sleepImage,
  startEmulatedHosts,
  type EmulatedHost,
} from '../support/emulated-hosts.ts'
import { inTheEmulatedKernel } from '../support/emulated-tests.ts'
import { eventually } from '../lab/eventually.ts'
import { areIntact, assertLongest, deafnessAmong, type Place } from '../lab/overlay-places.ts'
import { speakerWords } from '../lab/overlay-speakers.ts'
import { observe } from '../lab/program.ts'

/** Where all is ten times slower: it takes 240 s alone on two cores, and twice as long beside others. */
const timeoutMs = 900_000

/** Of packets in gre, where the underlay has 1500. */
const mtuBytes = 1472

describe('the tunnel by gre', function () {
  this.timeout(timeoutMs)
  const { it } = inTheEmulatedKernel(import.meta.filename, timeoutMs, 3_072)

  let started: ReturnType<typeof start> | undefined
  /** Once for all tests; it ends with the kernel. */
  const overlay = () => (started ??= start())

  async function start() {
    const { hosts, middle } = await startEmulatedHosts([
      { bridge: 'docker0', part: '10.210.1', mtuBytes },
      { bridge: 'app', part: '10.210.12', mtuBytes },
    ])
    const image = await sleepImage()
    const lay = async (host: EmulatedHost): Promise<readonly [Place, Place]> => {
      const { name, plan, namespace, engine } = host
      const agent = host.startTunnel()
      await engine.import('inside', image)
      // A network with a name is there only then.
      await isLinked(agent)
      const { pid, address } = await engine.run('inside', ['/bin/sleep', 'infinity'], plan.bridge)
      const enter = ['nsenter', `--net=/proc/${pid}/ns/net`]
      namespace.start([process.execPath, ...speakerWords(name)])
      namespace.start([...enter, process.execPath, ...speakerWords(`inside-${name}`)])
      return [
        { name, address: `${plan.part}.1`, exec: (argv) => host.exec(argv) },
        { name: `inside-${name}`, address, exec: (argv) => observe([...enter, ...argv]) },
      ]
    }
    return { hosts, middle, places: await Promise.all([lay(hosts[0]), lay(hosts[1])]) }
  }

  it('lets containers and hosts hear each other by TCP, UDP and pings, and see who it is', async () => {
    const { places } = await overlay()
    await eventually(
      'they hear each other',
      async (seen) => seen(await deafnessAmong(places)).length === 0,
      patience,
    )
  })

  it('carries 1 MB and 100 MB as they are, both ways', async () => {
    const [one, two] = (await overlay()).places.map(([, inside]) => inside)
    assert.ok(one && two)
    for (const bytes of [1e6, 1e8]) {
      assert.ok(await areIntact(one, two.address, bytes), `${bytes} bytes to one`)
      assert.ok(await areIntact(two, one.address, bytes), `${bytes} bytes to two`)
    }
  })

  it('carries the longest packets without fragments, and refuses longer ones', async () => {
    const [[one, inOne], [two, inTwo]] = (await overlay()).places
    await assertLongest(one, two.address, mtuBytes)
    await assertLongest(inTwo, one.address, mtuBytes)
    await assertLongest(inOne, inTwo.address, mtuBytes)
  })

  it('is packets of protocol 47 with the key, and nothing else, between the hosts', async () => {
    const { hosts, middle, places } = await overlay()
    const listen = async (...filter: string[]) => {
      const wire = middle.start(['tcpdump', '-nvl', '--immediate-mode', '-i', 'one', ...filter])
      await eventually('it listens', () => wire.written().includes('listening'), patience)
      return wire
    }
    // A filter looks at the outer header.
    const [gre, bare] = [await listen('ip proto 47'), await listen('net 10.210.0.0/16')]
    await places[0][1].exec(['ping', '-c', '1', places[1][1].address])
    const [one, two] = hosts.map(({ ip }) => ip)
    for (const way of [`${one} > ${two}`, `${two} > ${one}`]) {
      const heading = `${way}: GREv0, Flags [key present]`
      await eventually('it is seen', (seen) => seen(gre.written()).includes(heading), patience)
    }
    assert.doesNotMatch(bare.written(), / > /)
  })
})
