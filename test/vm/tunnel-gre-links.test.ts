import assert from 'node:assert/strict'
import { eventually } from '../lab/eventually.ts'
import { inEmulatedKernel } from '../support/emulated-kernel.ts'
import { inTheEmulatedKernel } from '../support/emulated-tests.ts'
import { assertStands, linksOf, port } from '../support/linked-hosts.ts'
import { becomeEachState, haveADevice, useLinkedHosts } from '../support/link-tests.ts'
import { aPeer } from '../unit/agents/tunnel/states.ts'

describe('the emulated kernel', function () {
  this.timeout(120_000)

  it('runs a program on the files of this machine, and gives what it said', async () => {
    const script =
      'pwd; echo "$1" >&2; echo changed >README.md; ip link add name g type gre key 7; ip -br link; exit 3'
    const { exitCode, stdout, stderr } = await inEmulatedKernel(['sh', '-c', script, 'sh', "a 'word'\n"])
    assert.deepEqual([exitCode, stderr], [3, "a 'word'\n\n"])
    assert.ok(stdout.startsWith(`${process.cwd()}\n`))
    assert.match(stdout, /^g@NONE /m)
  })

  it('ends a program that takes too long, and gives what it said until then', async () => {
    const { exitCode, stdout } = await inEmulatedKernel(['sh', '-c', 'echo said; sleep 1000'], {
      timeoutMs: 1000,
    })
    assert.deepEqual([exitCode, stdout], [124, 'said\n'])
  })
})

describe('links of gre in a kernel', function () {
  this.timeout(300_000)
  const tests = inTheEmulatedKernel(import.meta.filename, 600_000)
  const hosts = useLinkedHosts(tests)
  const { it } = tests
  becomeEachState(tests, hosts, 'gre', 'host-gw')
  haveADevice(tests, hosts, 'gre')

  it('keep a connection while the key changes in place', async () => {
    await hosts().link('gre')
    const connection = await hosts().connected(() => hosts().one.open('10.210.2.1', port))
    for (const host of [1, 2]) {
      const links = linksOf('gre', host, [aPeer(3 - host)], 8)
      assert.deepEqual(await hosts().become(links, host), ['change device'])
      assert.deepEqual(await hosts().rest(links, host), { steps: [], conflicts: [] })
    }
    await assertStands(connection)
  })

  for (const key of [0, 4_294_967_295]) {
    it(`have a key of ${key}`, async () => {
      const links = linksOf('gre', 1, [aPeer(2)], key)
      await hosts().become(links)
      assert.equal((await hosts().ips[0]!.device('arpanet1')).device?.key, key)
      assert.deepEqual(await hosts().rest(links), { steps: [], conflicts: [] })
    })
  }

  for (const [what, type] of [
    ['that has another end', 'gre local 10.78.0.1 remote 10.78.0.2 key 7 ttl 64'],
    ['that is told of each packet where it goes', 'gre external'],
  ] as const) {
    it(`mend a device ${what}`, async () => {
      const links = linksOf('gre', 1, [aPeer(2)])
      await hosts().ip(`link add name arpanet1 mtu 1472 group 210 type ${type}`)
      assert.deepEqual((await hosts().become(links)).slice(0, 2), ['remove device', 'make device'])
      assert.deepEqual(await hosts().rest(links), { steps: [], conflicts: [] })
    })
  }

  it('fail where somebody else has the address and the key, and leave his device alone', async () => {
    await hosts().ip('link add name theirs type gre local 10.78.0.1 key 7')
    const theirs = () => hosts().one.shell.run(['ip', '-d', 'link', 'show', 'dev', 'theirs'])
    const before = await theirs()
    await assert.rejects(
      hosts().become(linksOf('gre', 1, [aPeer(2)])),
      /^ArpanetError: ip: File exists: link add/,
    )
    assert.equal(await theirs(), before)
  })

  it('are packets of protocol 47 with the key, of which the longest fits into the underlay as it is', async () => {
    const { one, middle, two } = hosts()
    await hosts().link('gre')
    await two.serve('two', port)
    const wire = middle.start('tcpdump -nvl --immediate-mode -i one ip proto 47'.split(' '))
    await eventually('it listens', () => wire.written().includes('listening'), { everyMs: 50 })

    // Not to be cut in pieces, as IP_MTU_DISCOVER with IP_PMTUDISC_DO says it (ip(7)).
    const say = (bytes: number) =>
      one.shell.run(
        ['socat', '-t2', '-', `UDP:10.210.2.1:${port},setsockopt-int=0:10:2`],
        'x'.repeat(bytes - ipv4Bytes - udpBytes),
      )
    await eventually('it answers', async (seen) => seen(await say(1472)) === 'two\n')
    await assert.rejects(say(1473), /Message too long/)
    await eventually('it is seen', (seen) => seen(wire.written()).includes('UDP, length 1444'), {
      everyMs: 50,
    })
    assert.match(
      wire.written(),
      /ttl 64,.* flags \[DF\], proto GRE \(47\), length 1500\)\n.*10\.78\.0\.1 > 10\.78\.0\.2: GREv0, Flags \[key present\], key=0x7,/,
    )
    assert.doesNotMatch(wire.written(), /length 1501/)
  })
})

const ipv4Bytes = 20
const udpBytes = 8
