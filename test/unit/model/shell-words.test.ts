import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { shellLine } from '../../../src/model/shell-words.ts'

describe('a line for a shell', () => {
  it('quotes only what needs it', () => {
    assert.equal(shellLine(['docker', 'run', '--name=a_b', '/x:/y:ro']), 'docker run --name=a_b /x:/y:ro')
    assert.equal(shellLine(['a b', "it's", '$x', '']), `'a b' 'it'\\''s' '$x' ''`)
  })

  it('is split by a shell into the words that it was made of', () => {
    const word = fc.string({ unit: fc.constantFrom(...Array.from(' \'"$`\\!*?;&|<>()#~=\n\tab')) })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const line = `printf '%s\\0' ${shellLine(words)}`
        assert.deepEqual(
          String(execFileSync('sh', ['-c', line]))
            .split('\0')
            .slice(0, -1),
          words,
        )
      }),
      { numRuns: 100 },
    )
  })
})
