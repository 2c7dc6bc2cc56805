// The links of hosts in real kernels.
//
//     one (10.78.0.1, 10.210.1.1) ──── under ──── two (10.78.0.2, 10.210.2.1)
//
import assert from 'node:assert/strict'
import { desired } from '../../src/agents/tunnel/desired.ts'
import type { Links } from '../../src/agents/tunnel/desired/links.ts'
import type { LinkDriver, Peer } from '../../src/agents/tunnel/desired/peer.ts'
import { plan, type Actual } from '../../src/agents/tunnel/plan.ts'
import { connect, type Ip } from '../../src/drivers/ip.ts'
import { eventually } from '../lab/eventually.ts'
import { circuit } from '../support/circuit.ts'
import { NetworkNamespace } from '../support/network-namespace.ts'
import { aConfig, aPeer, nothing, statesOf, underlay } from '../unit/agents/tunnel/states.ts'

describe('links in a kernel', function () {
  this.timeout(120_000)
  let one: NetworkNamespace, two: NetworkNamespace
  let hosts: Ip[]

  beforeEach(async () => {
    one = await NetworkNamespace.create('links-one')
    two = await NetworkNamespace.create('links-two')
    await one.ip(`link add name under type veth peer name under netns ${two.name}`)
    for (const [index, each] of [one, two].entries()) {
      await each.ip(`address add 10.78.0.${index + 1}/24 dev under\nlink set under up`)
    }
    hosts = [one, two].map(({ shell }) => connect(shell))
  })

  afterEach(async () => {
    await one.delete()
    await two.delete()
  })

  const actual = async (ip: Ip): Promise<Actual> => ({
    ...(await ip.device('arpanet1')),
    routes: await ip.routes(),
  })
  /** Takes the steps, each run of one program as one batch, and says which. */
  const become = async (links: Links, host = 1, known?: Actual): Promise<readonly string[]> => {
    const ip = hosts[host - 1]!
    const { steps } = plan(links, known ?? (await actual(ip)))
    let batch: { program: 'ip' | 'bridge'; lines: string[] } | undefined
    for (const { program, lines } of steps) {
      if (batch !== undefined && batch.program !== program) {
        await ip.apply(batch.program, batch.lines)
        batch = undefined
      }
      batch = { program, lines: [...(batch?.lines ?? []), ...lines] }
    }
    if (batch !== undefined) await ip.apply(batch.program, batch.lines)
    return steps.map(({ verb, target }) => `${verb} ${target}`)
  }
  const rest = async (links: Links, host = 1) => plan(links, await actual(hosts[host - 1]!))
  const linksOf = (driver: LinkDriver, own: number | Peer, peers: readonly Peer[], key = 7) =>
    desired(typeof own === 'number' ? aPeer(own) : own, peers, aConfig(driver, { key }), underlay).links
  /** Both hosts are linked. */
  const link = async (driver: LinkDriver, key?: number) => {
    await become(linksOf(driver, 1, [aPeer(2)], key), 1)
    await become(linksOf(driver, 2, [aPeer(1)], key), 2)
  }

  const sorted = ({ addresses, neighbours, forwarding, routes }: Omit<Actual, 'device'> | Links) =>
    [
      addresses,
      neighbours,
      forwarding,
      routes.map(({ subnet, via, device, isOnlink }) => ({ subnet, via, device, isOnlink })),
    ].map((all) => all.map((each) => JSON.stringify(each)).sort())

  for (const [driver, other] of [
    ['vxlan', 'host-gw'],
    ['host-gw', 'vxlan'],
  ] as const) {
    it(`become each of the states of ${driver} from each other in one pass`, async () => {
      const ofOther = `${other}: two other hosts`
      const states: Readonly<Record<string, Links>> = {
        'nothing at all': nothing,
        ...statesOf(driver),
        [ofOther]: statesOf(other)[ofOther]!,
      }
      let from = 'nothing'
      let found = await actual(hosts[0]!)
      for (const to of circuit(Object.keys(states))) {
        const wanted = states[to]!
        try {
          await become(wanted, 1, found)
          found = await actual(hosts[0]!)
          const ours = found.routes.filter(({ protocol }) => protocol === 210)
          assert.deepEqual(sorted({ ...found, routes: ours }), sorted(wanted))
          assert.deepEqual(plan(wanted, found), { steps: [], conflicts: [] })
        } catch (error) {
          throw new Error(`from ${from} to ${to}: ${(error as Error).message}`, { cause: error })
        }
        from = to
      }
    })
  }

  const port = 8080
  /** What the host behind an address says. */
  const reached = (address: string) =>
    eventually(`${address} answers`, () => one.ask(address, port), { everyMs: 50 })

  it('carry a connection by vxlan, and none once a host has left', async () => {
    await link('vxlan')
    await two.serve('two', port)
    assert.equal(await reached('10.210.2.1'), 'two')
    await become(linksOf('vxlan', 1, []))
    await assert.rejects(one.ask('10.210.2.1', port))
  })

  it('carry a connection by host-gw', async () => {
    await link('host-gw')
    await two.ip('address add 10.210.2.1/24 dev lo')
    await two.serve('two', port)
    assert.equal(await reached('10.210.2.1'), 'two')
  })

  it('keep a connection while the address of its host changes', async () => {
    await link('vxlan')
    await two.serve('two', port)
    const connection = one.open('10.210.2.1', port)
    await eventually('it is connected', () => connection.written().includes('two'), { everyMs: 20 })

    const moved = aPeer(2, { address: '10.78.0.22' })
    // Of another prefix: one of the same would go with the first.
    await two.ip('address add 10.78.0.22/25 dev under')
    assert.deepEqual(await become(linksOf('vxlan', moved, [aPeer(1)]), 2), [
      'change device',
      'add neighbour 10.210.1.1',
    ])
    assert.deepEqual(await become(linksOf('vxlan', 1, [moved]), 1), [
      'add forwarding of 02:d2:0a:4e:00:16',
      'change neighbour 10.210.2.1',
      'remove forwarding of 02:d2:0a:4e:00:02',
    ])
    await two.ip('address del 10.78.0.2/24 dev under')

    connection.write('still here\n')
    await eventually('it says so', () => connection.written().includes('still here'), { everyMs: 20 })
    assert.equal(connection.exitCode(), undefined)
  })

  it('keep a connection while another way takes the place of the device', async () => {
    await link('vxlan')
    await two.ip('address add 10.210.2.9/24 dev lo')
    await one.ip('address add 10.210.1.9/24 dev lo')
    await two.serve('two', port)
    const connection = one.start(['socat', '-', `TCP:10.210.2.9:${port},bind=10.210.1.9`])
    await eventually('it is connected', () => connection.written().includes('two'), { everyMs: 20 })
    await link('host-gw')
    connection.write('still here\n')
    await eventually('it says so', () => connection.written().includes('still here'), { everyMs: 20 })
  })

  it('have the MTU that the way between the hosts leaves', async () => {
    await one.ip('link set under mtu 1400')
    const way = await hosts[0]!.wayTo('10.78.0.2')
    assert.deepEqual(way, {
      device: 'under',
      source: '10.78.0.1',
      via: undefined,
      mtuBytes: 1400,
      segment: '10.78.0.1/24',
    })
    assert.equal(await hosts[0]!.wayTo('10.99.0.1'), undefined)
    await become(desired(aPeer(1), [aPeer(2)], aConfig('vxlan'), way).links)
    assert.equal((await hosts[0]!.device('arpanet1')).device?.mtuBytes, 1350)
  })

  const leftovers: Record<string, [lines: string, steps: readonly string[]]> = {
    'routes to hosts that are gone': [
      'route add 10.210.9.0/24 via 10.210.2.1 dev arpanet1 onlink proto 210\nroute add unreachable 10.210.8.0/24 proto 210',
      ['remove route 10.210.8.0/24', 'remove route 10.210.9.0/24'],
    ],
    'a route of several ways': [
      'route add 10.210.9.0/24 proto 210 nexthop via 10.78.0.2 nexthop via 10.78.0.3',
      ['remove route 10.210.9.0/24'],
    ],
    'a second route': [
      'route append 10.210.2.0/24 via 10.78.0.3 proto 210\nroute add 10.210.2.0/24 via 10.78.0.3 proto 210 metric 5',
      ['remove route 10.210.2.0/24', 'remove route 10.210.2.0/24'],
    ],
    'a neighbour': [
      'neigh add 10.210.9.1 lladdr 02:00:00:00:00:09 dev arpanet1 nud permanent',
      ['remove neighbour 10.210.9.1'],
    ],
    'an address': ['address add 10.210.9.1/32 dev arpanet1', ['remove address 10.210.9.1/32']],
    'a device that is down': [
      'link set arpanet1 down',
      ['change device', 'add neighbour 10.210.2.1', 'add route 10.210.2.0/24'],
    ],
    'a device of another kind': [
      'link delete arpanet1\nlink add name arpanet1 type bridge\nlink set arpanet1 alias arpanet',
      [
        'remove device',
        'make device',
        'add address 10.210.1.1/32',
        'add forwarding of 02:d2:0a:4e:00:02',
        'add neighbour 10.210.2.1',
        'add route 10.210.2.0/24',
      ],
    ],
    'a device that had no time to get its alias': [
      'link delete arpanet1\nlink add name arpanet1 mtu 1450 address 02:d2:0a:4e:00:01 group 210 type vxlan id 7 dstport 4789 local 10.78.0.1 nolearning',
      [
        'change device',
        'add address 10.210.1.1/32',
        'add forwarding of 02:d2:0a:4e:00:02',
        'add neighbour 10.210.2.1',
        'add route 10.210.2.0/24',
      ],
    ],
  }
  for (const [what, [lines, steps]] of Object.entries(leftovers)) {
    it(`mend ${what}`, async () => {
      const links = linksOf('vxlan', 1, [aPeer(2)])
      await become(links)
      await one.ip(lines)
      assert.deepEqual((await become(links)).toSorted(), steps.toSorted())
      assert.deepEqual(await rest(links), { steps: [], conflicts: [] })
    })
  }

  it('mend an entry for all that is unknown', async () => {
    const links = linksOf('vxlan', 1, [aPeer(2)])
    await become(links)
    await one.shell.run('bridge fdb append 00:00:00:00:00:00 dev arpanet1 dst 10.78.0.9'.split(' '))
    await one.shell.run('bridge fdb append 00:00:00:00:00:00 dev arpanet1 dst 10.78.0.8'.split(' '))
    assert.equal((await become(links)).length, 2)
    assert.deepEqual(await rest(links), { steps: [], conflicts: [] })
  })

  it('leave a device of somebody else alone, though it has our name', async () => {
    await one.ip('link add name arpanet1 type vxlan id 99 dstport 4790\naddress add 10.1.1.1/24 dev arpanet1')
    const before = await one.shell.run(['ip', '-d', 'address', 'show', 'dev', 'arpanet1'])
    for (const links of [linksOf('vxlan', 1, [aPeer(2)]), linksOf('host-gw', 1, [aPeer(2)]), nothing]) {
      await become(links)
      assert.equal(await one.shell.run(['ip', '-d', 'address', 'show', 'dev', 'arpanet1']), before)
    }
    assert.equal((await rest(linksOf('vxlan', 1, []))).conflicts.length, 1)
  })

  it('leave a route of somebody else alone', async () => {
    await one.ip('route add 10.210.2.0/24 via 10.78.0.9')
    const links = linksOf('vxlan', 1, [aPeer(2), aPeer(3)])
    await become(links)
    await become(nothing)
    const routes = await one.shell.run(['ip', 'route', 'show', 'root', '10.210.0.0/16'])
    assert.equal(routes.trim(), '10.210.2.0/24 via 10.78.0.9 dev under')
  })

  it('say which command failed, and take the others nevertheless', async () => {
    await assert.rejects(
      hosts[0]!.apply('ip', [
        'route add 10.9.0.0/24 via 10.99.0.1 proto 210',
        'route add 10.210.3.0/24 via 10.78.0.3 proto 210',
      ]),
      { message: /^ip: Nexthop has invalid gateway: route add 10\.9\.0\.0\/24/ },
    )
    assert.equal((await hosts[0]!.routes()).filter(({ protocol }) => protocol === 210).length, 1)
  })
})
