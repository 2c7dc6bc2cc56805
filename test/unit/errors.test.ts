import assert from 'node:assert/strict'
import { conflict, notFound, precondition, unavailable, usage, ArpanetError } from '../../src/errors.ts'

describe('errors', () => {
  const codes = [
    [usage, 2],
    [precondition, 3],
    [unavailable, 4],
    [conflict, 5],
    [notFound, 6],
  ] as const
  for (const [make, exitCode] of codes) {
    it(`${make('').kind} exits ${exitCode}`, () => {
      const cause = new Error('below')
      const error = make('thing: wrong, expected right', 'mend it', cause)
      assert.ok(error instanceof ArpanetError)
      assert.deepEqual(
        [error.message, error.hint, error.cause, error.exitCode],
        ['thing: wrong, expected right', 'mend it', cause, exitCode],
      )
    })
  }
})
