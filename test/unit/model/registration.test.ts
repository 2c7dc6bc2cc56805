import assert from 'node:assert/strict'
import { markOf, type Registration } from '../../../src/model/registration.ts'

const web: Registration = {
  id: 'h1:web:80',
  name: 'web',
  address: '192.0.2.1',
  port: 80,
  tags: ['a'],
  meta: { status: 'new', colour: 'blue' },
  checks: [{ kind: 'health', status: 'passing', interval: '0s' }],
}

describe('the mark of a registration', () => {
  it('is the same whatever the order of keys, and whatever Docker says of its health', () => {
    const same = {
      ...{ checks: [{ interval: '0s', status: 'critical', kind: 'health' }], port: 80, tags: ['a'] },
      ...{ address: '192.0.2.1', meta: { colour: 'blue', status: 'new' }, name: 'web', id: 'h1:web:80' },
    } as Registration
    assert.equal(markOf(same), markOf(web))
  })

  const others: Record<string, Partial<Registration>> = {
    'another port': { port: 81 },
    'another tag': { tags: ['b'] },
    'an attribute that is called status': { meta: { status: 'old', colour: 'blue' } },
    'another check': { checks: [{ kind: 'tcp', address: '192.0.2.1:80', interval: '10s' }] },
    'no check': { checks: [] },
  }
  for (const [what, change] of Object.entries(others)) {
    it(`is another for ${what}`, () => assert.notEqual(markOf({ ...web, ...change }), markOf(web)))
  }
})
