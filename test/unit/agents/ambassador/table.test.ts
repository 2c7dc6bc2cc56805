import assert from 'node:assert/strict'
import { scripts } from '../../../../src/agents/ambassador/kernel/ruleset.ts'
import { canonical } from '../../../../src/agents/ambassador/kernel/table.ts'
import { aPool, anInstance, aRoute, aTable } from './table-states.ts'

describe('a canonical table', () => {
  it('has addresses as the kernel writes them, and each instance once', () => {
    const instances = ['FD00:0::1', 'fd00::1', '::ffff:192.0.2.1'].map((address) => anInstance(address))
    assert.deepEqual(canonical(aTable({ routes: [], pools: [{ id: 'a', instances }] })).pools[0]?.instances, [
      anInstance('192.0.2.1'),
      anInstance('fd00::1'),
    ])
  })

  it('has the smallest weights of the same proportion', () => {
    const instances = [anInstance('192.0.2.1', { weight: 4 }), anInstance('192.0.2.2', { weight: 6 })]
    const [pool] = canonical(aTable({ routes: [], pools: [{ id: 'a', instances }] })).pools
    assert.deepEqual(
      pool?.instances?.map(({ weight }) => weight),
      [2, 3],
    )
  })

  const refused = {
    'an id that is none': { routes: [], pools: [aPool('a; flush ruleset', [])] },
    'an address that is none': { routes: [], pools: [aPool('a', ['192.0.2.1; flush ruleset'])] },
    'an address of a zone': { routes: [], pools: [aPool('a', ['fe80::1%eth0'])] },
    'a port that is none': { routes: [aRoute('a', { port: 0 })], pools: [aPool('a', [])] },
    'a route to no pool': { routes: [aRoute('b')], pools: [aPool('a', [])] },
    'two pools of one id': { routes: [], pools: [aPool('a', []), aPool('a', [])] },
  }
  for (const [what, table] of Object.entries(refused)) {
    it(`is none with ${what}`, () => assert.throws(() => canonical(aTable(table)), { name: 'ArpanetError' }))
  }

  it('is refused again where it is written', () => {
    assert.throws(() => scripts.route(undefined, aRoute('a b')), /no id of a pool/)
    assert.throws(() => scripts.route(undefined, aRoute('a', { client: '1.2.3.4 }' })), /no IP address/)
  })
})
