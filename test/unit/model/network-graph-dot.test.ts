import assert from 'node:assert/strict'
import fc from 'fast-check'
import { networkDot } from '../../../src/model/network-graph-dot.ts'
import type { NetworkView } from '../../../src/model/network-view.ts'
import { linesOf, parseDot } from './dot-grammar.ts'
import { aNetwork, aPeer, hostile } from './network-states.ts'

const dot = (changes: Partial<NetworkView>) => networkDot(aNetwork(changes)).join('\n')
const shown = (text: string) => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')

describe('the overlay in DOT', () => {
  const peers = [
    aPeer(2),
    aPeer(3, { state: 'silent', reason: 'no answer for 15 s' }),
    aPeer(4),
    aPeer(5, { state: 'lost' }),
    aPeer(6, { state: 'left out', reason: 'its subnet overlaps 10.210.1.0/24' }),
  ]

  it('is a node for each host, and an edge for each tunnel of this one', () => {
    assert.equal(
      dot({ peers }),
      String.raw`graph arpanet {
  graph [layout=circo, label="10.210.0.0/16, gre, MTU 1472, bridge docker0, device arpanet1, 2 of 5 peers up"]
  node [shape=box]
  "node1" [label="node1\n192.0.2.1\n10.210.1.0/24", style=bold]
  "node2" [label="node2\n192.0.2.2\n10.210.2.0/24"]
  "node3" [label="node3\n192.0.2.3\n10.210.3.0/24"]
  "node4" [label="node4\n192.0.2.4\n10.210.4.0/24"]
  "node5" [label="node5\n192.0.2.5\n10.210.5.0/24"]
  "node6" [label="node6\n192.0.2.6\n10.210.6.0/24"]
  "node1" -- "node2" [label="up 0.42 ms", style=solid]
  "node1" -- "node3" [label="silent\nno answer for 15 s", style=dashed]
  "node1" -- "node4" [label="up 0.42 ms", style=solid]
  "node1" -- "node5" [label="lost", style=dotted]
  "node1" -- "node6" [label="left out\nits subnet overlaps 10.210.1.0/24", style=dotted]
  "node2" -- { "node3" "node4" } [color=gray, style=dotted]
  "node3" -- { "node4" } [color=gray, style=dotted]
}`,
    )
  })

  it('is a full mesh of those that have links', () => {
    const fifty = Array.from({ length: 49 }, (_, at) => aPeer(at + 2))
    const { nodes, edges } = parseDot(dot({ peers: fifty }))
    assert.equal(nodes.size, 50)
    const pairs = new Set(edges.map(({ from, to }) => [from, to].sort().join(' ')))
    assert.deepEqual([edges.length, pairs.size], [(50 * 49) / 2, (50 * 49) / 2])
    const some = parseDot(dot({ peers }))
    const named = some.edges.map(({ from, to }) => `${from} ${to}`)
    assert.ok(named.includes('node3 node4') && named.includes('node1 node5'))
    assert.ok(!named.includes('node2 node5') && !named.includes('node2 node6'))
  })

  it('is valid for a host that is alone, and one without a lease', () => {
    assert.deepEqual([...parseDot(dot({})).nodes.keys()], ['node1'])
    const { nodes } = parseDot(dot({ host: { name: 'node1', address: '192.0.2.1' } }))
    assert.deepEqual(linesOf(nodes.get('node1')?.label ?? ''), ['node1', '192.0.2.1', 'no lease yet'])
  })

  it('keeps leases apart that say the same name', () => {
    const twice = aPeer(9, { host: 'node2', state: 'left out' })
    const own = aPeer(8, { host: 'node1', state: 'left out' })
    assert.deepEqual(
      [...parseDot(dot({ peers: [aPeer(2), twice, own, aPeer(3)] })).nodes.keys()],
      ['node1 10.210.1.0/24', 'node1 10.210.8.0/24', 'node2 10.210.2.0/24', 'node2 10.210.9.0/24', 'node3'],
    )
  })

  it('is valid whatever is in a lease, and shows it as it is but for what speaks to the terminal', () => {
    const anyUnit = fc.nat(0x2fff).map((code) => String.fromCharCode(code))
    const text = fc.oneof(fc.constantFrom(...hostile), fc.string(), fc.string({ unit: anyUnit }))
    fc.assert(
      fc.property(text, text, text, text, text, (host, address, subnet, reason, driver) => {
        const peer = aPeer(2, { host: `h${host}`, address, subnet, reason })
        const lines = networkDot(aNetwork({ peers: [peer, aPeer(3)], driver }))
        assert.ok(lines.every((line) => shown(line) === line))
        const { nodes, edges } = parseDot(lines.join('\n'))
        assert.equal(nodes.size, 3)
        const labels = [...nodes.values()].map(({ label = '' }) => linesOf(label).join('\n'))
        assert.ok(labels.includes([`h${host}`, address, subnet].map(shown).join('\n')))
        assert.ok(edges.some(({ attributes }) => linesOf(attributes.label ?? '')[1] === shown(reason)))
      }),
    )
  })
})

describe('the grammar of DOT', () => {
  it('refuses what is left open or is of no use', () => {
    for (const broken of [
      'graph a { "b [x=y] }',
      'graph a { b [x=y }',
      'graph { a -- }',
      'graph { } }',
      'a',
    ]) {
      assert.throws(() => parseDot(broken), /^Error: DOT: /)
    }
  })
})
