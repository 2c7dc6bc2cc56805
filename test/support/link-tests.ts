import assert from 'node:assert/strict'
import { desired } from '../../src/agents/tunnel/desired.ts'
import type { Links } from '../../src/agents/tunnel/desired/links.ts'
import type { LinkDriver } from '../../src/agents/tunnel/desired/peer.ts'
import { plan, type Actual } from '../../src/agents/tunnel/plan.ts'
import { aConfig, aPeer, nothing, statesOf } from '../unit/agents/tunnel/states.ts'
import { circuit } from './circuit.ts'
import { actualOf, assertStands, LinkedHosts, linksOf, port, take } from './linked-hosts.ts'
import type { Tests } from './tests.ts'

const sorted = ({ addresses, neighbours, forwarding, routes }: Omit<Actual, 'device'> | Links) =>
  [
    addresses,
    neighbours,
    forwarding,
    routes.map(({ subnet, via, device, isOnlink }) => ({ subnet, via, device, isOnlink })),
  ].map((all) => all.map((each) => JSON.stringify(each)).sort())

/** The hosts of each test. */
export function useLinkedHosts({ beforeEach, afterEach }: Tests): () => LinkedHosts {
  let hosts: LinkedHosts
  beforeEach(async () => {
    hosts = await LinkedHosts.create()
  })
  afterEach(() => hosts.delete())
  return () => hosts
}

/** That links become each of the states of a driver, one of another and none at all from each other. */
export function becomeEachState(
  { it }: Tests,
  hosts: () => LinkedHosts,
  driver: LinkDriver,
  other: LinkDriver,
) {
  it(`become each of the states of ${driver} from each other in one pass`, async () => {
    const ofOther = `${other}: two other hosts`
    const states: Readonly<Record<string, Links>> = {
      'nothing at all': nothing,
      ...statesOf(driver),
      [ofOther]: statesOf(other)[ofOther]!,
    }
    const [ip] = hosts().ips
    let from = 'nothing'
    let found = await actualOf(ip!)
    for (const to of circuit(Object.keys(states))) {
      const wanted = states[to]!
      const way = `from ${from} to ${to}`
      await take(ip!, plan(wanted, found).steps)
      found = await actualOf(ip!)
      const ours = found.routes.filter(({ protocol }) => protocol === 210)
      const routes = ours.filter(({ type }) => type === 'unicast')
      assert.deepEqual([way, ...sorted({ ...found, routes })], [way, ...sorted(wanted)])
      const ends = ours.filter(({ type }) => type === 'unreachable').map(({ subnet }) => subnet)
      assert.deepEqual([way, ...ends], [way, ...(to === 'nothing at all' ? [] : [wanted.unreachable])])
      assert.deepEqual({ way, ...plan(wanted, found) }, { way, steps: [], conflicts: [] })
      from = to
    }
  })
}

/** What differs between the drivers that have a device, seen from the first host. */
const kinds = {
  gre: {
    mtuBytes: 1372,
    type: 'gre local 10.78.0.1 key 7 ttl 64',
    foreignType: 'gre local 10.78.0.1 key 99',
    mac: '',
    nowhere: '10.78.0.9',
    entry: [],
    whenItMoves: ['change device'],
    whenOtherMoves: ['change neighbour 10.210.2.1'],
  },
  vxlan: {
    mtuBytes: 1350,
    type: 'vxlan id 7 dstport 4789 local 10.78.0.1 nolearning',
    foreignType: 'vxlan id 99 dstport 4790',
    mac: 'address 02:d2:0a:4e:00:01',
    nowhere: '02:00:00:00:00:09',
    entry: ['add forwarding of 02:d2:0a:4e:00:02'],
    whenItMoves: ['change device', 'add neighbour 10.210.1.1'],
    whenOtherMoves: [
      'add forwarding of 02:d2:0a:4e:00:16',
      'change neighbour 10.210.2.1',
      'remove forwarding of 02:d2:0a:4e:00:02',
    ],
  },
} as const

/** What holds of links by a device, whichever kind it is of. */
export function haveADevice({ it }: Tests, hosts: () => LinkedHosts, driver: keyof typeof kinds): void {
  const kind = kinds[driver]
  const links = linksOf(driver, 1, [aPeer(2)])

  it(`carry a connection by ${driver}, and none once a host has left`, async () => {
    await hosts().link(driver)
    await hosts().two.serve('two', port)
    assert.equal(await hosts().reached('10.210.2.1'), 'two')
    await hosts().become(linksOf(driver, 1, []))
    await assert.rejects(hosts().one.ask('10.210.2.1', port))
  })

  it('keep a connection while the address of its host changes', async () => {
    const { one } = hosts()
    await hosts().link(driver)
    const connection = await hosts().connected(() => one.open('10.210.2.1', port))

    const moved = aPeer(2, { address: '10.78.0.22' })
    // Of another prefix: one of the same would go with the first.
    await hosts().ip('address add 10.78.0.22/25 dev under', 2)
    assert.deepEqual(await hosts().become(linksOf(driver, moved, [aPeer(1)]), 2), kind.whenItMoves)
    assert.deepEqual(await hosts().become(linksOf(driver, 1, [moved]), 1), kind.whenOtherMoves)
    await hosts().ip('address del 10.78.0.2/24 dev under', 2)

    await assertStands(connection)
    assert.equal(connection.exitCode(), undefined)
  })

  it('keep a connection while another way takes the place of the device', async () => {
    const { one } = hosts()
    await hosts().link(driver)
    await hosts().ip('address add 10.210.2.9/24 dev lo', 2)
    await hosts().ip('address add 10.210.1.9/24 dev lo')
    const connection = await hosts().connected(() =>
      one.start(['socat', '-', `TCP:10.210.2.9:${port},bind=10.210.1.9`]),
    )
    await hosts().link('host-gw')
    await assertStands(connection)
  })

  it('have the MTU that the way between the hosts leaves', async () => {
    const [ip] = hosts().ips
    await hosts().ip('link set under mtu 1400')
    const way = await ip!.wayTo('10.78.0.2')
    assert.deepEqual(way, {
      device: 'under',
      source: '10.78.0.1',
      via: undefined,
      mtuBytes: 1400,
      segment: '10.78.0.1/24',
    })
    assert.equal(await ip!.wayTo('10.99.0.1'), undefined)
    await hosts().become(desired(aPeer(1), [aPeer(2)], aConfig(driver), way).links)
    assert.equal((await ip!.device('arpanet1')).device?.mtuBytes, kind.mtuBytes)
  })

  const anew = [
    'add address 10.210.1.1/32',
    ...kind.entry,
    'add neighbour 10.210.2.1',
    'add route 10.210.2.0/24',
  ]
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
      `neigh add 10.210.9.1 lladdr ${kind.nowhere} dev arpanet1 nud permanent`,
      ['remove neighbour 10.210.9.1'],
    ],
    'an address': ['address add 10.210.9.1/32 dev arpanet1', ['remove address 10.210.9.1/32']],
    'a device that is down': [
      'link set arpanet1 down',
      ['change device', 'add neighbour 10.210.2.1', 'add route 10.210.2.0/24'],
    ],
    'a device of another kind': [
      'link delete arpanet1\nlink add name arpanet1 type bridge\nlink set arpanet1 alias arpanet',
      ['remove device', 'make device', ...anew],
    ],
    'a device that had no time to get its alias': [
      `link delete arpanet1\nlink add name arpanet1 mtu ${kind.mtuBytes + 100} ${kind.mac} group 210 type ${kind.type}`,
      ['change device', ...anew],
    ],
  }
  for (const [what, [lines, steps]] of Object.entries(leftovers)) {
    it(`mend ${what}`, async () => {
      await hosts().become(links)
      await hosts().ip(lines)
      assert.deepEqual((await hosts().become(links)).toSorted(), steps.toSorted())
      assert.deepEqual(await hosts().rest(links), { steps: [], conflicts: [] })
    })
  }

  it('leave a device of somebody else alone, though it has our name', async () => {
    await hosts().ip(`link add name arpanet1 type ${kind.foreignType}\naddress add 10.1.1.1/24 dev arpanet1`)
    const device = () => hosts().one.shell.run(['ip', '-d', 'address', 'show', 'dev', 'arpanet1'])
    const before = await device()
    for (const wanted of [links, linksOf('host-gw', 1, [aPeer(2)]), nothing]) {
      await hosts().become(wanted)
      assert.equal(await device(), before)
    }
    assert.equal((await hosts().rest(linksOf(driver, 1, []))).conflicts.length, 1)
  })
}
