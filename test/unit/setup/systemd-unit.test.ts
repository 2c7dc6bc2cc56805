import assert from 'node:assert/strict'
import { dropIn, execStart, hostsOf, isLocalSocket } from '../../../src/setup/systemd-unit.ts'

/** As the package docker.io of Debian has it. */
const debian = `[Unit]
Description=Docker Application Container Engine
Documentation=https://docs.docker.com
After=network-online.target docker.socket firewalld.service containerd.service time-set.target
Wants=network-online.target containerd.service
Requires=docker.socket

[Service]
Type=notify
# the default is not to use systemd for cgroups because the delegate issues still
# exists and systemd currently does not support the cgroup feature set required
# for containers run by docker
EnvironmentFile=-/etc/default/docker
ExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS
ExecReload=/bin/kill -s HUP $MAINPID
TimeoutStartSec=0
RestartSec=2
Restart=always

[Install]
WantedBy=multi-user.target
`
const ofDebian = '/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS'

describe('unit', () => {
  const units: Record<string, { texts: string[]; expected: string | undefined }> = {
    "of Debian starts Docker with systemd's socket": { texts: [debian], expected: ofDebian },
    'is started by the last of its drop-ins that resets the command': {
      texts: [
        debian,
        '[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd\n',
        '[Service]\nExecStart=\nExecStart=/usr/bin/dockerd --debug\n',
      ],
      expected: '/usr/bin/dockerd --debug',
    },
    'keeps its command beside drop-ins about other things': {
      texts: [debian, '[Service]\nLimitNOFILE=65536\nExecStartPre=/bin/true\n', ''],
      expected: ofDebian,
    },
    'has no command where a drop-in only takes it away': {
      texts: [debian, '[Service]\nExecStart=\n'],
      expected: undefined,
    },
    'goes on behind a backslash': {
      texts: ['[Service]\nExecStart=/usr/bin/dockerd \\\n  -H fd:// \\\n  --debug\nRestart=always\n'],
      expected: '/usr/bin/dockerd    -H fd://    --debug',
    },
    'goes on behind comments between its lines': {
      texts: ['[Service]\nExecStart=/usr/bin/dockerd \\\n# one\n  ; another\n  -H fd://\n'],
      expected: '/usr/bin/dockerd    -H fd://',
    },
    'may have lines of Windows, and spaces around its sign': {
      texts: ['[Service]\r\nExecStart = /usr/bin/dockerd \\\r\n-H fd://\r\n'],
      expected: '/usr/bin/dockerd  -H fd://',
    },
    'has no command in another section or in a comment': {
      texts: ['[X-Service]\nExecStart=/bin/a\n[Install]\nExecStart=/bin/b\n[Service]\n#ExecStart=/bin/c\n'],
      expected: undefined,
    },
    'without anything has none': { texts: [], expected: undefined },
  }
  for (const [what, { texts, expected }] of Object.entries(units)) {
    it(what, () => {
      assert.equal(execStart(texts), expected)
    })
  }
})

describe('hosts of a command', () => {
  const commands: Record<string, { hosts: string[]; without: string | undefined }> = {
    [ofDebian]: {
      hosts: ['fd://'],
      without: '/usr/sbin/dockerd --containerd=/run/containerd/containerd.sock $DOCKER_OPTS',
    },
    'dockerd -H=fd:// --debug': { hosts: ['fd://'], without: 'dockerd --debug' },
    'dockerd -Hfd:// --debug': { hosts: ['fd://'], without: 'dockerd --debug' },
    'dockerd --host=fd:// --debug': { hosts: ['fd://'], without: 'dockerd --debug' },
    'dockerd --host fd:// --debug': { hosts: ['fd://'], without: 'dockerd --debug' },
    'dockerd -H  fd://': { hosts: ['fd://'], without: 'dockerd' },
    'dockerd -H fd:// -H tcp://0.0.0.0:2375 -H=unix:///run/other.sock': {
      hosts: ['fd://', 'tcp://0.0.0.0:2375', 'unix:///run/other.sock'],
      without: 'dockerd',
    },
    'dockerd --debug': { hosts: [], without: undefined },
    'dockerd --host-gateway-ip=192.0.2.1': { hosts: [], without: undefined },
    'dockerd --host-gateway-ip 192.0.2.1 -H fd://': {
      hosts: ['fd://'],
      without: 'dockerd --host-gateway-ip 192.0.2.1',
    },
    'dockerd --label=a-Hfd://': { hosts: [], without: undefined },
  }
  for (const [command, { hosts, without }] of Object.entries(commands)) {
    it(`${command} are ${hosts.join(', ') || 'none'}, and a drop-in ${without === undefined ? 'is not needed' : `leaves ${without}`}`, () => {
      assert.deepEqual(hostsOf(command), hosts)
      assert.equal(
        dropIn(command),
        without &&
          `# Made by arpanet setup: where Docker listens is said in /etc/docker/daemon.json, together with the unit's own.
[Service]
ExecStart=
ExecStart=${without}
`,
      )
    })
  }

  it('of a drop-in of ours are none any more', () => {
    assert.deepEqual(hostsOf(execStart([debian, dropIn(ofDebian) ?? '']) ?? ''), [])
  })

  it('are on this host alone where they are files or handed over', () => {
    const hosts = ['fd://', 'unix:///run/docker.sock', 'tcp://127.0.0.1:2375', '0.0.0.0', 'npipe://x']
    assert.deepEqual(hosts.filter(isLocalSocket), ['fd://', 'unix:///run/docker.sock'])
  })
})
