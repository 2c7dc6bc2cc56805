import assert from 'node:assert/strict'
import { noFirewall, type Firewall } from '../../../../src/agents/tunnel/desired/firewall/firewall.ts'
import { planFirewall, type FirewallPlan } from '../../../../src/agents/tunnel/desired/firewall/plan.ts'
import { aPeer } from './states.ts'
import { StrictFirewall } from './firewall-kernel.ts'
import { aFirewall, firewalls } from './firewall-states.ts'

const theirs = ['-i eth0 -m comment --comment "not arpanet" -j DROP', '-j RETURN']
const docker = {
  'filter INPUT': ['-i lo -j ACCEPT'],
  'filter DOCKER-USER': theirs,
  'nat POSTROUTING': ['-s 10.210.1.0/24 ! -o bridge0 -j MASQUERADE'],
}
const two = firewalls['two other hosts']!
const told = ({ before, after }: FirewallPlan) =>
  [...before, ...after].map(({ verb, target }) => `${verb} ${target}`)

/** A kernel that has become `first`. */
const after = (
  first: Firewall,
  change?: (kernel: StrictFirewall) => void,
  chains: object = { nft: docker },
) => {
  const kernel = new StrictFirewall(chains)
  kernel.become(first)
  change?.(kernel)
  return kernel
}

describe('the firewall of the overlay', () => {
  const settles = (kernel: StrictFirewall, wanted: Firewall) =>
    assert.deepEqual(told(planFirewall(wanted, kernel.actual)), [])

  for (const [from, first] of Object.entries(firewalls)) {
    it(`becomes each state from that of ${from}, and lets in no stranger on the way`, () => {
      for (const wanted of Object.values(firewalls)) {
        for (const fault of [undefined, 'nftables: there is none']) {
          const kernel = after(
            first,
            (each) => {
              each.fault = fault
              if (fault !== undefined) each.table = undefined
            },
            { nft: docker, legacy: docker },
          )
          kernel.become(wanted)
          settles(kernel, wanted)
          for (const engine of ['nft', 'legacy'] as const) {
            assert.deepEqual(kernel.chains[engine].get('filter DOCKER-USER')!.slice(-2), theirs)
          }
        }
      }
    })
  }

  it('leaves nothing of ours on a host that has left', () => {
    const kernel = after(two)
    kernel.become(noFirewall)
    assert.equal(kernel.table, undefined)
    assert.deepEqual(Object.fromEntries(kernel.chains.nft), docker)
  })

  it('lets pass what containers and hosts exchange by the device', () => {
    const texts = (wanted: Firewall) => wanted.rules.map(({ chain, text }) => `${chain} ${text}`)
    assert.deepEqual(texts(two), [
      'INPUT -d 10.78.0.1/32 -p udp -m udp --dport 4789 -m comment --comment arpanet -j ACCEPT',
      'DOCKER-USER -i arpanet1 -o bridge0 -m comment --comment arpanet -j ACCEPT',
      'DOCKER-USER -i bridge0 -o arpanet1 -m comment --comment arpanet -j ACCEPT',
    ])
    assert.deepEqual(texts(aFirewall({ driver: 'host-gw' })), [
      'DOCKER-USER -s 10.210.0.0/16 -d 10.210.1.0/24 -i under -o bridge0 -m comment --comment arpanet -j ACCEPT',
      'DOCKER-USER -s 10.210.1.0/24 -d 10.210.0.0/16 -i bridge0 -o under -m comment --comment arpanet -j ACCEPT',
    ])
  })

  const changes: Record<string, [to: Firewall, expected: readonly string[]]> = {
    'a host that comes': [
      aFirewall({ peers: [aPeer(2), aPeer(3), aPeer(4)] }),
      ['add member 10.78.0.4 with 10.210.4.0/24'],
    ],
    'a host that goes': [aFirewall({ peers: [aPeer(2)] }), ['remove member 10.78.0.3 with 10.210.3.0/24']],
    'a host that has another address': [
      aFirewall({ peers: [aPeer(2, { address: '10.78.0.22' }), aPeer(3)] }),
      ['add member 10.78.0.22 with 10.210.2.0/24', 'remove member 10.78.0.2 with 10.210.2.0/24'],
    ],
    'a host that has half its subnet': [
      aFirewall({ peers: [aPeer(2, { subnet: '10.210.2.0/25' }), aPeer(3)] }),
      ['change member 10.78.0.2 with 10.210.2.0/25'],
    ],
    'another key, which both have for a while': [aFirewall({ key: 8 }), ['change guard', 'change guard']],
    'another bridge': [
      aFirewall({ bridge: 'bridge1' }),
      [
        'add rule of DOCKER-USER (nft): -i arpanet1 -o bridge1 -j ACCEPT',
        'add rule of DOCKER-USER (nft): -i bridge1 -o arpanet1 -j ACCEPT',
        'remove rule of DOCKER-USER (nft): -i bridge0 -o arpanet1 -j ACCEPT',
        'remove rule of DOCKER-USER (nft): -i arpanet1 -o bridge0 -j ACCEPT',
      ],
    ],
  }
  for (const [what, [to, expected]] of Object.entries(changes)) {
    it(`changes ${what}, and nothing else`, () => assert.deepEqual(told(after(two).become(to)), expected))
  }

  const [, ours] = two.rules.map(({ text }) => text)
  const user = (kernel: StrictFirewall) => kernel.chains.nft.get('filter DOCKER-USER')!
  const move = 'move rule of DOCKER-USER (nft): -i arpanet1 -o bridge0 -j ACCEPT'
  const above: Record<string, [rule: string, isMoved: boolean]> = {
    'one that returns': ['-j RETURN', true],
    'one that returns what comes by our device': ['-i arpanet1 -j RETURN', true],
    'one that returns what comes by devices like ours': ['-i arp+ -j RETURN', true],
    'one that returns what does not come by another': ['! -i eth0 -j RETURN', true],
    'one that returns what comes by another device': ['-i eth0 -j RETURN', false],
    'one that drops, as somebody means it': ['-s 10.210.9.9/32 -j DROP', false],
    'one that counts': ['-s 10.210.9.9/32', false],
  }
  for (const [what, [rule, isMoved]] of Object.entries(above)) {
    it(`${isMoved ? 'goes above' : 'stays below'} ${what}`, () => {
      const kernel = after(two, (each) => user(each).splice(1, 0, rule))
      assert.deepEqual(told(kernel.become(two)), isMoved ? [move] : [])
      assert.ok(user(kernel).includes(rule))
      settles(kernel, two)
    })
  }

  const translations: Record<string, [rule: string, isMoved: boolean]> = {
    'one of Docker': ['-s 10.210.1.0/24 ! -o bridge0 -j MASQUERADE', true],
    'a chain that may translate': ['-j KUBE-POSTROUTING', true],
    'one of another network': ['-s 172.18.0.0/16 ! -o bridge1 -j MASQUERADE', false],
    'one of another way out': ['-o eth0 -j MASQUERADE', false],
    'one that leaves addresses as they are': ['-j ACCEPT', false],
  }
  for (const [what, [rule, isMoved]] of Object.entries(translations)) {
    it(`${isMoved ? 'goes above' : 'stays below'} ${what}, where there can be no table of ours`, () => {
      const kernel = new StrictFirewall({ legacy: docker })
      kernel.fault = 'nftables: there is none'
      kernel.become(two)
      kernel.chains.legacy.get('nat POSTROUTING')!.unshift(rule)
      assert.equal(told(kernel.become(two)).length, isMoved ? 1 : 0)
      settles(kernel, two)
    })
  }

  const damage: Record<string, (kernel: StrictFirewall) => void> = {
    'a rule twice': (kernel) => user(kernel).push(ours!),
    'a rule less': (kernel) => user(kernel).splice(user(kernel).indexOf(ours!), 1),
    'a rule of a former version': (kernel) =>
      user(kernel).push('-i old0 -m comment --comment arpanet -j ACCEPT'),
    'a rule of ours in a chain that has none': (kernel) =>
      kernel.chains.nft.set('filter FORWARD', ['-m comment --comment arpanet -j ACCEPT']),
    'no table': (kernel) => (kernel.table = undefined),
    'a guard less': (kernel) => kernel.table!.chains.get('input')!.comments.pop(),
    'a rule of another version': (kernel) =>
      kernel.table!.chains.get('inside_gre')!.comments.splice(0, 1, 'arpanet 0 gre 0'),
    'a guard of another version': (kernel) =>
      kernel.table!.chains.get('input')!.comments.splice(0, 1, 'arpanet 0 guard gre 7'),
    'a chain less': (kernel) => kernel.table!.chains.delete('inside_gre'),
    'a chain that hangs elsewhere': (kernel) =>
      kernel.table!.chains.set('input', { hook: { hook: 'forward' }, comments: [] }),
    'an element of somebody else': (kernel) => kernel.table!.members.set('x', { concat: ['10.78.0.9', 7] }),
  }
  for (const [what, change] of Object.entries(damage)) {
    it(`mends ${what}`, () => {
      const kernel = after(two)
      kernel.device = undefined
      change(kernel)
      assert.notDeepEqual(told(kernel.become(two)), [])
      settles(kernel, two)
    })
  }

  it('adds rules where there is a chain for them only, and says what that means', () => {
    const kernel = new StrictFirewall({ nft: { 'filter INPUT': [] } })
    const { remarks } = kernel.become(two)
    assert.deepEqual(Object.fromEntries(kernel.chains.nft), { 'filter INPUT': [two.rules[0]!.text] })
    assert.deepEqual(remarks, [
      'chain DOCKER-USER: there is none, that of Docker was expected; nothing was accepted there',
    ])
  })

  it('says what a kernel without nftables means', () => {
    const kernel = new StrictFirewall({ legacy: docker })
    kernel.fault = 'nft: Protocol not supported'
    assert.deepEqual(kernel.become(two).remarks, [
      'nft: Protocol not supported; anybody can send packets of the overlay',
    ])
    assert.deepEqual(kernel.become(firewalls['host-gw']!).remarks, [])
    assert.deepEqual(kernel.become(noFirewall).remarks, [])
  })

  it('says where the kernel passes nothing on, and what mends it', () => {
    const { remarks } = planFirewall(two, { ...after(two).actual, forwards: false })
    assert.deepEqual(remarks, [
      'net.ipv4.ip_forward: it is 0, 1 was expected: sysctl -w net.ipv4.ip_forward=1',
    ])
  })
})
