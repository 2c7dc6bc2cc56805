import assert from 'node:assert/strict'
import { mayLeave } from '../../../src/stack/leave.ts'

describe('leave', () => {
  const cases: [alive: number, voters: number, expected: boolean][] = [
    [1, 1, false],
    [1, 2, false],
    [2, 2, true],
    [1, 3, false],
    [2, 3, false],
    [3, 3, true],
    [2, 4, false],
    [3, 4, true],
    [4, 4, true],
    [2, 5, false],
    [3, 5, false],
    [4, 5, true],
    [5, 5, true],
    [0, 0, false],
  ]
  for (const [alive, voters, expected] of cases) {
    it(`a server ${expected ? 'leaves' : 'stays a member'} with ${alive} of ${voters} alive`, () => {
      assert.equal(mayLeave({ voters, alive }), expected)
    })
  }
})
