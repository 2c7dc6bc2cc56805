import assert from 'node:assert/strict'
import { Following } from '../../../../src/agents/tunnel/following.ts'
import type { Asked, Heard } from '../../../../src/drivers/consul/consul.ts'
import { settle } from '../../../support/fake-clock.ts'

/** A Consul whose answers are given one by one. */
function consul() {
  const questions: { asked: Asked; answer: (heard: Heard<string>) => void; fail: (error: Error) => void }[] =
    []
  const ask = (asked: Asked) =>
    new Promise<Heard<string>>((answer, fail) => questions.push({ asked, answer, fail }))
  const next = async () => {
    await settle()
    return questions.shift() ?? assert.fail('nothing is asked')
  }
  return { ask, next }
}

describe('what is followed in Consul', () => {
  it('is asked at once, and then again and again, and tells where it is another', async () => {
    const { ask, next } = consul()
    const reasons: string[] = []
    const followed = new Following('it', ask)
    let isOpen = false
    const over = followed.source.listen(
      (reason) => reasons.push(reason),
      () => (isOpen = true),
      new AbortController().signal,
    )
    const first = await next()
    assert.deepEqual([first.asked.waits, first.asked.index, followed.value], [false, undefined, undefined])
    first.answer({ value: 'a', index: '5' })
    const second = await next()
    assert.deepEqual([second.asked.waits, second.asked.index, isOpen], [true, '5', true])
    assert.deepEqual([followed.value, reasons], ['a', []])
    second.answer({ value: 'a', index: '5' })
    const third = await next()
    assert.deepEqual(reasons, [])
    third.answer({ value: 'b', index: '6' })
    const fourth = await next()
    assert.deepEqual([followed.value, reasons], ['b', ['it is another']])
    fourth.fail(new Error('no answer'))
    await assert.rejects(over, /no answer/)
    assert.equal(followed.value, 'b')
  })

  it('is asked with all certainty where Consul counts anew', async () => {
    const { ask, next } = consul()
    const followed = new Following('it', ask)
    void followed.source.listen(
      () => undefined,
      () => undefined,
      new AbortController().signal,
    )
    ;(await next()).answer({ value: 'a', index: '5' })
    ;(await next()).answer({ value: 'nothing', index: '1' })
    const again = await next()
    assert.equal(again.asked.waits, false)
    assert.equal(followed.value, 'a')
    again.answer({ value: 'c', index: '2' })
    await next()
    assert.equal(followed.value, 'c')
  })
})
