import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  namePatterns,
  redactEnvironment,
  secretArguments,
  withoutSecrets,
} from '../../../src/model/redaction.ts'

describe('redaction', () => {
  it('knows names by patterns, whole', () => {
    const matches = (list: string, name: string) => namePatterns(list).some((pattern) => pattern.test(name))
    assert.ok(matches('A,SERVICE_*', 'SERVICE_80_NAME'))
    assert.ok(matches(' A , B?C ', 'BxC'))
    for (const [list, name] of [
      ['SERVICE_*', 'MY_SERVICE_NAME'],
      ['A.B', 'AxB'],
      ['', ''],
      ['A,,B', 'C'],
      ['a', 'A'],
    ]) {
      assert.ok(!matches(list!, name!), `${list} ${name}`)
    }
  })

  it('leaves nothing of a secret that is a part of another', () => {
    assert.equal(withoutSecrets('a sesame-open b', ['sesame', 'sesame-open']), 'a (hidden) b')
    assert.deepEqual(withoutSecrets({ a: ['$& sesame', 1, null] }, ['sesame']), {
      a: ['$& (hidden)', 1, null],
    })
  })

  it('finds what arguments named like secrets give', () => {
    const words = [
      '-encrypt',
      'a2V5a2V5',
      '--DB-PASSWORD=open sesame',
      '--token',
      '--other',
      '--secret=x',
      'secret',
      'no one',
    ]
    assert.deepEqual(secretArguments(words), ['a2V5a2V5', 'open sesame'])
    assert.deepEqual(secretArguments(['--token']), [])
  })

  it('looks through a long argument at once', () => {
    assert.deepEqual(secretArguments([`--${'token'.repeat(30_000)}`]), [])
  })

  it('shows no value of a variable that may not be shown', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z]{1,8}$/), fc.stringMatching(/^[0-9]{6,20}$/), (name, value) => {
        const { lines, secrets } = redactEnvironment([`${name}=${value}`], () => false)
        assert.deepEqual(lines, [`${name}=(hidden)`])
        assert.ok(!JSON.stringify(withoutSecrets({ a: [`x${value}y`] }, secrets)).includes(value))
      }),
    )
  })
})
