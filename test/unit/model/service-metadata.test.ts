import assert from 'node:assert/strict'
import { isYes, splitTags } from '../../../src/model/service-metadata.ts'

describe('SERVICE_ variables', () => {
  const tags: [string, string[]][] = [
    ['', []],
    ['foobar', ['foobar']],
    ['foo,bar', ['foo', 'bar']],
    [String.raw`foo\,bar`, ['foo,bar']],
    [String.raw`foo,bar\,baz`, ['foo', 'bar,baz']],
    [String.raw`\,foobar\,`, [',foobar,']],
    [',,,,foo,,,bar,,,', ['foo', 'bar']],
    [',,,,', []],
    [String.raw`,,\,,`, [',']],
    [String.raw`a\b,c\\,d`, [String.raw`a\b`, String.raw`c\,d`]],
    [' a , b ', [' a ', ' b ']],
  ]
  for (const [text, expected] of tags) {
    it(`the tags '${text}' are ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(splitTags(text), expected)
    })
  }

  it('tell yes from no', () => {
    assert.deepEqual(['1', 'true', 'yes', 'maybe', 'on'].map(isYes), Array(5).fill(true))
    assert.deepEqual(
      [undefined, '', ' ', '0', 'no', 'Off', 'FALSE', ' false '].map(isYes),
      Array(8).fill(false),
    )
  })
})
