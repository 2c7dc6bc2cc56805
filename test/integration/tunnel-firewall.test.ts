// What passes by the firewall of the overlay in real kernels, beside rules as Docker lays them.
import assert from 'node:assert/strict'
import { noFirewall } from '../../src/agents/tunnel/desired/firewall/firewall.ts'
import { planFirewall } from '../../src/agents/tunnel/desired/firewall/plan.ts'
import { circuit } from '../support/circuit.ts'
import { engines, FirewallHosts, mirror, seen } from '../support/firewall-hosts.ts'
import { aFirewall, firewalls } from '../unit/agents/tunnel/firewall-states.ts'
import { aPeer } from '../unit/agents/tunnel/states.ts'

/** A unit test goes through all of them. */
const someOfAll = [
  'nothing at all',
  'two other hosts',
  'a host with half a subnet',
  'hosts that have swapped their subnets',
  'another key',
  'another subnet of this host',
  'another bridge',
  'gre',
  'host-gw',
]

const unable = { table: 'nftables: this kernel has none' }

describe('the firewall of the overlay in a kernel', function () {
  this.timeout(180_000)
  let hosts: FirewallHosts

  beforeEach(async () => {
    hosts = await FirewallHosts.create()
  })

  afterEach(() => hosts.delete())

  for (const engine of engines) {
    describe(`beside rules of iptables-${engine}`, () => {
      beforeEach(() => hosts.lay(engine))

      for (const [what, changes] of [
        ['', {}],
        [', where there can be no table of ours', unable],
      ] as const) {
        it(`lets containers and hosts reach each other, by their own addresses${what}`, async () => {
          await hosts.link({ 1: [2], 2: [1] })
          await mirror(hosts.two, 8080)
          await mirror(hosts.inside, 8080)
          await assert.rejects(hosts.two.ask('10.210.1.5', 8080), /timed out/)
          await assert.rejects(hosts.inside.ask('10.210.2.1', 8080), /timed out/)
          await hosts.become(aFirewall({ peers: [aPeer(2)] }), changes)
          assert.equal(await seen(hosts.two, '10.210.1.5', 8080), '10.210.2.1')
          assert.equal(await seen(hosts.inside, '10.210.2.1', 8080), '10.210.1.5')
          // What leaves by another way has the address of the host.
          await mirror(hosts.three, 8080)
          assert.equal(await seen(hosts.inside, '10.78.0.3', 8080), '10.78.0.1')
        })
      }

      it('lets them do so by host-gw', async () => {
        await hosts.two.ip('route add 10.210.1.0/24 via 10.78.0.1\naddress add 10.210.2.1/24 dev lo')
        await hosts.one.ip('route add 10.210.2.0/24 via 10.78.0.2')
        await mirror(hosts.two, 8080)
        await mirror(hosts.inside, 8080)
        await hosts.become(aFirewall({ driver: 'host-gw', peers: [aPeer(2)] }))
        assert.equal(await seen(hosts.inside, '10.210.2.1', 8080), '10.210.1.5')
        assert.equal(await seen(hosts.two, '10.210.1.5', 8080, '10.210.2.1'), '10.210.2.1')
      })

      it('comes back, and above what counts before it, when Docker has made its rules anew', async () => {
        await hosts.become(firewalls['two other hosts']!)
        await hosts.lay(engine)
        const rules = ['rule of INPUT', 'rule of DOCKER-USER', 'rule of DOCKER-USER']
        const names = (steps: readonly string[]) => steps.map((step) => step.replace(/ \(.*/, ''))
        assert.deepEqual(
          names(await hosts.become(firewalls['two other hosts']!)),
          rules.map((rule) => `add ${rule}`),
        )
        await hosts.one.shell.run([`iptables-${engine}`, '-I', 'DOCKER-USER', '-j', 'RETURN'])
        const before = await hosts.others(engine)
        assert.deepEqual(
          names(await hosts.become(firewalls['two other hosts']!)),
          rules.slice(1).map((rule) => `move ${rule}`),
        )
        assert.equal(await hosts.others(engine), before)
      })

      it('comes back above a translation that Docker inserts, where there can be no table of ours', async () => {
        await hosts.become(firewalls['two other hosts']!, unable)
        const insert = (subnet: string) =>
          `-t nat -I POSTROUTING -s ${subnet} ! -o bridge1 -j MASQUERADE`.split(' ')
        await hosts.one.shell.run([`iptables-${engine}`, ...insert('172.18.0.0/16')])
        assert.deepEqual(await hosts.become(firewalls['two other hosts']!, unable), [])
        await hosts.one.shell.run([`iptables-${engine}`, ...insert('10.0.0.0/8')])
        assert.deepEqual(await hosts.become(firewalls['two other hosts']!, unable), [
          `move rule of POSTROUTING (${engine}): -s 10.210.1.0/24 -d 10.210.0.0/16 -o arpanet1 -j RETURN`,
        ])
      })
    })
  }

  it('becomes each of its states from each other, and leaves rules of others as they are, byte for byte', async () => {
    for (const engine of engines) await hosts.lay(engine)
    const before = await Promise.all(engines.map((engine) => hosts.others(engine)))
    let found = await hosts.actual()
    let from = 'nothing'
    for (const to of circuit(someOfAll)) {
      const wanted = firewalls[to]!
      try {
        await hosts.become(wanted, found)
        found = await hosts.actual()
        assert.deepEqual(planFirewall(wanted, found), { before: [], after: [], remarks: [] })
      } catch (error) {
        throw new Error(`from ${from} to ${to}: ${(error as Error).message}`, { cause: error })
      }
      from = to
    }
    assert.deepEqual(await Promise.all(engines.map((engine) => hosts.others(engine))), before)
    await hosts.become(noFirewall)
    for (const engine of engines) {
      assert.doesNotMatch(await hosts.one.shell.run([`iptables-${engine}-save`]), /--comment arpanet /)
    }
    assert.doesNotMatch(await hosts.one.shell.run(['nft', 'list', 'tables']), /arpanet/)
  })

  it('makes no table of iptables where there is none, and says that there is no chain of Docker', async () => {
    const wanted = firewalls['two other hosts']!
    assert.deepEqual(await hosts.become(wanted), ['make guard'])
    assert.equal((await hosts.one.shell.run(['nft', 'list', 'tables'])).trim(), 'table inet arpanet_tunnel')
    assert.equal((await hosts.one.shell.run(['cat', '/proc/net/ip_tables_names'])).trim(), '')
    const { remarks } = planFirewall(wanted, await hosts.actual())
    assert.match(remarks.join(), /^chain DOCKER-USER: there is none/)
  })

  it('says where nothing is forwarded', async () => {
    await hosts.lay('nft')
    await hosts.one.shell.run(['sysctl', '-qw', 'net.ipv4.ip_forward=0'])
    const { remarks } = planFirewall(firewalls['two other hosts']!, await hosts.actual())
    assert.match(remarks.join(), /^net\.ipv4\.ip_forward: it is 0, 1 was expected/)
  })
})
