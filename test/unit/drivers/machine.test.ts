import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { machineAt } from '../../../src/drivers/machine.ts'

/** Fields 4 to 22 of proc_pid_stat(5): the last is when it was started, 2000 hundredths of a second after the boot. */
const rest = '1 900 900 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 12 0 2000 3000000 900'
const uptime = '3620.50 7000.00\n'
const dockerd = '/usr/sbin/dockerd\0-H\0fd://\0--label=two words\0'

describe('machine', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'arpanet-machine-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))
  const machine = (files: Record<string, string> = {}) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return machineAt(root)
  }
  const running = (name: string, changes: Record<string, string> = {}) =>
    machine({
      '/run/docker.pid': '900\n',
      '/proc/900/cmdline': dockerd,
      '/proc/900/stat': `900 (${name}) S ${rest}\n`,
      '/proc/uptime': uptime,
      ...changes,
    })

  it('is shown where there is something to see', async () => {
    assert.equal(await machine().isShown(), false)
    assert.equal(await machine({ '/etc/hostname': 'h1\n' }).isShown(), true)
  })

  for (const name of ['dockerd', 'docker (a b) 7', 'x) S 1 2', '']) {
    it(`knows when a Docker called ${JSON.stringify(name)} was started, and with which words`, async () => {
      const found = await running(name).dockerd()
      assert.deepEqual(found?.args, ['-H', 'fd://', '--label=two words'])
      const agoMs = Date.now() - found.startedAt.getTime()
      assert.ok(agoMs >= 3_600_500 && agoMs < 3_600_500 + 5_000, String(agoMs))
    })
  }

  it('takes the words of a Docker without any for none', async () => {
    const found = await running('dockerd', { '/proc/900/cmdline': 'dockerd\0' }).dockerd()
    assert.deepEqual(found?.args, [])
  })

  const absent: Record<string, Record<string, string>> = {
    'without a pid file': {},
    'whose pid file is empty': { '/run/docker.pid': '' },
    'whose pid file is nonsense': { '/run/docker.pid': 'docker' },
    'whose pid file names a process that has ended': { '/run/docker.pid': '900' },
    'whose process is of the kernel': {
      '/run/docker.pid': '900',
      '/proc/900/cmdline': '',
      '/proc/900/stat': `900 (kthreadd) S ${rest}`,
      '/proc/uptime': uptime,
    },
  }
  for (const [what, files] of Object.entries(absent)) {
    it(`knows no Docker ${what}`, async () => {
      assert.equal(await machine(files).dockerd(), undefined)
    })
  }

  it('searches the domains of its resolv.conf', async () => {
    assert.deepEqual(await machine().searches(), [])
    const text = 'nameserver 192.0.2.53\nsearch example.org example.net\n'
    assert.deepEqual(await machine({ '/etc/resolv.conf': text }).searches(), ['example.org', 'example.net'])
  })

  it('has the mtu of the device that has an address', async () => {
    const files = { '/sys/class/net/lo/mtu': '65536\n' }
    assert.equal(await machine(files).mtuBytes('127.0.0.1'), 65536)
    assert.equal(await machine(files).mtuBytes('203.0.113.77'), undefined)
  })

  it('has no mtu where its device does not say', async () => {
    assert.equal(await machine().mtuBytes('127.0.0.1'), undefined)
  })

  it('has addresses, networks and listeners as its kernel tells them', async () => {
    const host = machine()
    assert.ok((await host.addresses()).includes('127.0.0.1'))
    for (const { subnet, device } of await host.routes())
      assert.match(`${subnet} ${device}`, /^[\d.]+\/\d+ \S+$/)
    for (const { address, port } of await host.listeners()) assert.match(`${address}:${port}`, /^[\d.]+:\d+$/)
    assert.ok(Math.abs(host.now().getTime() - Date.now()) < 5_000)
  })
})
