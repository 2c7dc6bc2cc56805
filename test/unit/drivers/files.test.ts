import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { filesAt, readText, type Files } from '../../../src/drivers/files.ts'

describe('files of a host', () => {
  let root: string, files: Files
  const at = (path: string) => join(root, path)
  beforeEach(() => {
    root = join(mkdtempSync(join(tmpdir(), 'arpanet-files-')), 'host')
    for (const folder of ['etc', 'mnt']) mkdirSync(at(folder), { recursive: true })
    files = filesAt(root)
  })
  afterEach(() => rmSync(join(root, '..'), { recursive: true, force: true }))

  it('are read by the paths that the host has for them', async () => {
    writeFileSync(at('etc/x'), 'grün\n')
    assert.equal(await files.readText('/etc/x'), 'grün\n')
    assert.equal(await files.readText('/etc/nothing'), undefined)
    assert.equal(await files.readText('/etc/x/below'), undefined)
  })

  it('that are not UTF-8 are refused', async () => {
    writeFileSync(at('etc/x'), Buffer.from([0x7b, 0xff, 0x7d]))
    await assert.rejects(files.readText('/etc/x'), {
      message: '/etc/x: is not UTF-8, expected a text file',
      hint: 'file /etc/x',
      exitCode: 3,
    })
  })

  it('that are folders are no text', async () => {
    await assert.rejects(files.readText('/etc'), {
      message: '/etc: cannot be read (EISDIR), expected a text file',
      exitCode: 3,
    })
    await assert.rejects(readText(at('etc')), /cannot be read \(EISDIR\)/)
  })

  const links: [what: string, path: string, target: string, asked: string][] = [
    ['an absolute link begins at the host', 'etc/link', '/etc/real', '/etc/link'],
    ['a relative one begins where it lies', 'etc/link', 'real', '/etc/link'],
    ['one to a folder is gone through', 'mnt/link', '/etc', '/mnt/link/real'],
    ['one with dots in it is gone along', 'mnt/link', '.././etc/./real', '/mnt/link'],
    ['one that climbs above the root stays in it', 'etc/link', '../../../../../../../etc/real', '/etc/link'],
    ['an absolute one that climbs stays in it', 'etc/link', '/../../etc/real', '/etc/link'],
  ]
  for (const [what, path, target, asked] of links) {
    it(`${what}: ${target}`, async () => {
      writeFileSync(at('etc/real'), 'real')
      symlinkSync(target, at(path))
      assert.equal(await files.readText(asked), 'real')
      assert.equal((await files.facts(asked))?.kind, 'file')
      await files.writeText(asked, 'new', 0o644)
      assert.equal(readFileSync(at('etc/real'), 'utf8'), 'new')
      assert.ok(lstatSync(at(path)).isSymbolicLink())
    })
  }

  it('lead to nothing above their root', async () => {
    writeFileSync(join(root, '..', 'secret'), 'secret')
    symlinkSync('../../secret', at('etc/link'))
    for (const path of ['/../secret', '/etc/../../secret', '/etc/link']) {
      assert.equal(await files.readText(path), undefined, path)
    }
  })

  it('that link in a ring are an error', async () => {
    symlinkSync('b', at('etc/a'))
    symlinkSync('/etc/a', at('etc/b'))
    await assert.rejects(files.readText('/etc/a'), {
      message: '/etc/a: cannot be read (ELOOP), expected a text file',
      exitCode: 3,
    })
    await assert.rejects(files.facts('/etc/a'), /^ArpanetError: \/etc\/a: cannot be looked at \(ELOOP\)/)
    await assert.rejects(files.freeBytes('/etc/a'), /^ArpanetError: \/etc\/a: cannot be measured \(ELOOP\)/)
  })

  it('have a kind, a mode and times', async () => {
    writeFileSync(at('etc/x'), '')
    chmodSync(at('etc/x'), 0o640)
    const { mtime, ctime } = lstatSync(at('etc/x'))
    assert.deepEqual(await files.facts('/etc/x'), {
      kind: 'file',
      mode: 0o640,
      modifiedAt: mtime,
      changedAt: ctime,
    })
    assert.equal((await files.facts('/etc'))?.kind, 'folder')
    assert.equal(await files.facts('/etc/nothing'), undefined)
  })

  it('are listed, and where there is no folder there are none', async () => {
    for (const name of ['b', 'a']) writeFileSync(at(`etc/${name}`), '')
    assert.deepEqual((await files.list('/etc')).sort(), ['a', 'b'])
    assert.deepEqual(await files.list('/nothing'), [])
    assert.deepEqual(await files.list('/etc/a'), [])
  })

  for (const mode of [0o600, 0o644, 0o666]) {
    it(`are written whole, with mode ${mode.toString(8)} and nothing left beside them`, async () => {
      writeFileSync(at('etc/x.arpanet-new'), 'what a write that broke off left')
      await files.writeText('/etc/x', 'one', mode)
      const [before, held] = [lstatSync(at('etc/x')), readFileSync(at('etc/x'), 'utf8')]
      await files.writeText('/etc/x', 'other', mode)
      const after = lstatSync(at('etc/x'))
      assert.deepEqual([held, readFileSync(at('etc/x'), 'utf8')], ['one', 'other'])
      assert.deepEqual([before.mode & 0o7777, after.mode & 0o7777], [mode, mode])
      assert.notEqual(before.ino, after.ino)
      assert.deepEqual(readdirSync(at('etc')), ['x'])
    })
  }

  it('are not written where there is no folder for them', async () => {
    await assert.rejects(files.writeText('/etc/no/x', '', 0o644), {
      message: '/etc/no/x: cannot be written (ENOENT), expected it to be possible',
      hint: 'ls -ld /etc/no/x',
      exitCode: 3,
    })
  })

  it('are copied with their mode, and not over another', async () => {
    await files.writeText('/etc/x', 'text', 0o600)
    await files.copy('/etc/x', '/etc/y')
    assert.equal(readFileSync(at('etc/y'), 'utf8'), 'text')
    assert.equal(lstatSync(at('etc/y')).mode & 0o7777, 0o600)
    await files.writeText('/etc/x', 'new', 0o600)
    await assert.rejects(
      files.copy('/etc/x', '/etc/y'),
      /^ArpanetError: \/etc\/y: cannot be written \(EEXIST\)/,
    )
    assert.equal(readFileSync(at('etc/y'), 'utf8'), 'text')
    await assert.rejects(files.copy('/etc/nothing', '/etc/z'), /cannot be written \(ENOENT\)/)
  })

  it('are moved over another', async () => {
    for (const name of ['x', 'y']) writeFileSync(at(`etc/${name}`), name)
    await files.move('/etc/x', '/etc/y')
    assert.deepEqual([readdirSync(at('etc')), readFileSync(at('etc/y'), 'utf8')], [['y'], 'x'])
    await assert.rejects(
      files.move('/etc/x', '/etc/y'),
      /^ArpanetError: \/etc\/y: cannot be written \(ENOENT\)/,
    )
  })

  it('are removed, and those that are not there stay so', async () => {
    writeFileSync(at('etc/x'), '')
    await files.removeFile('/etc/x')
    await files.removeFile('/etc/x')
    assert.equal(existsSync(at('etc/x')), false)
    await assert.rejects(files.removeFile('/etc'), /^ArpanetError: \/etc: cannot be removed/)
  })

  it('lie in folders that are made with a mode, once', async () => {
    const { uid, gid } = lstatSync(at('etc'))
    await files.makeFolder('/mnt/data', 0o700, { uid, gid })
    await files.makeFolder('/mnt/open', 0o777)
    assert.deepEqual(
      ['mnt/data', 'mnt/open'].map((path) => lstatSync(at(path)).mode & 0o7777),
      [0o700, 0o777],
    )
    await assert.rejects(files.makeFolder('/mnt/data', 0o700), /\/mnt\/data: cannot be made \(EEXIST\)/)
    await assert.rejects(files.makeFolder('/no/data', 0o700), /\/no\/data: cannot be made \(ENOENT\)/)
  })

  it('keep the folder that they lie in', async () => {
    mkdirSync(at('mnt/data'))
    writeFileSync(at('mnt/data/x'), '')
    assert.equal(await files.removeFolder('/mnt/data'), false)
    rmSync(at('mnt/data/x'))
    assert.equal(await files.removeFolder('/mnt/data'), true)
    assert.equal(await files.removeFolder('/mnt/data'), true)
    assert.equal(existsSync(at('mnt/data')), false)
  })

  it('can be written where the nearest folder above can', async () => {
    assert.equal(await files.whyReadOnly('/etc'), undefined)
    assert.equal(await files.whyReadOnly('/mnt/not/yet/there'), undefined)
    symlinkSync('ring', at('etc/ring'))
    assert.equal(await files.whyReadOnly('/etc/ring'), 'ELOOP')
  })

  it('have room on the disk where they are or would be', async () => {
    const there = await files.freeBytes('/mnt')
    assert.ok(there > 0)
    assert.ok((await files.freeBytes('/mnt/not/yet/there')) > 0)
  })
})
