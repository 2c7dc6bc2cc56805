// bin/up, its second run and bin/up --down, on hosts that reach no registry and have the images.
//
//       192.0.2.1              192.0.2.2
//          h1                     h2
//     Docker 20.10, off      Docker 26.1, systemd
//
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { useLab } from '../support/lab.ts'
import { linesOf, seen } from '../support/product-lab.ts'
import type { Host } from './host.ts'
import { cadvisorImage, consulImage, productImage } from './image.ts'
import { cache, checkout } from './places.ts'
import { run } from './program.ts'

/** What no build of an image reads. */
const unread = ['typescript', '@typescript-eslint', 'eslint', 'prettier', '@types', 'lru-cache', 'mocha']

/** The checkout with its modules, and the Node that goes into the image: a host without registries cannot get them. */
async function checkOut(hosts: readonly Host[]): Promise<void> {
  const without = ['./.git', './dist', ...unread.map((name) => `./node_modules/${name}`)]
  const excludes = without.map((path) => `--exclude=${path}`)
  const source = await run(['tar', '--create', '--directory', checkout, ...excludes, '.'])
  const nodes = readdirSync(join(cache, 'node')).map((version) => join('node', version))
  const node = await run(['tar', '--create', '--directory', cache, ...nodes])
  for (const host of hosts) {
    await host.run('mkdir -p /root/arpanet /var/cache/arpanet')
    await host.run('tar --extract --directory /root/arpanet', { input: source.stdoutBytes })
    await host.run('tar --extract --directory /var/cache/arpanet', { input: node.stdoutBytes })
  }
}

const up = (host: Host, ...args: string[]) => host.exec(['/root/arpanet/bin/up', ...args])

/** What is looked at in another way, what the engine keeps for itself, and what goes with a loss of power. */
const apart = [
  '/root/arpanet',
  '/var/cache/arpanet/images',
  '/var/lib/containerd',
  '/var/log',
  '/run',
  '/tmp',
]
  .map((path) => `-path ${path}`)
  .join(' -o ')

/** Every file of the host with its mode, those that matter with their content, and its packages. */
const snapshot = async (host: Host): Promise<string[]> => {
  const list = `find / -xdev \\( ${apart} \\) -prune -o -printf '%p %y %m %U %G %l\\n'`
  const sums = `find /etc /root /usr/local -xdev \\( ${apart} \\) -prune -o -type f -exec md5sum {} +`
  const work = "find /root/arpanet -printf '%p %y %m\\n'"
  return linesOf(await host.run(`${list}; ${sums}; ${work}; dpkg-query --show`)).sort()
}

/** What came and what went. */
const differences = (before: string[] = [], after: string[]): string[] => {
  const [was, is] = [new Set(before), new Set(after)]
  return [
    ...before.filter((line) => !is.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !was.has(line)).map((line) => `+ ${line}`),
  ]
}

/** What the engine has, and the firewall's policy. */
const engineHas = async (host: Host): Promise<string> =>
  (
    await host.run(
      "docker image ls --all --format '{{.ID}} {{.Repository}}:{{.Tag}}' | sort; docker container ls --all; docker volume ls; docker network ls --format '{{.Name}}'",
    )
  ).stdout

const engineStart = async (host: Host): Promise<string> =>
  (await host.run('cut -d " " -f 22 /proc/$(cat /run/docker.pid)/stat')).stdout

describe('bin/up', () => {
  const lab = useLab({
    name: 'up',
    hosts: { h1: 'bookworm', h2: { release: 'trixie', init: 'systemd' } },
    images: ['debian:bookworm-slim', productImage(), consulImage, cadvisorImage],
  })
  const files = new Map<string, string[]>()
  const engines = new Map<string, string>()
  const onBoth = (act: (host: Host) => Promise<void>) => Promise.all(lab().hosts.map(act))

  const isAsBefore = async (host: Host) => {
    assert.deepEqual(differences(files.get(host.name), await snapshot(host)), [])
    const off = host === lab().h1
    assert.equal((await host.docker('version')).exitCode === 0, !off)
    if (off) await host.run('service docker start')
    assert.equal(await engineHas(host), engines.get(host.name))
    if (off) await host.run('service docker stop')
  }

  before('a host that never saw arpanet', async function () {
    this.timeout(180_000)
    await checkOut(lab().hosts)
    await onBoth(async (host) => {
      await host.run('rm /root/.arpanetrc /usr/local/bin/arpanet')
      engines.set(host.name, await engineHas(host))
    })
    await lab().h1.run('service docker stop')
    await onBoth(async (host) => void files.set(host.name, await snapshot(host)))
  })

  it('makes a host a cluster of one and says what to try next', async () => {
    await onBoth(async (host) => {
      const outcome = await up(host)
      assert.equal(outcome.exitCode, 0, seen(outcome))
      assert.match(outcome.stdout, new RegExp(`^leader +${host.name}$`, 'm'))
      assert.match(outcome.stdout, new RegExp(`http://${host.ip}:8500/ui/ +Consul's page`))
      assert.match(outcome.stdout, new RegExp(`http://${host.ip}:8080/containers/ +cAdvisor's page`))
      assert.match(outcome.stderr, /^wrapper +installed \/usr\/local\/bin\/arpanet +\d+\.\d s$/m)
      await host.run(`curl --fail --silent --location http://${host.ip}:8500/ui/ >/dev/null`)
      await host.run(`curl --fail --silent --location http://${host.ip}:8080/containers/ >/dev/null`)
      assert.equal((await host.arpanet('plan')).exitCode, 0)
    })
  })

  it('changes nothing when it runs again', async () => {
    await onBoth(async (host) => {
      const state = async () => [
        await engineStart(host),
        await host.readFile('/var/lib/arpanet/up'),
        (await host.docker('container', 'ls', '--no-trunc', '--quiet')).stdout,
      ]
      const [was, filesWere] = [await state(), await snapshot(host)]
      const again = await up(host)
      assert.equal(again.exitCode, 0, seen(again))
      assert.deepEqual(await state(), was)
      assert.deepEqual(differences(filesWere, await snapshot(host)), [])
      assert.doesNotMatch(again.stderr, /installed|started|built|noted/)
    })
  })

  it('leaves a host as it was with --down, and has nothing to do the second time', async () => {
    await onBoth(async (host) => {
      const down = await up(host, '--down')
      assert.equal(down.exitCode, 0, seen(down))
      await isAsBefore(host)
      assert.equal(seen(await up(host, '--down')), 'bin/up: there is nothing to take down\n=> 0')
    })
  })

  it("leaves another program's arpanet, another cluster's Consul and its settings alone", async () => {
    const { h2 } = lab()
    await h2.writeFile('/usr/local/bin/arpanet', '#!/bin/sh\necho mine\n', '755')
    const outcome = await up(h2)
    assert.equal(outcome.exitCode, 5, seen(outcome))
    assert.match(outcome.stderr, /is not arpanet's wrapper and stays as it is/)
    assert.equal((await up(h2, '--down')).exitCode, 0)
    assert.equal((await h2.run('arpanet')).stdout, 'mine\n')
    await h2.run('rm /usr/local/bin/arpanet')
    await isAsBefore(h2)

    const settings = "# mine\nCONSUL_EXPECT=3\nARPANET_IP='192.0.2.2'"
    await h2.writeFile('/root/.arpanetrc', settings)
    const label = '--label arpanet.service=consul --name arpanet_consul'
    await h2.run(`docker create ${label} ${consulImage} agent -bootstrap-expect=5`)
    const inCluster = await up(h2)
    assert.equal(inCluster.exitCode, 5, seen(inCluster))
    assert.equal((await up(h2, '--down')).exitCode, 0)
    assert.equal(await h2.readFile('/root/.arpanetrc'), settings)
    await h2.run('docker rm --volumes arpanet_consul && rm /root/.arpanetrc')
    await isAsBefore(h2)
  })

  it('can be taken down wherever it was broken off', async () => {
    const { h2 } = lab()
    for (const seconds of [1, 3, 5]) {
      const outcome = await h2.exec(`timeout --signal INT ${seconds} /root/arpanet/bin/up`)
      assert.notEqual(outcome.exitCode, 0, seen(outcome))
      const down = await up(h2, '--down')
      assert.equal(down.exitCode, 0, seen(down))
      await isAsBefore(h2)
    }
  })

  it('says in one line what makes no sense', async () => {
    const { h2 } = lab()
    assert.equal((await up(h2, '--sideways')).exitCode, 2)
    const remote = await h2.exec('DOCKER_HOST=tcp://192.0.2.1:2375 /root/arpanet/bin/up')
    assert.equal(remote.exitCode, 3)
    assert.equal(linesOf({ ...remote, stdout: remote.stderr }).length, 2)
  })
})
