// setup, its second run, names, the TCP socket, a cluster on top of it, a loss of power, and back to how it was.
//
//                      ┌─────────── switch ───────────┐
//       192.0.2.1         192.0.2.2         192.0.2.3         192.0.2.4
//          h1                h2                h3                h4
//     Docker 20.10      Docker 26.1       Docker 28.5       Docker 26.1, systemd
//     no daemon.json    one of its own    an empty one      no daemon.json
//
import assert from 'node:assert/strict'
import { linesOf, seen, useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import { productImage } from './image.ts'

/** Odd on purpose: tabs, an order of its own, a list in one line, no newline at the end. */
const ownDaemonJson =
  '{\n\t"log-opts": {"max-size": "10m"},\n\t"labels": ["rack=7",  "row=b"],\n\t"debug": false}'

/** Names, kinds, modes, owners, link targets and contents of all that setup may touch. */
const snapshot = async (host: Host): Promise<string> => {
  const list = 'find /etc /mnt -printf "%p %y %m %U %G %l\\n" | sort'
  const sums = 'find /etc /mnt -type f -exec md5sum {} + | sort -k 2'
  return (await host.run(`${list}; ${sums}`)).stdout
}

const engineStart = async (host: Host): Promise<string> =>
  (await host.run('cut -d " " -f 22 /proc/$(cat /run/docker.pid)/stat')).stdout

/** The answer of the host's own dig, run in a container. */
const dig = async (host: Host, network: string, name: string): Promise<string[]> =>
  linesOf(
    await host.run(
      `docker run --rm --network ${network} --volume /usr:/usr:ro --entrypoint dig ${productImage()} +short +search ${name}`,
    ),
  ).filter((line) => !line.startsWith(';'))

const pki = '/etc/arpanet/tls'

describe('setup', () => {
  const lab = useProductLab('setup', {
    h1: 'bookworm',
    h2: 'trixie',
    h3: 'forky',
    h4: { release: 'trixie', init: 'systemd' },
  })
  const onAll = (act: (host: Host) => Promise<void>) => Promise.all(lab().hosts.map(act))
  const before_ = new Map<string, string>()

  before(async () => {
    const { h2, h3 } = lab()
    await h2.writeFile('/etc/docker/daemon.json', ownDaemonJson, '600')
    await h3.writeFile('/etc/docker/daemon.json', '\n')
    await onAll(async (host) => {
      await host.run('mkdir -p /etc/docker')
      const sleep = `--entrypoint sleep ${productImage()} 1000`
      await host.run(`docker run --detach --name web --restart always ${sleep}`)
      await host.run(`docker run --detach --name job ${sleep}`)
      before_.set(host.name, await snapshot(host))
    })
  })

  it('shows what it would change, and changes nothing', async () => {
    await onAll(async (host) => {
      const start = await engineStart(host)
      const { stdout } = await host.run('arpanet setup --dry-run')
      assert.match(stdout, new RegExp(`^ {2}\\+ "bip": "10\\.210\\.${host.ip.split('.')[3]}\\.1/24"$`, 'm'))
      assert.match(stdout, /^restart Docker$/m)
      assert.equal(stdout.includes('allow-direct-routing'), host.name === 'h3')
      assert.equal(stdout.includes('docker.service.d'), host.name === 'h4')
      const { steps } = JSON.parse((await host.run('arpanet setup --dry-run --json')).stdout) as {
        steps: { path: string }[]
      }
      assert.ok(steps.some(({ path }) => path === '/etc/docker/daemon.json'))
      assert.equal(await snapshot(host), before_.get(host.name))
      assert.equal(await engineStart(host), start)
    })
  })

  it('prepares every engine, and names first the containers that the restart ends', async () => {
    await onAll(async (host) => {
      const { stdout, stderr } = await host.run('arpanet setup')
      const lines = stderr.split('\n')
      assert.ok(lines.includes('The restart ends these containers and starts them again: web'), stderr)
      assert.ok(
        lines.includes('The restart ends these containers, and Docker does not start them again: job'),
        stderr,
      )
      assert.deepEqual(stdout.trim().split('\n'), [
        `Docker listens at tcp://${host.ip}:2376, for clients with its certificate and no others`,
        'containers find www.example.com',
        'Consul has no leader yet, so its names were not tried: arpanet setup --verify does',
        `Use its Docker from elsewhere:   docker context create ${host.name} --docker host=tcp://${host.ip}:2376,ca=${pki}/ca.pem,cert=${pki}/cert.pem,key=${pki}/key.pem`,
        `${host.name} is set up: containers get addresses of 10.210.${host.ip.split('.')[3]}.0/24`,
      ])
    })
  })

  it('keeps what a daemon.json says, in its order', async () => {
    const text = await lab().h2.readFile('/etc/docker/daemon.json')
    assert.deepEqual(Object.keys(JSON.parse(text) as object).slice(0, 4), [
      'log-opts',
      'labels',
      'debug',
      'dns',
    ])
    assert.ok(text.startsWith(ownDaemonJson.slice(0, ownDaemonJson.indexOf('false') + 5)), text)
    const list = await lab().h2.run(
      'stat -c "%a %n" /etc/docker/daemon.json /etc/docker/daemon.json.before-arpanet',
    )
    assert.deepEqual(
      linesOf(list).map((line) => line.slice(0, 3)),
      ['600', '600'],
    )
  })

  it('keeps keys where root alone reads them', async () => {
    await onAll(async (host) => {
      const { stdout } = await host.run(`stat -c '%a %U' ${pki} ${pki}/*.pem`)
      assert.deepEqual(
        [...new Set(linesOf({ ...(await host.run('true')), stdout }))],
        ['700 root', '600 root'],
      )
    })
  })

  it('the second time changes nothing, restarts nothing and says so', async () => {
    await onAll(async (host) => {
      const [files, start] = [await snapshot(host), await engineStart(host)]
      const { stdout } = await host.run('arpanet setup')
      assert.equal(stdout.split('\n')[0], 'nothing to change on this host')
      assert.equal(await snapshot(host), files)
      assert.equal(await engineStart(host), start)
    })
  })

  it('opens a TCP socket for its own client certificate, by the line that it prints', async () => {
    await onAll(async (host) => {
      const { stdout } = await host.run('arpanet setup --verify')
      const line = /docker context create .*/.exec(stdout)?.[0] ?? ''
      await host.run(`${line} && docker --context ${host.name} version`)
      await host.run(`docker context rm ${host.name}`)
    })
  })

  it('opens it to nobody without a certificate, with a foreign one, or in plain', async () => {
    const { h1 } = lab()
    // The certificates of h1 are foreign to all others.
    await onAll(async (host) => {
      const at = `${host.ip}:2376`
      const ask = async (line: string) =>
        (await h1.exec(`curl -s -m 5 -o /dev/null -w '%{http_code}' ${line}`)).stdout
      const own = `--cert ${pki}/cert.pem --key ${pki}/key.pem`
      if (host === h1) assert.equal(await ask(`--cacert ${pki}/ca.pem ${own} https://${at}/_ping`), '200')
      else assert.equal(await ask(`-k ${own} https://${at}/_ping`), '000')
      assert.equal(await ask(`-k https://${at}/_ping`), '000')
      assert.notEqual(await ask(`http://${at}/version`), '200')
    })
  })

  it("lets containers find names through the host's resolvers while Consul is down", async () => {
    await onAll(async (host) => {
      await host.run('docker network create own')
      for (const network of ['bridge', 'own']) {
        assert.deepEqual(await dig(host, network, 'www.example.com'), ['198.51.100.80'], host.name)
      }
    })
  })

  it('lets containers find Consul by its name, and names of outside through it', async function () {
    this.timeout(240_000)
    const { h1, h2, h3, h4, hosts } = lab()
    await h1.run('arpanet start:consul boot')
    for (const host of [h2, h3]) await host.run('arpanet start:consul server 192.0.2.1')
    await h4.run('arpanet start:consul client 192.0.2.1')
    const servers = [h1, h2, h3].map(({ ip }) => ip).sort()
    await eventually('a leader', async () => (await h4.exec('arpanet kv ls')).exitCode === 0)
    for (const host of hosts) {
      for (const network of ['bridge', 'own']) {
        assert.deepEqual((await dig(host, network, 'consul.service.consul')).sort(), servers, host.name)
        assert.deepEqual(await dig(host, network, 'www.example.com'), ['198.51.100.80'], host.name)
      }
      const { stdout } = await host.run('arpanet setup')
      assert.match(stdout, /^containers find www\.example\.com and consul\.service\.consul$/m)
    }
  })

  it('lets containers find services of the catalogue by their plain names', async () => {
    await onAll(async (host) => {
      await host.run('arpanet start:stack')
      for (const network of ['bridge', 'own']) {
        await eventually(`${host.name}: a container on ${network} finds cadvisor`, async () => {
          const { stdout } = await host.exec(
            `docker run --rm --network ${network} ${productImage()} lookup cadvisor`,
          )
          return stdout.includes(host.ip)
        })
      }
    })
  })

  it('leaves a stack that comes back by itself, with Docker and with the host', async function () {
    this.timeout(300_000)
    const { hosts } = lab()
    const isWhole = (host: Host) => async () =>
      (await host.exec('arpanet plan')).exitCode === 0 &&
      (await dig(host, 'bridge', 'consul.service.consul')).length > 0
    for (const host of hosts) {
      await host.restartDocker()
      await eventually(`${host.name}: is whole again`, isWhole(host), { budgetMs: 60_000 })
    }
    await onAll((host) => host.lose())
    await onAll((host) => host.boot())
    await onAll(async (host) => {
      await eventually(`${host.name}: is whole again`, isWhole(host), { budgetMs: 90_000 })
      assert.match((await host.run('arpanet setup')).stdout, /^nothing to change on this host$/m)
    })
  })

  it('undoes nothing while Consul runs on what goes', async () => {
    const { h1 } = lab()
    assert.equal(
      seen(await h1.exec('arpanet setup --undo')),
      `setup: nothing was changed, for one fault of this host:
setup: arpanet_consul runs, and answers at the bridge's address, which goes; expected it stopped
  arpanet stop
=> 3`,
    )
  })

  it('puts everything back, byte by byte', async function () {
    this.timeout(180_000)
    await onAll(async (host) => {
      await host.run(
        'arpanet stop; docker rm arpanet_consul arpanet_cadvisor; docker network rm own; rm -r /mnt/arpanet-consul/*',
      )
      const { stdout } = await host.run('arpanet setup --undo')
      assert.equal(stdout, 'this host is as it was before setup\n')
      assert.equal(await snapshot(host), before_.get(host.name))
      const bridge = await host.run(
        "docker network inspect bridge --format '{{(index .IPAM.Config 0).Subnet}}'",
      )
      assert.equal(bridge.stdout, '172.17.0.0/16\n')
      assert.equal(
        (await host.run('arpanet setup --undo')).stdout,
        'setup has changed nothing on this host\n',
      )
    })
  })
})
