// The lab itself, on real hosts:
//
//                     192.0.2.254: resolver
//            ┌────────────── switch ──────────────┐
//       192.0.2.1         192.0.2.2          192.0.2.3
//          h1                h2                 h3
//       bookworm           trixie             forky
//     Docker 20.10       Docker 26.1        Docker 28.5
//
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { useLab } from '../support/lab.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import { consulImage } from './image.ts'
import { createLab } from './lab.ts'
import { disksOf, netnsOf } from './places.ts'
import { allLabs, removeLeftovers } from './removal.ts'
import { engines } from './rootfs.ts'

const reaches = async (from: Host, to: Host): Promise<boolean> =>
  (await from.exec(['ping', '-c', '1', '-W', '1', to.ip])).exitCode === 0

describe('lab', () => {
  const lab = useLab({
    name: 'self',
    hosts: { h1: 'bookworm', h2: 'trixie', h3: 'forky' },
    images: [consulImage],
  })

  it('has a host of each engine, with the images loaded', async () => {
    for (const host of lab().hosts) {
      assert.ok(host.engine.startsWith(`${engines[host.release]}.`), host.engine)
      const { stdout } = await host.docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')
      assert.equal(stdout.trim(), consulImage)
    }
  })

  it('wires every host to every other', async () => {
    for (const from of lab().hosts) for (const to of lab().hosts) assert.ok(await reaches(from, to))
  })

  it('passes input, exit status and both streams of a program', async () => {
    const { h1 } = lab()
    const program = await h1.exec('cat; echo "to $WHOM" >&2; exit 7', {
      input: 'in',
      env: { WHOM: 'stderr' },
    })
    assert.deepEqual([program.exitCode, program.stdout, program.stderr], [7, 'in', 'to stderr\n'])
    assert.equal((await h1.exec(['tty'], { tty: true })).stdout, '/dev/pts/0\r\n')
    assert.match(
      (await h1.exec('read line; echo "got $line"', { tty: true, input: 'it\n' })).stdout,
      /got it/,
    )
    await assert.rejects(h1.run(['false']), /^Error: h1\$ false: exit 1/)
  })

  it('ends a program that exceeds its budget', async () => {
    const { exitCode, stderr } = await lab().h1.exec('sleep 600 & sleep 600', { timeoutMs: 300 })
    assert.equal(exitCode, 124)
    assert.match(stderr, /ended by the lab after 300 ms/)
  })

  it('logs in from host to host by name, without terminal and prompt', async () => {
    const { h1 } = lab()
    for (const peer of ['h2', 'h3']) {
      const login = await h1.exec(['ssh', peer, 'hostname; cat; exit 3'], { input: 'hello' })
      assert.deepEqual([login.exitCode, login.stdout, login.stderr], [3, `${peer}\nhello`, ''])
    }
  })

  it('resolves its hosts and names of the outside', async () => {
    const { h2 } = lab()
    assert.equal((await h2.run(['dig', '+short', 'www.example.com'])).stdout, '198.51.100.80\n')
    assert.equal((await h2.run(['dig', '+short', '+tcp', 'h3'])).stdout, '192.0.2.3\n')
  })

  it('keeps files written to a host', async () => {
    const { h1 } = lab()
    await h1.writeFile('/opt/new folder/file', 'content', '600')
    assert.equal(await h1.readFile('/opt/new folder/file'), 'content')
    assert.equal((await h1.run(['stat', '-c', '%a', '/opt/new folder/file'])).stdout, '600\n')
  })

  it('speaks HTTP to a host', async () => {
    const { h1 } = lab()
    await h1.run('mkdir -p /srv && echo hello >/srv/index.html && busybox httpd -p 8500 -h /srv')
    assert.equal((await lab().fetch('http://192.0.2.1:8500/')).text, 'hello\n')
    assert.equal((await lab().fetch('http://192.0.2.1:8500/none')).status, 404)
    await assert.rejects(lab().fetch('http://192.0.2.2:8500/'), /^Error: http:\/\/192.0.2.2:8500\//)
  })

  it('parts a host from all others, and from one', async () => {
    const { h1, h2, h3 } = lab()
    await h1.cut()
    assert.deepEqual(
      [await reaches(h1, h2), await reaches(h3, h1), await reaches(h2, h3)],
      [false, false, true],
    )
    await h1.heal()
    await h1.cut(h2)
    assert.deepEqual(
      [await reaches(h1, h2), await reaches(h2, h1), await reaches(h1, h3)],
      [false, false, true],
    )
    await h2.heal(h1)
    assert.ok(await reaches(h1, h2))
  })

  it('keeps the disks of its hosts over a loss of power, a reboot and a restart of Docker', async () => {
    const ssh = (host: Host) => [
      'socat',
      '-u',
      `TCP:${host.ip}:22,connect-timeout=1`,
      'OPEN:/dev/null,wronly',
    ]
    const surviveEverything = async (host: Host) => {
      await host.writeFile('/root/kept', 'kept')
      await host.run(`docker run --detach --init --restart always --name c1 ${consulImage} sleep infinity`)
      const comesBack = () =>
        eventually(`${host.name}: c1 runs again`, async (seen) => {
          return seen((await host.docker('ps', '--format', '{{.Names}}')).stdout) === 'c1\n'
        })

      await host.lose()
      assert.notEqual((await lab().exec(ssh(host))).exitCode, 0, `${host.name} is off the wire`)
      await host.boot()
      await comesBack()
      await host.reboot()
      await comesBack()
      await host.restartDocker()
      await comesBack()

      assert.equal(await host.readFile('/root/kept'), 'kept')
      await host.run(['docker', 'rm', '--force', 'c1'])
    }
    await Promise.all(lab().hosts.map(surviveEverything))
    assert.ok(await reaches(lab().h1, lab().h3))
  })

  it('runs beside another lab with the same addresses', async () => {
    await using other = await createLab({ name: 'other', hosts: { a1: 'bookworm', a2: 'bookworm' } })
    await lab().h1.cut()
    assert.ok(await reaches(other.a1, other.a2))
    await lab().h1.heal()
    assert.equal((await other.a2.run(['ssh', '192.0.2.1', 'hostname'])).stdout, 'a1\n')
    assert.equal((await lab().h2.run(['ssh', '192.0.2.1', 'hostname'])).stdout, 'h1\n')
  })

  it('tells of every host what explains a failure', async () => {
    const report = await lab().diagnose()
    for (const { name } of lab().hosts) assert.ok(report.includes(`======== ${name} `))
    assert.match(report, /eth0@.* 192.0.2.1\/24/)
    assert.match(report, /jump DOCKER-USER/)
  })

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`leaves nothing of a run that ended by ${signal}`, async () => {
      const name = `aborted-${signal.toLowerCase()}`
      const script = `
        import { createLab } from '${import.meta.dirname}/lab.ts'
        const lab = await createLab({ name: '${name}', hosts: { h1: 'bookworm' } })
        console.log(lab.h1.pid)
        setInterval(() => undefined, 1000)`
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script])
      const [output] = (await once(child.stdout, 'data')) as [Buffer]
      const pid = Number(output.toString())
      assert.ok(existsSync(`/proc/${pid}`))

      child.kill(signal)
      await once(child, 'exit')
      if (signal === 'SIGKILL') removeLeftovers()

      await eventually('the host ends', () => !existsSync(`/proc/${pid}`))
      assert.ok(!allLabs().includes(name))
      assert.ok(!existsSync(disksOf(name)))
      assert.ok(!existsSync(`/run/netns/${netnsOf(name, 'h1')}`))
    })
  }

  it('refuses a name that is taken', async () => {
    await assert.rejects(createLab({ name: 'self', hosts: { h1: 'bookworm' } }), /lab self: is up already/)
    assert.ok(await reaches(lab().h1, lab().h2))
  })
})

describe('eventually', () => {
  it('says what was awaited, what was seen and what went wrong', async () => {
    const look = (seen: (value: string) => string): never => {
      throw new Error(`no leader, ${seen('two members')}`)
    }
    await assert.rejects(
      eventually('a leader', look, { budgetMs: 20, everyMs: 5 }),
      /^Error: a leader: not so within 20 ms \(\d+ looks\)\nlast seen: two members\nlast error: no leader, two members$/,
    )
  })
})
