import assert from 'node:assert/strict'
import { desired } from '../../../../src/agents/tunnel/desired.ts'
import type { LinkConfig, LinkDriver, Peer } from '../../../../src/agents/tunnel/desired/peer.ts'
import { aKey, aConfig, aPeer, underlay } from './states.ts'

const of = (driver: LinkDriver, peers: readonly Peer[], changes: Partial<LinkConfig> = {}) =>
  desired(aPeer(1), peers, aConfig(driver, changes), underlay)

describe('links to other hosts', () => {
  it('are of gre one device, and a neighbour and a route for each', () => {
    assert.deepEqual(of('gre', [aPeer(2)]), {
      mtuBytes: 1472,
      peers: [aPeer(2)],
      left: [],
      links: {
        device: { kind: 'gre', key: 7, local: '10.78.0.1', mtuBytes: 1472 },
        addresses: ['10.210.1.1/32'],
        neighbours: [{ address: '10.210.2.1', lladdr: '10.78.0.2' }],
        forwarding: [],
        routes: [{ subnet: '10.210.2.0/24', via: '10.210.2.1', device: 'arpanet1', isOnlink: true }],
        unreachable: '10.210.0.0/16',
      },
    })
  })

  it('are of vxlan the same, with a MAC for each host that follows from its address', () => {
    assert.deepEqual(of('vxlan', [aPeer(2)]), {
      mtuBytes: 1450,
      peers: [aPeer(2)],
      left: [],
      links: {
        device: {
          kind: 'vxlan',
          key: 7,
          local: '10.78.0.1',
          mtuBytes: 1450,
          mac: '02:d2:0a:4e:00:01',
          port: 4789,
        },
        addresses: ['10.210.1.1/32'],
        neighbours: [{ address: '10.210.2.1', lladdr: '02:d2:0a:4e:00:02' }],
        forwarding: [{ mac: '02:d2:0a:4e:00:02', address: '10.78.0.2' }],
        routes: [{ subnet: '10.210.2.0/24', via: '10.210.2.1', device: 'arpanet1', isOnlink: true }],
        unreachable: '10.210.0.0/16',
      },
    })
  })

  it('are of ovs a switch, in which each host has a MAC and a way', () => {
    const routers = { '10.79.0.3': '10.78.0.254' }
    const peers = [aPeer(2), aPeer(3, { address: '10.79.0.3' }), aPeer(2, { subnet: '10.210.4.0/24' })]
    const { links, mtuBytes } = desired(aPeer(1), peers, aConfig('ovs'), { ...underlay, routers })
    assert.equal(mtuBytes, 1458)
    assert.deepEqual(links.device, { kind: 'tap', mtuBytes: 1458, mac: '02:d2:00:00:00:01' })
    assert.deepEqual(links.neighbours.at(-1), { address: '10.210.4.1', lladdr: '02:d2:0a:4e:00:02' })
    assert.deepEqual(links.ovs, {
      ...{ key: 7, local: '10.78.0.1', own: '10.210.1.1', device: 'under', mtuBytes: 1500 },
      peers: [
        {
          ...{ address: '10.78.0.2', via: '10.78.0.2', mac: '02:d2:0a:4e:00:02' },
          subnets: ['10.210.2.0/24', '10.210.4.0/24'],
        },
        {
          ...{ address: '10.79.0.3', via: '10.78.0.254', mac: '02:d2:0a:4f:00:03' },
          subnets: ['10.210.3.0/24'],
        },
      ],
    })
  })

  it('are of host-gw routes only', () => {
    assert.deepEqual(of('host-gw', [aPeer(2)]), {
      mtuBytes: 1500,
      peers: [aPeer(2)],
      left: [],
      links: {
        addresses: [],
        neighbours: [],
        forwarding: [],
        routes: [{ subnet: '10.210.2.0/24', via: '10.78.0.2', device: 'under', isOnlink: false }],
        unreachable: '10.210.0.0/16',
      },
    })
  })

  it('say of host-gw who this host is, where its bridge has an address of the overlay', () => {
    const { links } = desired(aPeer(1), [aPeer(2)], aConfig('host-gw'), { ...underlay, source: '10.210.1.1' })
    assert.deepEqual(links.routes, [
      { subnet: '10.210.2.0/24', via: '10.78.0.2', device: 'under', isOnlink: false, source: '10.210.1.1' },
    ])
  })

  it('lead to a MAC that a host says it has', () => {
    const { links } = of('vxlan', [aPeer(2, { attributes: { mac: '02:00:00:00:00:0A' } })])
    assert.deepEqual(links.forwarding, [{ mac: '02:00:00:00:00:0a', address: '10.78.0.2' }])
  })

  const sentences: Record<string, [driver: LinkDriver, peer: Peer, sentence: RegExp]> = {
    'an address that is none': ['gre', aPeer(2, { address: '10.78.0.2; reboot' }), /address is none/],
    'an address of loopback': ['gre', aPeer(2, { address: '127.0.0.1' }), /address is none/],
    'an address of the overlay': ['gre', aPeer(2, { address: '10.210.3.1' }), /in 10\.210\.0\.0\/16 itself/],
    'the address of this host': ['gre', aPeer(2, { address: '10.78.0.1' }), /of this host/],
    'a subnet that is none': ['gre', aPeer(2, { subnet: '10.210.2.1/24' }), /subnet is none/],
    'no subnet': ['gre', aPeer(2, { subnet: '' }), /subnet is none/],
    'a subnet of one address': ['gre', aPeer(2, { subnet: '10.210.2.1/32' }), /too small/],
    'a subnet of elsewhere': ['gre', aPeer(2, { subnet: '10.211.2.0/24' }), /not in 10\.210\.0\.0\/16/],
    'the subnet of this host': ['gre', aPeer(2, { subnet: '10.210.1.0/24' }), /overlaps 10\.210\.1\.0\/24/],
    'the whole overlay': ['gre', aPeer(2, { subnet: '10.210.0.0/16' }), /overlaps/],
    'the subnet of a third': ['gre', aPeer(4, { subnet: '10.210.3.0/24' }), /10\.78\.0\.3 has 10\.210\.3/],
    'half of the others': ['gre', aPeer(4, { subnet: '10.210.2.0/23' }), /has 10\.210\.3\.0\/24/],
    'another driver': ['gre', aPeer(2, { attributes: { driver: 'vxlan' } }), /gre was expected/],
    'a MAC that is none': ['vxlan', aPeer(2, { attributes: { mac: 'x' } }), /MAC is none/],
    'the MAC of a group': ['vxlan', aPeer(2, { attributes: { mac: '01:00:5e:00:00:01' } }), /MAC is none/],
    'no MAC': ['vxlan', aPeer(2, { attributes: { mac: '00:00:00:00:00:00' } }), /MAC is none/],
    'the MAC of this host': [
      'vxlan',
      aPeer(2, { attributes: { mac: '02:d2:0a:4e:00:01' } }),
      /that of this host/,
    ],
    'the MAC of a third': [
      'vxlan',
      aPeer(4, { attributes: { mac: '02:d2:0a:4e:00:03' } }),
      /10\.78\.0\.3 has the MAC/,
    ],
    'no public key yet': ['wireguard', aPeer(2, { attributes: {} }), /has not said its public key/],
    'a public key that is none': [
      'wireguard',
      aPeer(2, { attributes: { publicKey: 'x'.repeat(44) } }),
      /public key is none/,
    ],
    'the key of a third': [
      'wireguard',
      aPeer(4, { attributes: { publicKey: aKey(3) } }),
      /10\.78\.0\.3 has the key/,
    ],
    'a segment of its own': ['host-gw', aPeer(2, { address: '10.79.0.2' }), /not in 10\.78\.0\.0\/24/],
  }
  for (const [what, [driver, peer, sentence]] of Object.entries(sentences)) {
    it(`leave out a host with ${what}, and no other`, () => {
      const { links, left } = of(driver, [peer, aPeer(3)])
      assert.equal(left.length, 1)
      assert.match(left[0]!, sentence)
      assert.deepEqual(links, of(driver, [aPeer(3)]).links)
    })
  }

  it('are the same in whichever order hosts are named, once or twice, and with this one among them', () => {
    const [a, b, c] = [aPeer(2), aPeer(3), aPeer(9, { subnet: '10.210.3.0/24' })]
    assert.deepEqual(of('vxlan', [a, b, c]), of('vxlan', [c, aPeer(1), b, b, a]))
  })
})
