import assert from 'node:assert/strict'
import type { Change, KeyValue, Sessions } from '../../src/drivers/consul/consul.ts'

/** What every Consul does with sessions and the keys that are tied to them, real or fake. */
export function sessionContract(make: () => { kv: KeyValue; sessions: Sessions }): void {
  const set = (key: string, value: string | Buffer, index = 0, heldBy?: string): Change => ({
    verb: 'set',
    key,
    value: Buffer.from(value),
    index,
    heldBy,
  })
  const leafOf = async (key: string) =>
    (await make().kv.tree(key.split('/')[0] ?? '')).leaves.find((leaf) => leaf.key === key)
  let session = ''
  before(async () => (session = await make().sessions.create('a test', 90)))
  after(() => make().sessions.destroy(session))

  it('knows whether a session is there', async () => {
    const { sessions } = make()
    assert.equal(await sessions.renew(session), true)
    const other = await sessions.create('another', 90)
    assert.notEqual(other, session)
    await sessions.destroy(other)
    await sessions.destroy(other)
    assert.equal(await sessions.renew(other), false)
    assert.equal(await sessions.renew('00000000-0000-0000-0000-000000000000'), false)
  })

  it('reads a tree without its neighbours, and one that is not there as empty', async () => {
    for (const key of ['wood', 'wood/b', 'wood/a/a', 'woods/a']) await make().kv.set(key, Buffer.from(key))
    await make().kv.set('wood/empty', Buffer.alloc(0))
    const { leaves } = await make().kv.tree('wood')
    assert.deepEqual(
      leaves.map(({ key, value, session }) => [key, String(value), session]),
      [
        ['wood/a/a', 'wood/a/a', undefined],
        ['wood/b', 'wood/b', undefined],
        ['wood/empty', '', undefined],
      ],
    )
    assert.deepEqual((await make().kv.tree('nowhere')).leaves, [])
  })

  it('gives back the tree that is known while nothing under it is another', async () => {
    const keys = ['known/a', 'known/b']
    for (const key of keys) await make().kv.set(key, Buffer.from('1'))
    const known = await make().kv.tree('known')
    await make().kv.set('elsewhere', Buffer.from('1'))
    assert.equal(await make().kv.tree('known', known), known)
    await make().kv.set('known/b', Buffer.from('2'))
    const changed = await make().kv.tree('known', known)
    assert.equal(String(changed.leaves[1]?.value), '2')
    await make().kv.remove('known/a')
    assert.equal((await make().kv.tree('known', changed)).leaves.length, 1)
    await make().kv.remove('known/b')
    assert.deepEqual((await make().kv.tree('known', changed)).leaves, [])
  })

  it('sets in the name of a session only what is as it was seen, removes likewise, and says what it refused', async () => {
    assert.deepEqual(await make().kv.change(session, [set('held/a', '1'), set('held/b', '1')]), [])
    const a = await leafOf('held/a')
    assert.deepEqual([String(a?.value), a?.session], ['1', session])
    await make().kv.set('held/foreign', Buffer.from('mine'))
    const refused = await make().kv.change(session, [
      set('held/a', '2', a?.index),
      set('held/foreign', 'yours'),
      { verb: 'remove', key: 'held/b', index: 1 },
      set('held/c', '1'),
    ])
    assert.deepEqual(
      refused.map(({ key }) => key),
      ['held/foreign', 'held/b'],
    )
    assert.equal(String((await leafOf('held/a'))?.value), '2')
    assert.equal(String((await leafOf('held/foreign'))?.value), 'mine')
    assert.equal(String((await leafOf('held/c'))?.value), '1')
    const b = await leafOf('held/b')
    const remove: Change = { verb: 'remove', key: 'held/b', index: b?.index ?? 0 }
    assert.deepEqual(await make().kv.change(session, [remove, remove]), [])
    assert.equal(await leafOf('held/b'), undefined)
  })

  it('takes a key over from another session of ours, and from nobody else', async () => {
    const other = await make().sessions.create('another', 90)
    await make().kv.change(other, [set('taken/a', '1'), set('taken/b', '1')])
    const [a, b] = [await leafOf('taken/a'), await leafOf('taken/b')]
    const refused = await make().kv.change(session, [
      set('taken/a', '2', a?.index, other),
      set('taken/b', '2', b?.index),
    ])
    assert.deepEqual(
      refused.map(({ key }) => key),
      ['taken/b'],
    )
    await make().sessions.destroy(other)
    const { leaves } = await make().kv.tree('taken')
    assert.deepEqual(
      leaves.map(({ key, value, session: holder }) => [key, String(value), holder]),
      [['taken/a', '2', session]],
    )
  })

  it('refuses every key of a session that is none', async () => {
    const refused = await make().kv.change('00000000-0000-0000-0000-000000000000', [set('none/a', '1')])
    assert.match(refused[0]?.why ?? '', /invalid session/)
    assert.equal(await leafOf('none/a'), undefined)
  })

  it('sets and removes more than one transaction holds, and values up to the limit', async () => {
    const many = Array.from({ length: 300 }, (_, at) => set(`many/${at}`, 'x'.repeat(8_000)))
    const whole = Buffer.alloc(512 * 1024, 1)
    assert.deepEqual(await make().kv.change(session, [...many, set('many/whole', whole)]), [])
    const { leaves } = await make().kv.tree('many')
    assert.equal(leaves.length, 301)
    assert.ok(leaves.every((leaf) => leaf.session === session))
    assert.ok((await leafOf('many/whole'))?.value.equals(whole))
    const all = leaves.map(({ key, index }): Change => ({ verb: 'remove', key, index }))
    assert.deepEqual(await make().kv.change(session, all), [])
    assert.deepEqual((await make().kv.tree('many')).leaves, [])
  })

  it('loses what a session held when it ends', async () => {
    const other = await make().sessions.create('another', 90)
    await make().kv.change(other, [set('gone/a', '1')])
    await make().sessions.destroy(other)
    assert.deepEqual((await make().kv.tree('gone')).leaves, [])
  })
}
