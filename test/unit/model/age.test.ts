import assert from 'node:assert/strict'
import { formatAge } from '../../../src/model/age.ts'

describe('an age', () => {
  const seconds: Record<string, number> = {
    '0s': -5,
    '1s': 1.9,
    '119s': 119,
    '2m': 120,
    '119m': 7_199,
    '2h': 7_200,
    '47h': 172_799,
    '2d': 172_800,
    '400d': 34_560_000,
  }
  for (const [text, count] of Object.entries(seconds)) {
    it(`is ${text} after ${count} s`, () => assert.equal(formatAge(count * 1_000), text))
  }
})
