// What setup refuses, and what it leaves as it was.
//
//     h1 192.0.2.1, Docker 20.10      h2 192.0.2.2, Docker 28.5
//
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { seen, useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import { productImage } from './image.ts'
import type { Outcome } from './program.ts'

const path = '/etc/docker/daemon.json'

/** What is wrong with the host, without the mends. */
const faultsOf = ({ stderr }: Outcome): string[] =>
  stderr
    .split('\n')
    .slice(1)
    .filter((line) => line !== '' && !line.startsWith('  '))

const engineStart = async (host: Host): Promise<string> =>
  (await host.run('cut -d " " -f 22 /proc/$(cat /run/docker.pid)/stat')).stdout

const files = async (host: Host): Promise<string> =>
  (await host.run('find /etc /mnt -type f -exec md5sum {} + | sort -k 2; find /etc /mnt | sort')).stdout

describe('setup on a host with faults', () => {
  const lab = useProductLab('setup-faults', { h1: 'bookworm', h2: 'forky' })

  const texts: [what: string, text: string, ...faults: RegExp[]][] = [
    ['a comment', '{\n  // ours\n  "debug": true\n}\n', /holds a comment at line 2, column 3/],
    ['a byte order mark', '\uFEFF{"debug": true}\n', /byte order mark/],
    ['a trailing comma', '{"debug": true,}\n', /is not JSON .* at line 1, column 16/],
    ['a list', '[]\n', /something else than an object/],
    ['a key twice', '{"debug": true, "debug": false}\n', /says "debug" twice/],
    ['half a file', '{"debug": tr', /is not JSON/],
    [
      'a TCP socket of its own',
      '{"hosts": ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2375"]}\n',
      /"hosts" opens tcp:\/\/0\.0\.0\.0:2375 already/,
    ],
    ['another bip', '{"bip": "10.9.8.1/24"}\n', /"bip" is "10\.9\.8\.1\/24", expected "10\.210\.\d\.1\/24"/],
    [
      'another bridge and part of one',
      '{"bridge": "br0", "fixed-cidr": "10.1.0.0/24"}\n',
      /"bridge" is "br0"/,
      /"fixed-cidr" is/,
    ],
    ["somebody else's TLS", '{"tlscacert": "/etc/ssl/ca.pem"}\n', /"tlscacert" is "\/etc\/ssl\/ca\.pem"/],
  ]
  for (const [what, text, ...faults] of texts) {
    it(`names ${what} in daemon.json, and leaves everything as it is`, async () => {
      for (const host of lab().hosts) {
        await host.writeFile(path, text)
        const before = await files(host)
        const outcome = await host.exec('arpanet setup')
        assert.equal(outcome.exitCode, 3)
        assert.equal(outcome.stdout, '')
        const found = faultsOf(outcome)
        assert.equal(found.length, faults.length, outcome.stderr)
        for (const [index, fault] of faults.entries()) {
          assert.ok(found[index]?.startsWith(`${path}: `), found[index])
          assert.match(found[index] ?? '', fault)
        }
        assert.equal(await files(host), before)
        await host.run(`rm ${path}`)
      }
    })
  }

  it('names a read-only disk, and leaves everything as it is', async () => {
    for (const host of lab().hosts) {
      await host.run(
        'mkdir -p /etc/docker && mount --bind /etc/docker /etc/docker && mount -o remount,ro,bind /etc/docker',
      )
      const before = await files(host)
      const outcome = await host.exec('arpanet setup')
      assert.equal(outcome.exitCode, 3)
      assert.deepEqual(faultsOf(outcome), [
        `${path}: cannot be written (read-only file system), expected a folder that root can write in`,
      ])
      assert.equal(await files(host), before)
      await host.run('umount /etc/docker')
    }
  })

  it('names all faults at once, each with its mend', async () => {
    const { h1 } = lab()
    const holders = ['TCP4-LISTEN:8300,bind=192.0.2.1', 'TCP4-LISTEN:2376', 'UDP4-RECV:53'].map((what) =>
      spawn('nsenter', [`--net=/proc/${h1.pid}/ns/net`, 'socat', '-u', what, 'OPEN:/dev/null'], {
        stdio: 'ignore',
      }),
    )
    try {
      const expected = `setup: nothing was changed, for 5 faults of this host:
ARPANET_CIDR: 192.0.0.0/16 overlaps 192.0.2.0/24, which this host reaches through eth0, expected a network that nobody uses
  export ARPANET_CIDR=10.211.0.0/16   # on every host
port 8300 (tcp): held at 192.0.2.1 by another program, expected it free for Consul
  ss -lntp 'sport = :8300'   # shows which
port 53 (udp): held at 0.0.0.0 by another program, expected it free for Consul's DNS
  ss -lnup 'sport = :53'   # shows which
port 2376 (tcp): held at 0.0.0.0 by another program, expected it free for Docker's TCP socket
  ss -lntp 'sport = :2376'   # shows which
/mnt/arpanet-consul: cannot be written (read-only file system), expected a folder that root can write in
  mount -o remount,rw $(df --output=target /mnt | tail -1)
`
      await h1.run('mount --bind /mnt /mnt && mount -o remount,ro,bind /mnt')
      await eventually('all faults', async (seen) => {
        const outcome = seen(await h1.exec('arpanet setup', { env: { ARPANET_CIDR: '192.0.0.0/16' } }))
        return outcome.exitCode === 3 && outcome.stderr === expected
      })
    } finally {
      for (const holder of holders) holder.kill()
      await h1.run('umount /mnt')
    }
  })

  it('names settings that make no sense, an address that is not its own, and who is not root', async () => {
    const { h1 } = lab()
    const settings = await h1.exec('ARPANET_IP=nope HOSTNAME=localhost ARPANET_SUBNET=10.1.2.3 arpanet setup')
    assert.equal(settings.exitCode, 3)
    assert.deepEqual(faultsOf(settings), [
      'HOSTNAME: expected a host name: letters, digits, "-" and ".", and not localhost, got "localhost"',
      'ARPANET_IP: expected an IPv4 address of this host, got "nope"',
      'ARPANET_SUBNET: expected a /24 network such as 10.210.8.0/24, got "10.1.2.3"',
    ])
    const address = await h1.exec('ARPANET_IP=192.0.2.77 ARPANET_SUBNET=10.9.8.0/24 arpanet setup')
    assert.deepEqual(faultsOf(address), [
      'ARPANET_IP: 192.0.2.77 is not an address of this host, expected one of 192.0.2.1',
      'ARPANET_SUBNET: expected a part of ARPANET_CIDR, 10.210.0.0/16, got "10.9.8.0/24"',
    ])
    await h1.run('useradd --create-home --groups docker ann')
    const user = await h1.exec("su ann -c 'ARPANET_IP=192.0.2.1 arpanet setup'")
    assert.equal(
      seen(user),
      'setup: nothing was changed, for one fault of this host:\nsetup: expected to be run by root\n  sudo -E arpanet setup\n=> 3',
    )
  })

  it('does not restart an engine that would not start again', async () => {
    const { h2 } = lab()
    await h2.writeFile(path, '{"nonsense": 1}\n')
    const [before, start] = [await h2.readFile(path), await engineStart(h2)]
    const outcome = await h2.exec('arpanet setup')
    assert.equal(outcome.exitCode, 3)
    assert.match(
      outcome.stderr,
      /^Docker: would not start with its new configuration, so the former is back: .*nonsense$/m,
    )
    assert.deepEqual([await h2.readFile(path), await engineStart(h2)], [before, start])
    await h2.run(`rm ${path}`)
  })

  it('gives an engine that does not start its former configuration back', async () => {
    const { h1 } = lab()
    await h1.run(`rm -f ${path}`)
    await h1.writeFile('/etc/default/docker', `DOCKER_OPTS=$(test ! -e ${path} || echo --nonsense)\n`)
    const outcome = await h1.exec('arpanet setup')
    assert.equal(outcome.exitCode, 3)
    assert.match(outcome.stderr, /^Docker: did not start with its new configuration, so the former is back$/m)
    assert.equal((await h1.exec(`test -e ${path}`)).exitCode, 1)
    await h1.run('docker version')
    await h1.run('rm /etc/default/docker')
    assert.match((await h1.run('arpanet setup')).stdout, /^h1 is set up: /m)
  })

  it('finishes what a run that broke off before the restart has begun', async () => {
    const { h2 } = lab()
    const part = ['--volume /:/host', '--volume /var/run/docker.sock:/var/run/docker.sock', '--network host']
    const rights = '--user 0 --cap-drop ALL --cap-add CHOWN --hostname h2 --env ARPANET_IP=192.0.2.2'
    const broken = await h2.exec(`docker run --rm ${part.join(' ')} ${rights} ${productImage()} setup`)
    assert.equal(broken.exitCode, 10)
    assert.equal((await h2.exec('arpanet setup --verify')).exitCode, 4)
    const start = await engineStart(h2)
    const outcome = await h2.run('arpanet setup')
    assert.match(outcome.stderr, /^restart Docker: /m)
    assert.match(outcome.stdout, /^h2 is set up: /m)
    assert.notEqual(await engineStart(h2), start)
  })

  it('renews a certificate that ends soon, or is for another address', async () => {
    const { h1 } = lab()
    const sign = `openssl req -new -key server-key.pem -subj /CN=h1 | openssl x509 -req -CA ca.pem -CAkey ca-key.pem -days 20 -out server.pem`
    await h1.run(`cd /etc/arpanet/tls && ${sign} && chmod 644 key.pem`)
    const ends = await h1.run('arpanet setup')
    assert.match(ends.stderr, /^ {2}server: it ends on \d{4}-\d\d-\d\d$/m)
    assert.match(ends.stderr, /^write \/etc\/arpanet\/tls\/key\.pem: others may read it \(644\)$/m)
    assert.doesNotMatch(ends.stderr, /authority|client:/)
    await h1.run(`cd /etc/arpanet/tls && ${sign.replace('-days 20', '-days 300')}`)
    assert.match((await h1.run('arpanet setup')).stderr, /^ {2}server: it is not for 192\.0\.2\.1$/m)
    assert.equal((await h1.run('arpanet setup')).stderr, '')
  })

  it('opens the TCP socket in plain only when told so, warns, and closes it again', async () => {
    const { h1 } = lab()
    const ping = async (scheme: string) =>
      (await h1.exec(`curl -s -m 5 ${scheme}://192.0.2.1:2376/_ping`)).stdout
    const plain = await h1.run('ARPANET_INSECURE_DOCKER=1 arpanet setup')
    assert.match(plain.stderr, /^warning: .* is root on this host, with no password$/m)
    assert.match(plain.stdout, /^Docker listens at tcp:\/\/192\.0\.2\.1:2376, for everybody, without TLS$/m)
    assert.equal(await ping('http'), 'OK')
    await h1.run('arpanet setup')
    assert.notEqual(await ping('http'), 'OK')
  })

  it('keeps what somebody wrote into daemon.json since, when it is undone', async () => {
    const { h1 } = lab()
    const keys = JSON.parse(await h1.readFile(path)) as object
    await h1.writeFile(path, JSON.stringify({ ...keys, debug: true, dns: ['192.0.2.254'] }))
    const { stdout, stderr } = await h1.run('arpanet setup --undo')
    assert.equal(stdout, 'this host is as it was before setup\n', stderr)
    assert.deepEqual(JSON.parse(await h1.readFile(path)), { debug: true, dns: ['192.0.2.254'] })
    assert.equal((await h1.exec('ls /etc/arpanet /mnt/arpanet-consul')).stdout, '')
  })
})
