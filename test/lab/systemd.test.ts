// Hosts whose first process is systemd:
//
//            ┌────── switch ──────┐
//       192.0.2.1            192.0.2.2
//          h1                   h2
//    trixie, systemd      forky, systemd
//     Docker 26.1          Docker 28.5
//
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { useLab } from '../support/lab.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import { consulImage } from './image.ts'
import { createLab } from './lab.ts'
import { netnsOf } from './places.ts'
import { engines } from './rootfs.ts'

const say = async (host: Host, line: string): Promise<string> => (await host.run(line)).stdout.trim()

/** Changes whenever systemd starts the unit. */
const startOf = (host: Host): Promise<string> =>
  say(host, 'systemctl show docker.service --property InvocationID')

describe('lab host with systemd', () => {
  const lab = useLab({
    name: 'systemd',
    hosts: { h1: { release: 'trixie', init: 'systemd' }, h2: { release: 'forky', init: 'systemd' } },
    images: [consulImage],
  })

  it('starts everything by its units', async () => {
    for (const host of lab().hosts) {
      assert.equal(await say(host, 'cat /proc/1/comm'), 'systemd')
      assert.equal(await say(host, 'systemctl is-system-running --wait'), 'running')
      assert.equal(await say(host, 'systemctl is-active docker.socket docker ssh | sort -u'), 'active')
    }
  })

  it("hands Docker its socket, as Debian's unit says", async () => {
    for (const host of lab().hosts) {
      assert.ok(host.engine.startsWith(`${engines[host.release]}.`), host.engine)
      const unitPid = await say(host, 'systemctl show docker.service --property MainPID --value')
      assert.match(
        await say(host, `tr '\\0' ' ' </proc/${unitPid}/cmdline`),
        /^\/usr\/sbin\/dockerd -H fd:\/\/ /,
      )
    }
  })

  it('heeds a drop-in once systemd has read it', async () => {
    const { h1 } = lab()
    const dropIn = '/etc/systemd/system/docker.service.d/hosts.conf'
    await h1.writeFile(
      '/etc/docker/daemon.json',
      '{ "hosts": ["unix:///run/docker.sock", "tcp://127.0.0.1:2375"] }',
    )
    const clash = await h1.exec(['systemctl', 'restart', 'docker'])
    assert.notEqual(clash.exitCode, 0)
    assert.match(
      await say(h1, 'journalctl --sync && journalctl --unit docker --output cat'),
      /specified both as a flag and in the configuration file: hosts/,
    )

    await h1.writeFile(dropIn, '[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd\n')
    await h1.run('systemctl daemon-reload; systemctl reset-failed docker; systemctl restart docker')
    assert.equal(await say(h1, 'curl --silent http://127.0.0.1:2375/_ping'), 'OK')

    await h1.run(['rm', dropIn, '/etc/docker/daemon.json'])
    // The engine has put a socket of its own in the place of the unit's.
    await h1.run('systemctl daemon-reload; systemctl stop docker.socket docker; systemctl start docker')
    assert.equal((await h1.docker('version')).exitCode, 0)
  })

  it('keeps its disk over a restart of Docker, a reboot and a loss of power', async () => {
    const surviveEverything = async (host: Host) => {
      await host.run(`docker run --detach --init --restart always --name c1 ${consulImage} sleep infinity`)
      let start = await startOf(host)
      const comesBack = async () => {
        await eventually(`${host.name}: c1 runs again`, async (seen) => {
          return seen((await host.docker('ps', '--format', '{{.Names}}')).stdout) === 'c1\n'
        })
        assert.notEqual(await startOf(host), start)
        start = await startOf(host)
      }

      await host.restartDocker()
      await comesBack()
      await host.reboot()
      await comesBack()
      await host.lose()
      await host.boot()
      await comesBack()
    }
    await Promise.all(lab().hosts.map(surviveEverything))
  })

  it('logs in from host to host', async () => {
    assert.equal((await lab().h1.run(['ssh', 'h2', 'hostname'])).stdout, 'h2\n')
  })

  it('leaves no control group', async () => {
    const name = 'systemd-gone'
    const trees = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].map((root) => `${root}/${netnsOf(name, 'h1')}`)
    {
      await using gone = await createLab({
        name,
        hosts: { h1: { release: 'trixie', init: 'systemd' } },
        images: [consulImage],
      })
      await gone.h1.run(['docker', 'run', '--detach', consulImage, 'sleep', 'infinity'])
      assert.ok(trees.some((tree) => existsSync(`${tree}/system.slice`)))
    }
    assert.ok(!trees.some((tree) => existsSync(tree)))
  })
})
