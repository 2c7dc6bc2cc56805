import assert from 'node:assert/strict'
import KvDel from '../../../src/commands/kv/del.ts'
import KvGet from '../../../src/commands/kv/get.ts'
import KvInfo from '../../../src/commands/kv/info.ts'
import KvLs from '../../../src/commands/kv/ls.ts'
import KvSet from '../../../src/commands/kv/set.ts'
import { valueLimitBytes } from '../../../src/model/key.ts'
import { runOn } from '../../support/command.ts'
import { fakeKeyValue } from '../../support/key-value.ts'

const done = (stdout: string) => ({ stdout, stderr: '', exitCode: 0 })
const failed = (exitCode: number, message: string) => ({ stdout: '', stderr: `${message}\n`, exitCode })

describe('kv', () => {
  const tree = () => fakeKeyValue({ a: '1', 'a/b': '2', 'a/c/d': '3', ab: '4' })

  it('get writes the value and nothing else, however many slashes its key has', async () => {
    const kv = fakeKeyValue({ 'a/b': ' one\ntwo', empty: '' })
    assert.deepEqual(await runOn({ kv }, KvGet, 'kv get', '//a//b/'), done(' one\ntwo'))
    assert.deepEqual(await runOn({ kv }, KvGet, 'kv get', 'empty'), done(''))
  })

  it('get and info exit 6 where there is no such key', async () => {
    assert.deepEqual(await runOn({}, KvGet, 'kv get', '/a/'), failed(6, 'kv get: no key "a"'))
    assert.deepEqual(await runOn({}, KvInfo, 'kv info', 'a'), failed(6, 'kv info: no key "a"'))
  })

  it('set takes the value as it is, and says how long it was', async () => {
    const kv = fakeKeyValue()
    assert.deepEqual(await runOn({ kv }, KvSet, 'kv set', '/a', ' ü '), done('a is set (4 bytes)\n'))
    assert.deepEqual(await runOn({ kv }, KvGet, 'kv get', 'a'), done(' ü '))
  })

  it('set reads standard input, up to the limit and not beyond', async () => {
    const kv = fakeKeyValue()
    const whole = await runOn({ kv, input: Buffer.alloc(valueLimitBytes) }, KvSet, 'kv set', 'a', '-')
    assert.deepEqual(whole, done(`a is set (${valueLimitBytes} bytes)\n`))
    const long = await runOn({ kv, input: Buffer.alloc(valueLimitBytes + 1) }, KvSet, 'kv set', 'b', '-')
    assert.deepEqual(long, failed(2, 'kv set: expected a value of 524288 bytes at most, got more'))
    assert.deepEqual(await kv.keys(''), ['a'])
  })

  it('set --cas 0 sets only what is not there', async () => {
    const kv = fakeKeyValue()
    assert.equal((await runOn({ kv }, KvSet, 'kv set', '--cas', '0', 'a', '1')).exitCode, 0)
    assert.deepEqual(
      await runOn({ kv }, KvSet, 'kv set', '--cas', '0', 'a', '2'),
      failed(5, 'kv set: "a" is there already'),
    )
  })

  it('set --cas sets only what nobody changed', async () => {
    const kv = fakeKeyValue({ a: '1' })
    assert.equal((await runOn({ kv }, KvSet, 'kv set', 'a', '2', '--cas=1')).exitCode, 0)
    assert.deepEqual(
      await runOn({ kv }, KvSet, 'kv set', '--cas', '1', 'a', '3'),
      failed(5, 'kv set: "a" is not at index 1: it was changed, or is not there'),
    )
  })

  it('ls prints one key a line, relative to the folder', async () => {
    assert.deepEqual(await runOn({ kv: tree() }, KvLs, 'kv ls', '/a/'), done('b\nc/d\n'))
    assert.deepEqual(await runOn({ kv: tree() }, KvLs, 'kv ls'), done('a\na/b\na/c/d\nab\n'))
    assert.deepEqual(await runOn({ kv: tree() }, KvLs, 'kv ls', 'z'), done(''))
  })

  it('ls --json prints an array', async () => {
    assert.deepEqual(
      await runOn({ kv: tree() }, KvLs, 'kv ls', '--json', 'a'),
      done('[\n  "b",\n  "c/d"\n]\n'),
    )
    assert.deepEqual(await runOn({}, KvLs, 'kv ls', '--json'), done('[]\n'))
  })

  it('del deletes one key, and says whether it was there', async () => {
    const kv = tree()
    assert.deepEqual(await runOn({ kv }, KvDel, 'kv del', 'a'), done('a is deleted\n'))
    assert.deepEqual(await runOn({ kv }, KvDel, 'kv del', 'a'), done('a was not there\n'))
    assert.deepEqual(await kv.keys(''), ['a/b', 'a/c/d', 'ab'])
  })

  for (const argv of [['a?recurse'], ['--recurse', 'a'], ['-r', '/a/'], ['a/?recurse', '--recurse']]) {
    it(`del ${argv.join(' ')} deletes the key and what is under it, and not its neighbours`, async () => {
      const kv = tree()
      assert.deepEqual(
        await runOn({ kv }, KvDel, 'kv del', ...argv),
        done('a and what was under it: 3 keys are deleted\n'),
      )
      assert.deepEqual(await kv.keys(''), ['ab'])
    })
  }

  it('info prints what Consul keeps', async () => {
    const { stdout } = await runOn({ kv: tree() }, KvInfo, 'kv info', 'a')
    assert.deepEqual(JSON.parse(stdout), [{ Key: 'a', ModifyIndex: 1, Value: 'MQ==' }])
  })
})
