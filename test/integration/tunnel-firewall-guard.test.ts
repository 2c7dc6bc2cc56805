// What the firewall of the overlay keeps out, in real kernels.
import assert from 'node:assert/strict'
import { connect as connectNft } from '../../src/drivers/nft.ts'
import { eventually } from '../lab/eventually.ts'
import { FirewallHosts, hear } from '../support/firewall-hosts.ts'
import type { NetworkNamespace, Running } from '../support/network-namespace.ts'
import { aFirewall } from '../unit/agents/tunnel/firewall-states.ts'
import { aPeer } from '../unit/agents/tunnel/states.ts'

const unable = { table: 'nftables: this kernel has none' }

describe('the guard of the overlay in a kernel', function () {
  this.timeout(180_000)
  let hosts: FirewallHosts

  beforeEach(async () => {
    hosts = await FirewallHosts.create()
  })

  afterEach(() => hosts.delete())

  describe('of packets inside packets', () => {
    let listener: Running
    beforeEach(async () => {
      await hosts.lay('nft')
      await hosts.link({ 1: [2], 2: [1], 3: [1] })
      await hosts.two.ip('address add 10.210.9.9/32 dev lo')
      listener = await hear(hosts.inside, 9000)
    })
    const send = (host: NetworkNamespace, from: string, text: string) =>
      host.shell.run(['socat', '-u', '-', `UDP4-SENDTO:10.210.1.5:9000,bind=${from}`], `${text}\n`)
    const arrives = (text: string) =>
      eventually(`'${text}' arrives`, () => listener.written().includes(text), { everyMs: 20 })

    it('takes those of a member from its subnet, and no others', async () => {
      await hosts.become(aFirewall({ peers: [aPeer(2)] }), unable)
      await send(hosts.three, '10.210.3.1', 'unguarded, of no member')
      await send(hosts.two, '10.210.9.9', 'unguarded, from elsewhere')
      await arrives('unguarded, of no member')
      await arrives('unguarded, from elsewhere')

      await hosts.become(aFirewall({ peers: [aPeer(2)] }))
      await send(hosts.three, '10.210.3.1', 'of no member')
      await send(hosts.two, '10.210.9.9', 'from elsewhere')
      await eventually('both are dropped', async () => (await hosts.dropped()) === 2, { everyMs: 20 })
      await send(hosts.two, '10.210.2.1', 'of a member')
      await arrives('of a member')

      await hosts.become(aFirewall({ peers: [aPeer(2), aPeer(3)] }))
      await send(hosts.three, '10.210.3.1', 'of one that has joined')
      await arrives('of one that has joined')
      await hosts.become(aFirewall({ peers: [aPeer(3)] }))
      await send(hosts.two, '10.210.2.1', 'of one that has left')
      await eventually('it is dropped', async () => (await hosts.dropped()) === 3, { everyMs: 20 })
      assert.doesNotMatch(listener.written(), /^(of no member|from elsewhere|of one that has left)/m)
    })

    it('takes one that comes in several', async () => {
      await hosts.become(aFirewall({ peers: [aPeer(2)] }))
      for (const each of [hosts.two, hosts.three]) await each.ip('link set arpanet1 mtu 1500')
      await send(hosts.three, '10.210.3.1', `of no member ${'-'.repeat(1440)}.`)
      await send(hosts.two, '10.210.2.1', `of a member ${'-'.repeat(1440)}.`)
      await arrives('-.')
      assert.doesNotMatch(listener.written(), /of no member/)
      assert.ok((await hosts.dropped()) > 0)
    })

    it('takes no IPv6, and nothing that is not IP', async () => {
      await hosts.become(aFirewall({ peers: [aPeer(2)] }))
      await hosts.two.ip(
        'address add fd77::2/64 dev arpanet1 nodad\nneigh add fd77::1 lladdr 02:d2:0a:4e:00:01 dev arpanet1',
      )
      const before = await hosts.dropped()
      await hosts.two.shell.run(['socat', '-u', '-', 'UDP6-SENDTO:[fd77::1]:9000'], 'six\n')
      await eventually('it is dropped', async () => (await hosts.dropped()) > before, { everyMs: 20 })
    })

    it('leaves those of another network to its owner', async () => {
      await hosts.become(aFirewall({ peers: [aPeer(2)] }))
      const device = (
        n: number,
        other: number,
      ) => `link add name theirs type vxlan id 9 dstport 4789 local 10.78.0.${n} remote 10.78.0.${other}
        address add 10.66.0.${n}/24 dev theirs\nlink set theirs up`
      await hosts.one.shell.run(['iptables-nft', '-I', 'INPUT', '-j', 'ACCEPT'])
      await hosts.one.ip(device(1, 3))
      await hosts.three.ip(device(3, 1))
      await hosts.one.serve('theirs', 8081)
      assert.equal(await hosts.three.ask('10.66.0.1', 8081), 'theirs')
    })
  })

  describe('of gre', () => {
    let listener: Running
    beforeEach(async () => {
      await hosts.lay('nft')
      listener = hosts.one.start(['socat', '-u', 'IP4-RECV:47', '-'])
      await eventually(
        'it listens',
        async () => (await hosts.one.shell.run(['cat', '/proc/net/raw'])).split('\n').length > 2,
      )
    })
    /** In octal: flags and version, the protocol inside, a key, and IPv4 from 10.210.N.1; then text. */
    const packet = (text: string, { flags = '\\040\\0', inner = '\\010\\0', key = 7, subnet = 2 } = {}) => {
      const header = `${flags}${inner}\\0\\0\\0\\${key.toString(8)}`
      return `${header}\\105${'\\0'.repeat(11)}\\12\\322\\${subnet.toString(8)}\\1\\12\\322\\1\\5${text}`
    }
    const send = (host: NetworkNamespace, octal: string) =>
      host.shell.run(['sh', '-c', `printf '${octal}' | socat -u - IP4-SENDTO:10.78.0.1:47`])
    const forms: Readonly<Record<string, [takes: boolean, from: 'two' | 'three', octal: string]>> = {
      'of a member': [true, 'two', packet('it')],
      'of a member, in several packets': [true, 'two', packet(`${'-'.repeat(3000)}it`)],
      'of no member': [false, 'three', packet('it')],
      'of no member, in several packets': [false, 'three', packet(`${'-'.repeat(3000)}it`)],
      "of a member from another's subnet": [false, 'two', packet('it', { subnet: 3 })],
      'with a number in its header, which moves what is inside': [
        false,
        'two',
        packet('it', { flags: '\\060\\0' }),
      ],
      'with a bit that means nothing': [false, 'two', packet('it', { flags: '\\040\\10' })],
      'of IPv6 inside': [false, 'two', packet('it', { inner: '\\206\\335' })],
      'with another key, which is of others': [true, 'three', packet('it', { key: 9 })],
      'without a key, which is of others': [true, 'three', packet('it', { flags: '\\0\\0' })],
    }
    for (const [what, [takes, from, octal]] of Object.entries(forms)) {
      it(`${takes ? 'takes' : 'drops'} a packet ${what}`, async () => {
        await hosts.become(aFirewall({ driver: 'gre', peers: [aPeer(2)] }))
        await send(hosts[from], octal)
        await send(hosts.two, packet('the last'))
        await eventually('the last arrives', () => listener.written().includes('the last'), { everyMs: 20 })
        assert.equal(listener.written().includes('it'), takes)
      })
    }
  })

  const damage: Readonly<Record<string, [line: string, steps: readonly string[]]>> = {
    'a guard that was taken away': ['flush chain inet arpanet_tunnel input', ['change guard']],
    'a member more': [
      'add element inet arpanet_tunnel members { 10.78.0.9 . 181537024-181537279 }',
      ['remove member 10.78.0.9 with 10.210.9.0/24'],
    ],
    'a member less': [
      'delete element inet arpanet_tunnel members { 10.78.0.2 . 181535232-181535487 }',
      ['add member 10.78.0.2 with 10.210.2.0/24'],
    ],
    'what is no subnet': [
      'add element inet arpanet_tunnel members { 10.78.0.9 . 181537024-181537026 }',
      ['make guard'],
    ],
    'a rule of somebody else': ['insert rule inet arpanet_tunnel inside_vxlan accept', ['make guard']],
    'a chain of somebody else': ['add chain inet arpanet_tunnel mine', ['make guard']],
    'a table that sleeps': ['add table inet arpanet_tunnel { flags dormant; }', ['make guard']],
    'no exception from masquerading': [
      'flush chain inet arpanet_tunnel postrouting',
      ['change exception from masquerading'],
    ],
    'no table': ['delete table inet arpanet_tunnel', ['make guard']],
  }
  for (const [what, [line, steps]] of Object.entries(damage)) {
    it(`mends ${what}`, async () => {
      const wanted = aFirewall({ peers: [aPeer(2)] })
      await hosts.become(wanted)
      await connectNft(hosts.one.shell).apply(`${line}\n`)
      assert.deepEqual(await hosts.become(wanted), steps)
      assert.deepEqual(await hosts.become(wanted), [])
    })
  }
})
