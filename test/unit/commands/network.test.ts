import assert from 'node:assert/strict'
import NetworkCommand from '../../../src/commands/network.ts'
import { unavailable } from '../../../src/errors.ts'
import type { NetworkView } from '../../../src/model/network-view.ts'
import { runOn, type Seen } from '../../support/command.ts'
import { parseDot } from '../model/dot-grammar.ts'
import { aNetwork, aPeer, hostile } from '../model/network-states.ts'

/** What the command prints where the agent tells this; with columns on a terminal. */
async function network(
  view: NetworkView,
  argv: readonly string[] = [],
  widthColumns?: number,
): Promise<Seen> {
  const before = ['isTTY', 'columns'].map((key) => [
    key,
    Object.getOwnPropertyDescriptor(process.stdout, key),
  ])
  const set = (isTTY: boolean, columns?: number) => {
    Object.defineProperty(process.stdout, 'isTTY', { value: isTTY, configurable: true })
    Object.defineProperty(process.stdout, 'columns', { value: columns, configurable: true })
  }
  set(widthColumns !== undefined, widthColumns)
  try {
    return await runOn({ json: () => Promise.resolve(view) }, NetworkCommand, 'network', ...argv)
  } finally {
    for (const [key, descriptor] of before as [string, PropertyDescriptor | undefined][]) {
      Reflect.deleteProperty(process.stdout, key)
      if (descriptor !== undefined) Object.defineProperty(process.stdout, key, descriptor)
    }
  }
}

const peers = [
  aPeer(10, { state: 'left out', reason: 'its subnet overlaps 10.210.1.0/24, that of this host' }),
  aPeer(4, { state: 'lost', reason: 'Consul says that it failed' }),
  aPeer(3, { state: 'silent', reason: 'no answer for 15 s' }),
  aPeer(2),
]
const summary = '10.210.0.0/16, gre, MTU 1472, bridge docker0, device arpanet1'

describe('network', () => {
  it('shows this host and the others, how each tunnel does, and why', async () => {
    assert.deepEqual(await network(aNetwork({ peers })), {
      stdout: `${summary}, 1 of 4 peers up
HOST    ADDRESS     SUBNET          STATE      RTT      REASON
node1   192.0.2.1   10.210.1.0/24   this host
node2   192.0.2.2   10.210.2.0/24   up         0.42 ms
node3   192.0.2.3   10.210.3.0/24   silent              no answer for 15 s
node4   192.0.2.4   10.210.4.0/24   lost                Consul says that it failed
node10  192.0.2.10  10.210.10.0/24  left out            its subnet overlaps 10.210.1.0/24, that of this host
`,
      stderr: '',
      exitCode: 0,
    })
  })

  it('says that a host is alone, and has no lease', async () => {
    const { stdout } = await network(aNetwork({ host: { name: 'node1', address: '192.0.2.1' } }))
    assert.equal(
      stdout,
      `${summary}, no peers yet
HOST   ADDRESS    SUBNET  STATE      RTT  REASON
node1  192.0.2.1          this host       no lease yet
no other host is there yet: start the tunnel on each with arpanet start:stack
`,
    )
  })

  it('names below what is wrong on this host', async () => {
    const bridge = { name: 'docker0', fault: 'has 172.17.0.1/16, 10.210.1.1/24 was expected' }
    const { stderr, exitCode } = await network(
      aNetwork({ peers, bridge, faults: ['leases: are old\u001b[2J'] }),
    )
    assert.equal(
      stderr,
      'bridge docker0: has 172.17.0.1/16, 10.210.1.1/24 was expected\nleases: are old?[2J\n',
    )
    assert.equal(exitCode, 0)
  })

  it('prints the same as JSON', async () => {
    const view = aNetwork({ peers, faults: ['leases: are old'] })
    const { stdout, stderr } = await network(view, ['--json'])
    assert.deepEqual([JSON.parse(stdout), stderr], [view, ''])
  })

  it('draws the tunnels on a terminal', async () => {
    const { stdout } = await network(aNetwork({ peers }), ['--graph'], 80)
    assert.equal(
      stdout,
      `${summary}, 1 of 4 peers up
┌─ this host ───┐  ┌─ up ─── 0.42 ms ── node2   192.0.2.2   10.210.2.0/24
│ node1         │  ├╌ silent ╌╌╌╌╌╌╌╌╌╌ node3   192.0.2.3   10.210.3.0/24
│ 192.0.2.1     ├──┼┈ lost ┈┈┈┈┈┈┈┈┈┈┈┈ node4   192.0.2.4   10.210.4.0/24
│ 10.210.1.0/24 │  └┈ left out ┈┈┈┈┈┈┈┈ node10  192.0.2.10  10.210.10.0/24
└───────────────┘
`,
    )
    assert.match((await network(aNetwork(), ['--graph'], 0)).stdout, /no other host is there yet/)
  })

  it('prints DOT where it is asked for, or where a graph goes to no terminal', async () => {
    for (const args of [[['--dot']], [['--dot'], 80], [['--graph']]] as [string[], number?][]) {
      const { stdout, stderr } = await network(aNetwork({ peers, faults: ['leases: are old'] }), ...args)
      const { nodes, edges } = parseDot(stdout)
      assert.deepEqual([nodes.size, edges.length, stderr], [5, 5, 'leases: are old\n'])
    }
  })

  it('prints nothing that speaks to the terminal', async () => {
    const some = hostile.map((text, at) =>
      aPeer(at + 2, { host: text, address: text, subnet: text, reason: text, state: 'left out' }),
    )
    const [name = '', ...faults] = hostile
    const view = aNetwork({ peers: some, faults, bridge: { name, fault: name }, driver: name })
    for (const args of [[], [['--graph'], 80], [['--dot']], [['--json']]] as [string[]?, number?][]) {
      const { stdout, stderr } = await network(view, ...args)
      assert.doesNotMatch(stdout + stderr, /(?!\n)\p{Cc}/u)
      if (args[0]?.[0] === '--json') assert.deepEqual(JSON.parse(stdout), view)
    }
  })

  it('takes one form at a time', async () => {
    for (const [flags, says] of [
      [['--json', '--graph'], 'network: --json and --graph exclude each other\n'],
      [['--json', '--dot'], 'network: --json and --dot exclude each other\n'],
      [['--graph', '--dot'], 'network: --graph and --dot exclude each other\n'],
    ] as const) {
      const { stderr, exitCode } = await network(aNetwork(), flags)
      assert.deepEqual([stderr, exitCode], [says, 2])
    }
  })

  it("asks this host's tunnel agent, and says how to start it where it does not answer", async () => {
    const asked: string[] = []
    const json = (url: string, { of, hint }: { of: string; hint: string }) => {
      asked.push(url, hint)
      return Promise.reject(unavailable(`${of}: no answer at ${url}`, hint))
    }
    const settings = { TUNNEL_PORT: '9700' }
    const { stderr, exitCode } = await runOn({ json, settings }, NetworkCommand, 'network')
    assert.deepEqual(asked, ['http://192.0.2.1:9700/network', 'arpanet start:stack tunnel'])
    assert.deepEqual([stderr, exitCode], ['the tunnel: no answer at http://192.0.2.1:9700/network\n', 4])
  })
})
