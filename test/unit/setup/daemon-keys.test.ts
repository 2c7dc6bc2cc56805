import assert from 'node:assert/strict'
import type { DaemonKeys } from '../../../src/setup/daemon-json.ts'
import { daemonKeys, type DaemonWish } from '../../../src/setup/daemon-keys.ts'

const wish: DaemonWish = {
  bip: '10.210.1.1/24',
  resolvers: ['192.0.2.53'],
  searches: ['example.org'],
  underlayMtuBytes: 1500,
  knowsDirectRouting: false,
  tcp: 'tcp://192.0.2.1:2376',
  tls: true,
  locals: ['unix:///var/run/docker.sock'],
}
const tls = {
  tlsverify: true,
  tlscacert: '/etc/arpanet/tls/ca.pem',
  tlscert: '/etc/arpanet/tls/server.pem',
  tlskey: '/etc/arpanet/tls/server-key.pem',
}
const plain = {
  dns: ['10.210.1.1', '192.0.2.53'],
  'dns-search': ['service.consul', 'example.org'],
  bip: '10.210.1.1/24',
  mtu: 1450,
  hosts: ['unix:///var/run/docker.sock', 'tcp://192.0.2.1:2376'],
}

describe('keys that Docker should have', () => {
  const wishes: Record<string, { user?: DaemonKeys; wish?: Partial<DaemonWish>; expected: DaemonKeys }> = {
    'have containers look names up in Consul first, then where the host does': {
      expected: { ...plain, ...tls },
    },
    'open direct routing where the engine knows it': {
      wish: { knowsDirectRouting: true },
      expected: { ...plain, 'allow-direct-routing': true, ...tls },
    },
    'name no certificates where the socket is to be plain': { wish: { tls: false }, expected: plain },
    'keep what systemd hands to Docker': {
      wish: { locals: ['fd://'] },
      expected: { ...plain, ...tls, hosts: ['fd://', 'tcp://192.0.2.1:2376'] },
    },
    'leave room in a packet of a narrow network': {
      wish: { underlayMtuBytes: 1400 },
      expected: { ...plain, ...tls, mtu: 1350 },
    },
    'make do with Consul on a host without resolvers and domains': {
      wish: { resolvers: [], searches: [] },
      expected: { ...plain, ...tls, dns: ['10.210.1.1'], 'dns-search': ['service.consul'] },
    },
    "extend the user's lists, and ask theirs instead of the host's": {
      user: {
        debug: true,
        dns: ['198.51.100.53'],
        'dns-search': ['corp.example'],
        hosts: ['unix:///run/other.sock'],
      },
      expected: {
        ...plain,
        ...tls,
        debug: true,
        dns: ['10.210.1.1', '198.51.100.53'],
        'dns-search': ['service.consul', 'corp.example'],
        hosts: ['unix:///run/other.sock', 'tcp://192.0.2.1:2376'],
      },
    },
    'take empty lists for none': {
      user: { dns: [], 'dns-search': [], hosts: [] },
      expected: { ...plain, ...tls },
    },
    'say nothing twice': { user: { ...plain, ...tls }, expected: { ...plain, ...tls } },
    'keep a smaller mtu': { user: { mtu: 1400 }, expected: { ...plain, ...tls, mtu: 1400 } },
    'take a greater mtu down': { user: { mtu: 1500 }, expected: { ...plain, ...tls } },
    "take Docker's own mtu for none": { user: { mtu: 0 }, expected: { ...plain, ...tls } },
  }
  for (const [what, { user = {}, wish: changes, expected }] of Object.entries(wishes)) {
    it(what, () => {
      assert.deepEqual(daemonKeys(user, { ...wish, ...changes }), { keys: expected, faults: [] })
    })
  }

  it("stand behind the user's own, in their order", () => {
    const { keys } = daemonKeys({ debug: true, mtu: 1400, labels: ['a'] }, wish)
    assert.deepEqual(Object.keys(keys).slice(0, 4), ['debug', 'mtu', 'labels', 'dns'])
  })

  const faults: Record<string, { user: DaemonKeys; wish?: Partial<DaemonWish>; says: string[][] }> = {
    'another network that can be a setting': {
      user: { bip: '10.9.8.1/24' },
      says: [
        [
          '"bip" is "10.9.8.1/24", expected "10.210.1.1/24", this host\'s part of ARPANET_CIDR',
          'take "bip" out of /etc/docker/daemon.json, or: export ARPANET_SUBNET=10.9.8.0/24',
        ],
      ],
    },
    'another network that cannot': {
      user: { bip: '10.9.0.1/16' },
      says: [
        [
          '"bip" is "10.9.0.1/16", expected "10.210.1.1/24", this host\'s part of ARPANET_CIDR',
          'take "bip" out of /etc/docker/daemon.json',
        ],
      ],
    },
    'a network that is none': {
      user: { bip: 7 },
      says: [
        [
          '"bip" is 7, expected "10.210.1.1/24", this host\'s part of ARPANET_CIDR',
          'take "bip" out of /etc/docker/daemon.json',
        ],
      ],
    },
    'another bridge and a part of it': {
      user: { bridge: 'br0', 'fixed-cidr': '10.1.0.0/24' },
      says: [
        [
          '"bridge" is "br0", expected Docker\'s own bridge, whole',
          'take "bridge" out of /etc/docker/daemon.json',
        ],
        [
          '"fixed-cidr" is "10.1.0.0/24", expected Docker\'s own bridge, whole',
          'take "fixed-cidr" out of /etc/docker/daemon.json',
        ],
      ],
    },
    'other sockets beyond this host': {
      user: { hosts: ['fd://', 'tcp://0.0.0.0:2375', 'tcp://192.0.2.1:2376', 'tcp://127.0.0.1:2375'] },
      says: [
        [
          '"hosts" opens tcp://0.0.0.0:2375 and tcp://127.0.0.1:2375 already, expected no TCP socket beside tcp://192.0.2.1:2376, as all have one TLS',
          'take tcp://0.0.0.0:2375 and tcp://127.0.0.1:2375 out of "hosts" in /etc/docker/daemon.json',
        ],
      ],
    },
    "somebody else's TLS": {
      user: { tls: true, tlscacert: '/etc/ssl/ca.pem', tlsverify: true },
      says: [
        [
          '"tlscacert" is "/etc/ssl/ca.pem", expected arpanet\'s own TLS alone',
          'take "tlscacert" out of /etc/docker/daemon.json',
        ],
        ['"tls" is true, expected arpanet\'s own TLS alone', 'take "tls" out of /etc/docker/daemon.json'],
      ],
    },
    'TLS where the socket is to be plain': {
      user: { tlsverify: true },
      wish: { tls: false },
      says: [
        [
          '"tlsverify" is true, expected arpanet\'s own TLS alone',
          'take "tlsverify" out of /etc/docker/daemon.json',
        ],
      ],
    },
  }
  for (const [what, { user, wish: changes, says }] of Object.entries(faults)) {
    it(`cannot be had beside ${what}`, () => {
      assert.deepEqual(
        daemonKeys(user, { ...wish, ...changes }).faults,
        says.map(([text, mend]) => ({ what: `/etc/docker/daemon.json: ${text}`, mend })),
      )
    })
  }
})
