import assert from 'node:assert/strict'
import { nearest } from '../../../src/model/nearest.ts'

describe('nearest', () => {
  const cases: [word: string, names: string[], expected: string | undefined][] = [
    ['ARPANET_IPP', ['HOSTNAME', 'ARPANET_IP', 'ARPANET_IMAGE'], 'ARPANET_IP'],
    ['ARPANET_IMGAE', ['ARPANET_IP', 'ARPANET_IMAGE'], 'ARPANET_IMAGE'],
    ['jsno', ['json', 'recurse'], 'json'],
    ['KV', ['kv', 'info'], 'kv'],
    ['kv', ['kv', 'kv get'], 'kv'],
    ['frobnicate', ['kv', 'info', 'stop'], undefined],
    ['x', [], undefined],
    ['', ['kv'], undefined],
  ]
  for (const [word, names, expected] of cases) {
    it(`"${word}" means ${expected ?? 'nothing'} among ${names.join(', ') || 'no names'}`, () => {
      assert.equal(nearest(word, names), expected)
    })
  }

  it('takes the nearer of two', () => {
    assert.equal(nearest('infos', ['infor', 'info', 'infosys']), 'infor')
    assert.equal(nearest('infos', ['infosys', 'info']), 'info')
  })
})
