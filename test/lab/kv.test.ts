// kv on one host with a real Consul.
//
//     h1 192.0.2.1, Docker 26.1, consul server
//
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { linesOf, seen, useProductLab } from '../support/product-lab.ts'

describe('kv', () => {
  const lab = useProductLab('kv', { h1: 'trixie' })
  const kv = (...args: string[]) => lab().h1.arpanet('kv', ...args)
  const put = (key: string, value: string | Uint8Array) =>
    lab().h1.run(['arpanet', 'kv', 'set', '--', key, '-'], { input: value })

  before(async () => {
    await lab().h1.run('CONSUL_EXPECT=1 arpanet start:consul boot')
  })

  it('gets the bytes that were set, whatever they are, and nothing else', async () => {
    const bytes = Buffer.concat([
      Buffer.from([0, 255, 10, 13, 10]),
      randomBytes(200_000),
      Buffer.from('\n\n'),
    ])
    await put('bytes', bytes)
    assert.ok((await kv('get', 'bytes')).stdoutBytes.equals(bytes))
  })

  it('keeps a value with spaces, quotes and newlines as it is', async () => {
    const value = ` two  words "quoted" 'too' $HOME \\n\nsecond line `
    assert.equal(seen(await kv('set', 'words', value)), `words is set (${value.length} bytes)\n=> 0`)
    assert.equal((await kv('get', 'words')).stdout, value)
  })

  it('keeps an empty value, which is not a missing key', async () => {
    await kv('set', 'empty', '')
    assert.equal(seen(await kv('get', 'empty')), '=> 0')
    assert.equal(seen(await kv('get', 'missing')), 'kv get: no key "missing"\n=> 6')
  })

  it('takes a value of 512 KiB and not a byte more', async () => {
    await put('large', Buffer.alloc(512 * 1024, 'x'))
    assert.equal((await kv('get', 'large')).stdoutBytes.length, 512 * 1024)
    const over = await lab().h1.exec(['arpanet', 'kv', 'set', 'large', '-'], {
      input: Buffer.alloc(512 * 1024 + 1),
    })
    assert.equal(seen(over), 'kv set: expected a value of 524288 bytes at most, got more\n=> 2')
    assert.equal((await kv('get', 'large')).stdoutBytes.length, 512 * 1024)
  })

  it('knows keys with spaces, unicode and every sign of a URL', async () => {
    const keys = [
      'a b',
      'ü/ß/漢字',
      'per%cent',
      'ques?tion',
      'ha#sh',
      'am&per=sand',
      'plus+',
      '100%25',
      '-dash',
      'quo\'te"',
    ]
    for (const key of keys) await put(`odd/${key}`, key)
    for (const key of keys) assert.equal((await kv('get', `odd/${key}`)).stdout, key)
    assert.deepEqual(linesOf(await kv('ls', 'odd')).sort(), keys.toSorted())
  })

  it('takes runs of slashes as one and none at the ends', async () => {
    await kv('set', '//slashes///a//', 'one')
    assert.equal((await kv('get', 'slashes/a')).stdout, 'one')
    assert.deepEqual(linesOf(await kv('ls', '/slashes/')), ['a'])
  })

  it('lists keys relative to the folder that is asked for, and all without one', async () => {
    for (const key of ['list/a', 'list/b/c', 'list2/d']) await kv('set', key, 'x')
    assert.equal(seen(await kv('ls', 'list')), 'a\nb/c\n=> 0')
    assert.deepEqual(JSON.parse((await kv('ls', '--json', 'list')).stdout), ['a', 'b/c'])
    assert.ok(linesOf(await kv('ls')).includes('list2/d'))
    assert.equal(seen(await kv('ls', 'nothing')), '=> 0')
  })

  it('sets a key only while its index is the one given', async () => {
    assert.equal((await kv('set', '--cas', '0', 'cas', 'first')).exitCode, 0)
    const again = await kv('set', '--cas', '0', 'cas', 'second')
    assert.equal(again.exitCode, 5)
    assert.match(again.stderr, /^kv set: "cas" is there already$/m)
    const [{ ModifyIndex, Value }] = JSON.parse((await kv('info', 'cas')).stdout) as [
      { ModifyIndex: number; Value: string },
    ]
    assert.equal(Buffer.from(Value, 'base64').toString(), 'first')
    assert.equal((await kv('set', '--cas', String(ModifyIndex), 'cas', 'second')).exitCode, 0)
    assert.equal((await kv('get', 'cas')).stdout, 'second')
  })

  it('deletes one key, and says when there was none', async () => {
    await kv('set', 'del/a', 'x')
    assert.equal(seen(await kv('del', 'del/a')), 'del/a is deleted\n=> 0')
    assert.equal(seen(await kv('del', 'del/a')), 'del/a was not there\n=> 0')
  })

  it('deletes a key and all under it, never its neighbours, by the old words and the new', async () => {
    for (const form of [['tree/a?recurse'], ['tree/a', '--recurse']]) {
      for (const key of ['tree/a', 'tree/a/b', 'tree/a/b/c', 'tree/ab']) await kv('set', key, 'x')
      assert.equal(seen(await kv('del', ...form)), 'tree/a and what was under it: 3 keys are deleted\n=> 0')
      assert.deepEqual(linesOf(await kv('ls', 'tree')), ['ab'])
    }
  })

  it('lists and deletes a hundred thousand keys', async () => {
    const { h1 } = lab()
    const batch = (from: number) =>
      JSON.stringify(
        Array.from({ length: 64 }, (_, n) => ({
          KV: { Verb: 'set', Key: `many/${String(from + n).padStart(6, '0')}`, Value: '' },
        })),
      )
    const bodies = Array.from({ length: Math.ceil(100_000 / 64) }, (_, n) => batch(n * 64)).join('\n')
    const send = `split -l 100 --filter='while read -r body; do printf "%s\\n" "next" "url=http://127.0.0.1:8500/v1/txn" "request=PUT" "output=/dev/null" "fail"; printf "data=\\"%s\\"\\n" "$(printf %s "$body" | sed "s/\\"/\\\\\\\\\\"/g")"; done | curl -sS -K -' -`
    await h1.run(send, { input: bodies + '\n' })
    const listed = await h1.run('arpanet kv ls many')
    assert.equal(linesOf(listed).length, 100_032)
    assert.equal((await h1.run('arpanet kv ls many | head -n 1')).stdout, '000000\n')
    assert.match((await kv('del', 'many?recurse')).stdout, /100032 keys are deleted/)
    assert.equal((await kv('ls', 'many')).stdout, '')
  })

  it('names the address that it tried when nobody answers', async () => {
    const refused = await lab().h1.exec('CONSUL_PORT=8511 arpanet kv get a')
    assert.equal(
      seen(refused),
      'Consul: no answer at http://192.0.2.1:8511: connection refused\n  arpanet info\n=> 4',
    )
  })
})
