import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  hasControlCharacter,
  hasDotSegment,
  isWithin,
  normaliseKey,
  relativeTo,
  splitRecurse,
} from '../../../src/model/key.ts'

/** Texts with more slashes than chance gives. */
const keys = fc
  .array(fc.oneof(fc.constant('/'), fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 12 })
  .map((parts) => parts.join(''))

describe('key', () => {
  const normal: Record<string, string> = {
    'a/b': 'a/b',
    '/a/b': 'a/b',
    'a/b/': 'a/b',
    '//a///b//': 'a/b',
    '/': '',
    '': '',
    ' a / b ': ' a / b ',
    'ü/%2F/?': 'ü/%2F/?',
    '.': '.',
  }
  for (const [text, expected] of Object.entries(normal)) {
    it(`${JSON.stringify(text)} is stored as ${JSON.stringify(expected)}`, () => {
      assert.equal(normaliseKey(text), expected)
    })
  }

  it('a key that is normal stays as it is', () => {
    fc.assert(fc.property(keys, (key) => normaliseKey(normaliseKey(key)) === normaliseKey(key)))
  })

  it('a normal key has the same names as before, and no empty one', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const names = key.split('/').filter((name) => name !== '')
        assert.equal(normaliseKey(key), names.join('/'))
      }),
    )
  })

  const recursive: Record<string, { key: string; recurse: boolean }> = {
    'a?recurse': { key: 'a', recurse: true },
    'a/b/?recurse': { key: 'a/b/', recurse: true },
    'a?recurse?recurse': { key: 'a?recurse', recurse: true },
    '?recurse': { key: '', recurse: true },
    a: { key: 'a', recurse: false },
    'a?recurse/b': { key: 'a?recurse/b', recurse: false },
    'a?': { key: 'a?', recurse: false },
    'a?Recurse': { key: 'a?Recurse', recurse: false },
  }
  for (const [text, expected] of Object.entries(recursive)) {
    it(`${text} means ${expected.recurse ? 'all under' : 'only'} "${expected.key}"`, () => {
      assert.deepEqual(splitRecurse(text), expected)
    })
  }

  it('lists keys relative to a folder, without its neighbours and the folder itself', () => {
    const all = ['a', 'a/', 'a/b', 'a/c/d', 'ab', 'ab/c', 'b/a/x']
    assert.deepEqual(relativeTo('a', all), ['b', 'c/d'])
  })

  it('lists all keys whole at the root', () => {
    assert.deepEqual(relativeTo('', ['a', 'a/b', 'c']), ['a', 'a/b', 'c'])
  })

  it('a key under a folder is the folder, a slash and what is listed', () => {
    const name = fc.string({ minLength: 1, maxLength: 5 }).filter((text) => !text.includes('/'))
    fc.assert(
      fc.property(name, fc.uniqueArray(name), (folder, names) => {
        assert.deepEqual(
          relativeTo(
            folder,
            names.map((each) => `${folder}/${each}`),
          ),
          names,
        )
      }),
    )
  })

  const within: [string, string, boolean][] = [
    ['a', 'a', true],
    ['a', 'a/b', true],
    ['a', 'a/b/c', true],
    ['a', 'ab', false],
    ['a', 'b/a', false],
    ['a/b', 'a', false],
  ]
  for (const [folder, key, expected] of within) {
    it(`deleting all of ${folder} ${expected ? 'takes' : 'leaves'} ${key}`, () => {
      assert.equal(isWithin(folder, key), expected)
    })
  }

  const dotted: Record<string, boolean> = {
    'a/../b': true,
    './a': true,
    'a/..': true,
    '.': true,
    'a/...': false,
    '.a/b.': false,
    'a..b': false,
  }
  for (const [key, expected] of Object.entries(dotted)) {
    it(`${key} ${expected ? 'would be folded' : 'reaches Consul as it is'}`, () => {
      assert.equal(hasDotSegment(key), expected)
    })
  }

  const control: Record<string, boolean> = {
    'a\nb': true,
    '\0': true,
    'a\x7f': true,
    'a\x85': true,
    'a b': false,
    'ключ/鍵/🔑': false,
  }
  for (const [key, expected] of Object.entries(control)) {
    it(`${JSON.stringify(key)} has ${expected ? 'a' : 'no'} control character`, () => {
      assert.equal(hasControlCharacter(key), expected)
    })
  }
})
