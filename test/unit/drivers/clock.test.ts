import assert from 'node:assert/strict'
import { until } from '../../../src/drivers/clock.ts'

describe('until', () => {
  it('asks again until there is an answer', async () => {
    const answers = [undefined, undefined, 0, 1]
    assert.equal(await until(() => Promise.resolve(answers.shift()), 5_000, 1), 0)
    assert.deepEqual(answers, [1])
  })

  it('asks once even without a budget', async () => {
    assert.equal(await until(() => Promise.resolve('yes'), 0, 1), 'yes')
    assert.equal(await until<string>(() => Promise.resolve(undefined), 0, 1), undefined)
  })

  it('does not ask again after an error', async () => {
    let asked = 0
    const ask = () => {
      asked += 1
      return Promise.reject(new Error('no'))
    }
    await assert.rejects(until(ask, 5_000, 1), /no/)
    assert.equal(asked, 1)
  })
})
