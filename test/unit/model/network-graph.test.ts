import assert from 'node:assert/strict'
import fc from 'fast-check'
import { networkPicture } from '../../../src/model/network-graph.ts'
import type { NetworkView } from '../../../src/model/network-view.ts'
import { aNetwork, aPeer, hostile } from './network-states.ts'

const picture = (changes: Partial<NetworkView>, widthColumns = 80) =>
  `\n${networkPicture(aNetwork(changes), widthColumns).join('\n')}\n`

const upTo = (last: number) => Array.from({ length: last - 1 }, (_, at) => aPeer(at + 2))

describe('the picture of the overlay', () => {
  it('is a box for a host that is alone', () => {
    assert.equal(
      picture({}),
      `
┌─ this host ───┐
│ node1         │
│ 192.0.2.1     │
│ 10.210.1.0/24 │
└───────────────┘
`,
    )
  })

  it('has a line for a peer', () => {
    assert.equal(
      picture({ peers: upTo(2) }),
      `
┌─ this host ───┐
│ node1         │
│ 192.0.2.1     ├──── up ─── 0.42 ms ── node2  192.0.2.2  10.210.2.0/24
│ 10.210.1.0/24 │
└───────────────┘
`,
    )
  })

  it('shows by its line how a tunnel does', () => {
    const peers = [
      aPeer(2, { roundTripMs: 12.36 }),
      aPeer(3, { state: 'silent', reason: 'no answer' }),
      aPeer(4, { state: 'lost' }),
      aPeer(10, { state: 'left out' }),
    ]
    assert.equal(
      picture({ peers }),
      `
┌─ this host ───┐  ┌─ up ─── 12.4 ms ── node2   192.0.2.2   10.210.2.0/24
│ node1         │  ├╌ silent ╌╌╌╌╌╌╌╌╌╌ node3   192.0.2.3   10.210.3.0/24
│ 192.0.2.1     ├──┼┈ lost ┈┈┈┈┈┈┈┈┈┈┈┈ node4   192.0.2.4   10.210.4.0/24
│ 10.210.1.0/24 │  └┈ left out ┈┈┈┈┈┈┈┈ node10  192.0.2.10  10.210.10.0/24
└───────────────┘
`,
    )
  })

  it('keeps the host in the middle of more lines than its box has', () => {
    assert.equal(
      picture({ peers: upTo(8), host: { name: 'n1', address: '192.0.2.1' } }),
      `
                  ┌─ up ─── 0.42 ms ── node2  192.0.2.2  10.210.2.0/24
┌─ this host ──┐  ├─ up ─── 0.42 ms ── node3  192.0.2.3  10.210.3.0/24
│ n1           │  ├─ up ─── 0.42 ms ── node4  192.0.2.4  10.210.4.0/24
│ 192.0.2.1    ├──┼─ up ─── 0.42 ms ── node5  192.0.2.5  10.210.5.0/24
│ no lease yet │  ├─ up ─── 0.42 ms ── node6  192.0.2.6  10.210.6.0/24
└──────────────┘  ├─ up ─── 0.42 ms ── node7  192.0.2.7  10.210.7.0/24
                  └─ up ─── 0.42 ms ── node8  192.0.2.8  10.210.8.0/24
`,
    )
  })

  it('leaves out subnets and cuts names where the terminal is too narrow for them', () => {
    const named = (number: number) => `ip-10-0-0-12${number}.internal.example`
    const host = { name: named(1), address: '192.168.100.121', subnet: '10.210.121.0/24' }
    const peers = [2, 3].map((number) =>
      aPeer(number, { host: named(number), address: `192.168.100.12${number}` }),
    )
    assert.equal(
      picture({ host, peers }),
      `
┌─ this host ────────┐
│ ip-10-0-0-121.int… │  ┌─ up ─── 0.42 ms ── ip-10-0-0-122.int…  192.168.100.122
│ 192.168.100.121    ├──┴─ up ─── 0.42 ms ── ip-10-0-0-123.int…  192.168.100.123
│ 10.210.121.0/24    │
└────────────────────┘
`,
    )
    assert.match(
      picture({ host, peers }, 120),
      /ip-10-0-0-123\.internal\.example {2}192\.168\.100\.123 {2}10\./,
    )
  })

  it('has a line for each of any number of peers, and never more than the terminal has columns', () => {
    const numbers = fc.integer({ min: 2, max: 60 })
    const peer = fc.record({
      host: fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme-ascii' }),
      address: fc.ipV4(),
      state: fc.constantFrom('up', 'silent', 'lost', 'left out'),
      roundTripMs: fc.option(fc.double({ min: 0, max: 9_999, noNaN: true }), { nil: undefined }),
    })
    const peersOf = numbers.chain((last) => fc.array(peer, { minLength: last - 1, maxLength: last - 1 }))
    fc.assert(
      fc.property(peersOf, fc.integer({ min: 72, max: 200 }), (all, widthColumns) => {
        const peers = all.map((changes, at) => aPeer(at + 2, changes))
        const lines = networkPicture(aNetwork({ peers }), widthColumns)
        assert.ok(lines.every(({ length }) => length <= widthColumns))
        assert.equal(lines.length, Math.max(5, peers.length))
        for (const state of ['up', 'silent', 'lost', 'left out']) {
          const drawn = lines.filter((line) => new RegExp(`[├┌└┬┴┼─][─╌┈] ${state} [─╌┈]`).test(line))
          assert.equal(drawn.length, peers.filter((each) => each.state === state).length, lines.join('\n'))
        }
      }),
      { numRuns: 50 },
    )
  })

  it('is one of nothing that speaks to the terminal', () => {
    const peers = hostile.map((text, at) => aPeer(at + 2, { host: text, address: text, subnet: text }))
    for (const text of hostile) {
      const lines = networkPicture(aNetwork({ host: { name: text, address: text, subnet: text }, peers }), 80)
      assert.doesNotMatch(lines.join(''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      assert.ok(lines.every(({ length }) => length <= 80))
    }
  })
})
