import assert from 'node:assert/strict'
import type { Listener } from '../../../src/model/listener.ts'
import { checkHost, type SetupSettings } from '../../../src/setup/checks.ts'
import type { HostFacts } from '../../../src/setup/facts.ts'
import { describeFaults } from '../../../src/setup/fault.ts'
import { aHost, setupSettings } from '../../support/setup.ts'

const check = (
  facts: Partial<HostFacts> = {},
  settings: Partial<SetupSettings> = {},
  subnet: string | undefined = '10.210.1.0/24',
) => checkHost(aHost(facts), { ...setupSettings, ...settings }, subnet)

const held = (protocol: Listener['protocol'], address: string, port: number) => ({
  listeners: [{ protocol, address, port }],
})
const unit = '/usr/sbin/dockerd -H fd:// $DOCKER_OPTS'

describe('a host', () => {
  const good: Record<string, { facts?: Partial<HostFacts>; settings?: Partial<SetupSettings> }> = {
    'without faults': {},
    'whose overlay is that of another network': { settings: { ARPANET_BRIDGE: 'app' } },
    "that reaches the overlay through Docker's bridge alone": {
      facts: {
        bridgeDevice: 'docker1',
        routes: [
          { subnet: '0.0.0.0/0', device: 'eth0' },
          { subnet: '10.210.1.0/24', device: 'docker1' },
        ],
      },
    },
    "whose Docker is as old as Debian's oldest": {
      facts: { engine: { version: '20.10.5+dfsg1', isRootless: false } },
    },
    'whose unit says where Docker listens': {
      facts: {
        unitCommand: unit,
        daemonArgs: ['-H', 'fd://', '--containerd=/run/containerd/containerd.sock'],
      },
    },
    'whose unit says it in one word': {
      facts: {
        unitCommand: 'dockerd -Hfd:// --host=unix:///run/other.sock',
        daemonArgs: ['-Hfd://', '--host=unix:///run/other.sock'],
      },
    },
    'whose ports Consul holds': {
      facts: {
        consulRuns: true,
        listeners: [8300, 8301, 8302, 8500, 53].map((port) => ({
          protocol: 'tcp',
          address: '0.0.0.0',
          port,
        })),
      },
    },
    'whose TCP socket is open already': {
      facts: { dockerListensThere: true, ...held('tcp', '192.0.2.1', 2376) },
    },
    'whose stub answers names at an address of its own': { facts: held('udp', '127.0.0.53', 53) },
    'whose other addresses hold the same ports': { facts: held('tcp', '198.51.100.7', 8500) },
    'whose clock is a little behind': { facts: { newestChange: new Date('2026-01-01T00:59:59Z') } },
  }
  for (const [what, { facts, settings }] of Object.entries(good)) {
    it(`${what} is taken`, () => {
      assert.deepEqual(check(facts, settings), [])
    })
  }

  const commandLine = 'take it out of its command line:'
  const faults: Record<
    string,
    {
      facts?: Partial<HostFacts>
      settings?: Partial<SetupSettings>
      subnet?: string | null
      says: [what: string, mend: string][]
    }
  > = {
    'without the address': {
      settings: { ARPANET_IP: '192.0.2.77' },
      facts: { addresses: ['192.0.2.1', '198.51.100.7'] },
      says: [
        [
          'ARPANET_IP: 192.0.2.77 is not an address of this host, expected one of 192.0.2.1, 198.51.100.7',
          'export ARPANET_IP=192.0.2.1',
        ],
      ],
    },
    'numbered beyond the overlay': {
      settings: { ARPANET_IP: '192.0.2.1', ARPANET_CIDR: '10.210.8.0/24' },
      subnet: null,
      says: [
        [
          'ARPANET_CIDR: 10.210.8.0/24 has no /24 number 1 for this host, expected ARPANET_SUBNET to name one',
          'export ARPANET_SUBNET=10.210.8.0/24',
        ],
      ],
    },
    'whose part is none of the overlay': {
      settings: { ARPANET_SUBNET: '10.9.8.0/24' },
      subnet: '10.9.8.0/24',
      says: [
        [
          'ARPANET_SUBNET: expected a part of ARPANET_CIDR, 10.210.0.0/16, got "10.9.8.0/24"',
          'export ARPANET_SUBNET=10.210.0.0/24',
        ],
      ],
    },
    "whose own bridge has what is another network's": {
      settings: { ARPANET_BRIDGE: 'app' },
      facts: { bridge: '10.210.1.1/24' },
      says: [
        [
          'ARPANET_BRIDGE: docker0 has 10.210.1.1/24 of 10.210.0.0/16, expected that left to app',
          'sudo -E arpanet setup --undo, and then setup again; or: export ARPANET_BRIDGE=docker0',
        ],
      ],
    },
    'that reaches the overlay elsewhere': {
      facts: {
        routes: [
          { subnet: '0.0.0.0/0', device: 'eth0' },
          { subnet: '10.0.0.0/8', device: 'tun0' },
          { subnet: '10.210.9.0/24', device: 'br-1' },
        ],
      },
      says: [
        [
          'ARPANET_CIDR: 10.210.0.0/16 overlaps 10.0.0.0/8, which this host reaches through tun0, expected a network that nobody uses',
          'export ARPANET_CIDR=10.211.0.0/16   # on every host',
        ],
        [
          'ARPANET_CIDR: 10.210.0.0/16 overlaps 10.210.9.0/24, which this host reaches through br-1, expected a network that nobody uses',
          'export ARPANET_CIDR=10.211.0.0/16   # on every host',
        ],
      ],
    },
    'whose Docker is too old': {
      facts: { engine: { version: '19.03.15', isRootless: false } },
      says: [['Docker: version 19.03.15, expected 20.10 or newer', 'apt-get install docker.io']],
    },
    'whose Docker is a little too old': {
      facts: { engine: { version: '20.9.0', isRootless: false } },
      says: [['Docker: version 20.9.0, expected 20.10 or newer', 'apt-get install docker.io']],
    },
    "whose Docker is somebody's own": {
      facts: { engine: { version: '28.5.1', isRootless: true } },
      says: [
        ["Docker: this engine runs as an ordinary user, expected the system's own", 'unset DOCKER_HOST'],
      ],
    },
    'whose Docker is told by flags what daemon.json says': {
      facts: {
        daemonArgs: ['--debug', '--bip', '10.9.8.1/24', '--mtu=1400', '-H=tcp://0.0.0.0:2375', '-Hfd://'],
      },
      says: ['--bip', '--mtu=1400', '-H=tcp://0.0.0.0:2375', '-Hfd://'].map((flag) => [
        `Docker: is started with ${flag}, expected that said in /etc/docker/daemon.json alone`,
        `${commandLine} /etc/default/docker`,
      ]),
    },
    'whose unit tells Docker more': {
      facts: {
        unitCommand: unit,
        daemonArgs: ['-H', 'fd://', '-H', 'unix:///run/other.sock', '--tlsverify'],
      },
      says: ['-H', '--tlsverify'].map((flag) => [
        `Docker: is started with ${flag}, expected that said in /etc/docker/daemon.json alone`,
        `${commandLine} systemctl edit docker`,
      ]),
    },
    'whose unit opens a TCP socket': {
      facts: { unitCommand: 'dockerd -H fd:// -H tcp://0.0.0.0:2375' },
      says: [
        [
          "Docker: its unit opens tcp://0.0.0.0:2375 already, expected no TCP socket but arpanet's",
          'systemctl edit --full docker',
        ],
      ],
    },
    'whose Docker reads another file': {
      facts: { daemonArgs: ['--config-file=/etc/docker.json'] },
      says: [
        [
          'Docker: is started with --config-file=/etc/docker.json, expected its configuration at /etc/docker/daemon.json',
          `${commandLine} /etc/default/docker`,
        ],
      ],
    },
    'whose ports others hold, each said once': {
      facts: {
        listeners: [
          { protocol: 'tcp', address: '192.0.2.1', port: 8300 },
          { protocol: 'udp', address: '192.0.2.1', port: 8302 },
          { protocol: 'tcp', address: '127.0.0.1', port: 8500 },
          { protocol: 'udp', address: '0.0.0.0', port: 53 },
          { protocol: 'tcp', address: '0.0.0.0', port: 2376 },
        ],
      },
      says: [
        [
          'port 8300 (tcp): held at 192.0.2.1 by another program, expected it free for Consul',
          "ss -lntp 'sport = :8300'   # shows which",
        ],
        [
          'port 8302 (udp): held at 192.0.2.1 by another program, expected it free for Consul',
          "ss -lnup 'sport = :8302'   # shows which",
        ],
        [
          "port 8500 (tcp): held at 127.0.0.1 by another program, expected it free for Consul's API",
          "ss -lntp 'sport = :8500'   # shows which",
        ],
        [
          "port 53 (udp): held at 0.0.0.0 by another program, expected it free for Consul's DNS",
          "ss -lnup 'sport = :53'   # shows which",
        ],
        [
          "port 2376 (tcp): held at 0.0.0.0 by another program, expected it free for Docker's TCP socket",
          "ss -lntp 'sport = :2376'   # shows which",
        ],
      ],
    },
    "whose bridge's present address has its port 53 held": {
      facts: held('tcp', '172.17.0.1', 53),
      says: [
        [
          "port 53 (tcp): held at 172.17.0.1 by another program, expected it free for Consul's DNS",
          "ss -lntp 'sport = :53'   # shows which",
        ],
      ],
    },
    'whose disk is full': {
      facts: {
        disks: [
          { path: '/var/lib/docker', freeBytes: 999_999_999 },
          { path: '/mnt/arpanet-consul', freeBytes: 1_000_000_000 },
        ],
      },
      says: [
        [
          '/var/lib/docker: 999 MB free, expected 1000 MB',
          'docker system prune   # removes containers, networks and images that nothing uses',
        ],
      ],
    },
    'whose clock is behind': {
      facts: { newestChange: new Date('2026-01-01T01:00:00Z') },
      says: [
        [
          'clock: it is 2026-01-01T00:00:00.000Z here, but files of this host were changed at 2026-01-01T01:00:00.000Z, expected a clock that goes right',
          'apt-get install systemd-timesyncd',
        ],
      ],
    },
  }
  for (const [what, { facts, settings, subnet, says }] of Object.entries(faults)) {
    it(`${what} is refused`, () => {
      const found =
        subnet === null
          ? checkHost(aHost(facts), { ...setupSettings, ...settings }, undefined)
          : check(facts, settings, subnet)
      assert.deepEqual(
        found,
        says.map(([text, mend]) => ({ what: text, mend })),
      )
    })
  }

  it('with several faults hears of all, each with its mend under it', () => {
    const found = check({
      addresses: ['198.51.100.7'],
      engine: { version: '1.13.1', isRootless: true },
      disks: [{ path: '/var/lib/docker', freeBytes: 0 }],
    })
    assert.equal(
      describeFaults(found),
      `ARPANET_IP: 192.0.2.1 is not an address of this host, expected one of 198.51.100.7
  export ARPANET_IP=198.51.100.7
Docker: version 1.13.1, expected 20.10 or newer
  apt-get install docker.io
Docker: this engine runs as an ordinary user, expected the system's own
  unset DOCKER_HOST
/var/lib/docker: 0 MB free, expected 1000 MB
  docker system prune   # removes containers, networks and images that nothing uses`,
    )
  })
})
