import assert from 'node:assert/strict'
import { durationMs } from '../../../src/model/go-duration.ts'

describe('a duration of Go', () => {
  const taken: Record<string, number> = {
    '10s': 10_000,
    '1m30s': 90_000,
    '1.5h': 5_400_000,
    '.5s': 500,
    '1.s': 1000,
    '500ms': 500,
    '2us': 0.002,
    '2µs': 0.002,
    '1h1m1s1ms': 3_661_001,
    '2562047h': 9_223_369_200_000,
  }
  for (const [text, milliseconds] of Object.entries(taken)) {
    it(`${text} is ${milliseconds} ms`, () => {
      assert.ok(Math.abs((durationMs(text) ?? NaN) - milliseconds) < 1e-6)
    })
  }
  for (const text of ['', '0', '0s', '10', '-1s', '1d', 's', '.s', '1s ', '1S', '9999999h', 'forever']) {
    it(`'${text}' is none`, () => {
      assert.equal(durationMs(text), undefined)
    })
  }
})
