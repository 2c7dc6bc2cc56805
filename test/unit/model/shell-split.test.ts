import assert from 'node:assert/strict'
import fc from 'fast-check'
import { splitWords } from '../../../src/model/shell-split.ts'
import { shellLine } from '../../../src/model/shell-words.ts'

describe('the words of a line of shell', () => {
  const split: Record<string, string[] | undefined> = {
    '': [],
    ' \t a  b\n': ['a', 'b'],
    "'a b'c": ['a bc'],
    '"a b" ""': ['a b', ''],
    'a\\ b \\"': ['a b', '"'],
    '"a \\" \\\\ \\n \\$x"': ['a " \\ \\n $x'],
    'a;b | $c *': ['a;b', '|', '$c', '*'],
    'a\\\nb': ['ab'],
    "it's": undefined,
    '"a': undefined,
    'a\\': undefined,
    'a\0b': undefined,
  }
  for (const [line, words] of Object.entries(split)) {
    it(JSON.stringify(line), () => {
      assert.deepEqual(splitWords(line), words)
    })
  }

  it('are those that the line was made of', () => {
    const word = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'))
    fc.assert(
      fc.property(fc.array(word), (words) => {
        assert.deepEqual(splitWords(shellLine(words)), words)
      }),
    )
  })
})
