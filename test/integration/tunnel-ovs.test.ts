// Open vSwitch by processes of each host, and by the plan and hands of the tunnel.
//
//     one (10.78.0.1, 10.210.1.1) ── middle, which listens ── two (10.78.0.2, 10.210.2.1)
//
import assert from 'node:assert/strict'
import { desired } from '../../src/agents/tunnel/desired.ts'
import type { Links } from '../../src/agents/tunnel/desired/links.ts'
import { switchNames } from '../../src/agents/tunnel/desired/ovs/names.ts'
import type { LinkConfig, Peer, Underlay } from '../../src/agents/tunnel/desired/peer.ts'
import { Hands } from '../../src/agents/tunnel/hands.ts'
import { plan, type Actual } from '../../src/agents/tunnel/plan.ts'
import { connect as connectIp } from '../../src/drivers/ip.ts'
import { connect as connectOvs } from '../../src/drivers/ovs.ts'
import type { Shell } from '../../src/drivers/shell.ts'
import { eventually } from '../lab/eventually.ts'
import { circuit } from '../support/circuit.ts'
import { assertStands, LinkedHosts, port } from '../support/linked-hosts.ts'
import type { NetworkNamespace } from '../support/network-namespace.ts'
import { processPlace, type ProcessPlace } from '../support/process-place.ts'
import { aConfig, aPeer, fewStatesOf, nothing, statesOf, underlay } from '../unit/agents/tunnel/states.ts'

const none = () => Promise.reject(new Error('not here'))

class OvsHost {
  readonly shell: Shell
  readonly ip
  readonly ovs
  readonly #place: ProcessPlace

  private constructor(host: NetworkNamespace, place: ProcessPlace) {
    this.ip = connectIp(host.shell)
    this.ovs = connectOvs(place.shell, switchNames)
    this.shell = place.shell
    this.#place = place
  }

  static async of(host: NetworkNamespace): Promise<OvsHost> {
    return new OvsHost(host, await processPlace(host))
  }

  async actual(): Promise<Actual> {
    const [found, routes] = await Promise.all([this.ip.device('arpanet1'), this.ip.routes()])
    return { ...found, routes, ...(found.device?.kind === 'tap' && { ovs: await this.ovs.state() }) }
  }

  /** Takes the steps, and says which. */
  async become(links: Links): Promise<readonly string[]> {
    const hands = new Hands({
      ip: this.ip,
      ovs: this.ovs,
      wireguard: () => ({ set: none }),
      processes: {
        run: async (lines) => {
          await this.shell.run(['setsid', '--wait', 'sh', '-c', lines.join(' && ')])
        },
      },
      nft: { apply: none },
      iptables: { apply: none },
      networks: { create: none, remove: none },
    })
    const { steps } = plan(links, await this.actual())
    await Promise.all(steps.map((step) => hands.take(step)))
    return steps.map(({ verb, target }) => `${verb} ${target}`)
  }

  async end(): Promise<void> {
    await this.become(nothing)
    await this.#place.holder.stop()
  }
}

const ovs = (
  own: number | Peer,
  peers: readonly Peer[],
  config: Partial<LinkConfig> = {},
  under: Partial<Underlay> = {},
): Links =>
  desired(typeof own === 'number' ? aPeer(own) : own, peers, aConfig('ovs', config), {
    ...underlay,
    ...under,
  }).links

describe('open vswitch by processes', function () {
  this.timeout(180_000)
  let hosts: LinkedHosts
  let one: OvsHost, two: OvsHost
  beforeEach(async () => {
    hosts = await LinkedHosts.create()
    one = await OvsHost.of(hosts.one)
    two = await OvsHost.of(hosts.two)
  })
  afterEach(async () => {
    await one.end()
    await two.end()
    await hosts.delete()
  })

  const link = async () => {
    await one.become(ovs(1, [aPeer(2)]))
    await two.become(ovs(2, [aPeer(1)]))
    await hosts.two.serve('two', port)
    await hosts.reached('10.210.2.1')
  }

  it('becomes each of its states from each other in one pass', async () => {
    const ofOther = 'host-gw: two other hosts'
    const states: Readonly<Record<string, Links>> = {
      'nothing at all': nothing,
      ...fewStatesOf('ovs'),
      [ofOther]: statesOf('host-gw')[ofOther]!,
    }
    let from = 'nothing'
    for (const to of circuit(Object.keys(states))) {
      const way = `from ${from} to ${to}`
      await one.become(states[to]!)
      const found = await one.actual()
      assert.deepEqual({ way, ...plan(states[to]!, found) }, { way, steps: [], conflicts: [] })
      from = to
    }
  })

  const ping = (bytes: number, host = hosts.one, to = '10.210.2.1') =>
    host.shell.run(['ping', '-M', 'do', '-c', '1', '-W', '2', '-s', String(bytes - 28), to])

  it('carries packets of its MTU, and none longer', async () => {
    await link()
    await ping(1458)
    await assert.rejects(ping(1459), /message too long/i)
  })

  it('keeps a connection while other hosts come and go, and the address of its own host changes', async () => {
    await link()
    const connection = await hosts.connected(() => hosts.one.open('10.210.2.1', port))
    const came = await one.become(ovs(1, [aPeer(2), aPeer(3)]))
    assert.deepEqual(came, [
      'add flows',
      'change rules of the wire',
      'add neighbour 10.210.3.1',
      'add route 10.210.3.0/24',
    ])
    await assertStands(connection)
    await one.become(ovs(1, [aPeer(2)]))

    const moved = aPeer(2, { address: '10.78.0.22' })
    await hosts.ip('address add 10.78.0.22/25 dev under', 2)
    await two.become(ovs(moved, [aPeer(1)]))
    await one.become(ovs(1, [moved]))
    await hosts.ip('address del 10.78.0.2/24 dev under', 2)
    connection.write('and now\n')
    await eventually('it comes back', () => connection.written().includes('and now'), { everyMs: 20 })
    assert.equal(connection.exitCode(), undefined)
  })

  it('changes its key in place', async () => {
    await link()
    const connection = await hosts.connected(() => hosts.one.open('10.210.2.1', port))
    assert.deepEqual(await one.become(ovs(1, [aPeer(2)], { key: 99 })), [
      'change switch',
      'change rules of the wire',
    ])
    await assert.rejects(ping(100))
    await two.become(ovs(2, [aPeer(1)], { key: 99 }))
    await assertStands(connection)
  })

  it('takes packets from members only, and from each only what is its own', async () => {
    await link()
    await hosts.ip('address add 10.210.3.1/32 dev lo', 2)
    const from = (address: string) =>
      hosts.two.shell.run(['ping', '-c', '1', '-W', '1', '-I', address, '10.210.1.1'])
    await from('10.210.2.1')
    await assert.rejects(from('10.210.3.1'))
    await one.become(ovs(1, []))
    await hosts.one.ip('neigh replace 10.210.2.1 lladdr 02:d2:0a:4e:00:02 dev arpanet1 nud permanent')
    await hosts.one.ip('route add 10.210.2.0/24 via 10.210.2.1 dev arpanet1 onlink')
    await assert.rejects(from('10.210.2.1'))
  })

  it('reaches a host behind a router', async () => {
    const [segment, far] = ['10.78.1.0/24', aPeer(2, { address: '10.78.1.2' })]
    await hosts.middle.ip('address add 10.78.0.254/24 dev switch\naddress add 10.78.1.254/24 dev switch')
    await hosts.middle.forward()
    await hosts.ip('route add 10.78.1.0/24 via 10.78.0.254')
    await hosts.ip(
      'address flush dev under\naddress add 10.78.1.2/24 dev under\nroute add 10.78.0.0/24 via 10.78.1.254',
      2,
    )
    await one.become(ovs(1, [far], {}, { routers: { '10.78.1.2': '10.78.0.254' } }))
    await two.become(ovs(far, [aPeer(1)], {}, { segment, routers: { '10.78.0.1': '10.78.1.254' } }))
    await hosts.two.serve('two', port)
    assert.equal(await hosts.reached('10.210.2.1'), 'two')
  })

  it('carries what containers send, whose bridges have the addresses of the devices, too', async () => {
    for (const n of [1, 2]) {
      const lines = `link add bridge0 type bridge
        address add 10.210.${n}.1/24 dev bridge0
        link set bridge0 up
        address add 10.210.${n}.9/32 dev bridge0`
      await hosts.ip(lines, n)
    }
    await link()
    await hosts.one.shell.run(['ping', '-c', '1', '-W', '2', '-I', '10.210.1.9', '10.210.2.9'])
    await one.shell.run(['ovs-appctl', '-t', 'ovs-vswitchd', 'tnl/neigh/flush'])
    assert.equal(await hosts.reached('10.210.2.9'), 'two')
    assert.deepEqual(plan(ovs(1, [aPeer(2)]), await one.actual()), { steps: [], conflicts: [] })
  })

  it('asks for its next hop again when it has forgotten it', async () => {
    await link()
    await one.shell.run(['ovs-appctl', '-t', 'ovs-vswitchd', 'tnl/neigh/flush'])
    assert.equal(await hosts.reached('10.210.2.1'), 'two')
  })

  const pidOf = (host: OvsHost) => host.shell.run(['cat', '/run/openvswitch/ovs-vswitchd.pid'])

  it('leaves the network of its host alone when its process is killed, and is made again', async () => {
    await link()
    const pings = hosts.one.start(['ping', '-i', '0.02', '-c', '100', '-W', '1', '-q', '10.78.0.2'])
    const routes = () => hosts.one.shell.run(['ip', 'route', 'show', '10.78.0.0/16'])
    const before = await routes()
    process.kill(Number(await pidOf(one)), 'SIGKILL')
    await eventually('nobody answers', async () => (await one.actual()).ovs === undefined, { everyMs: 20 })
    assert.equal(await routes(), before)
    assert.deepEqual((await one.become(ovs(1, [aPeer(2)]))).slice(0, 2), ['remove device', 'make device'])
    assert.equal(await hosts.reached('10.210.2.1'), 'two')
    await eventually('all are sent', () => pings.written().includes('loss'), { everyMs: 50 })
    assert.match(pings.written(), / 0% packet loss/)
  })

  const leftovers: Record<string, () => Promise<unknown>> = {
    'a device that somebody deleted': () => hosts.ip('link delete arpanet1'),
    'a wire that somebody deleted': () => hosts.ip('link delete arpanet2'),
    'flows that went': () => one.shell.run(['ovs-ofctl', 'del-flows', 'arpanet1']),
    'rules that went': () => one.shell.run(['nft', 'delete', 'table', 'netdev', 'arpanet_tunnel']),
    'a port too many': () =>
      one.shell.run([
        'ovs-vsctl',
        'add-port',
        'arpanet1',
        'x',
        '--',
        'set',
        'interface',
        'x',
        'type=internal',
      ]),
    'a way that went': () =>
      one.shell.run(['ovs-appctl', '-t', 'ovs-vswitchd', 'ovs/route/del', '0.0.0.0/1']),
  }
  for (const [what, damage] of Object.entries(leftovers)) {
    it(`mends ${what}`, async () => {
      await link()
      await damage()
      await one.become(ovs(1, [aPeer(2)]))
      assert.deepEqual(plan(ovs(1, [aPeer(2)]), await one.actual()), { steps: [], conflicts: [] })
      assert.equal(await hosts.reached('10.210.2.1'), 'two')
    })
  }

  it("says that somebody else's Open vSwitch is there, and leaves it alone", async () => {
    const { shell, holder } = await processPlace(hosts.one)
    const run = (line: string) => shell.run(['sh', '-c', line])
    const quiet = '--pidfile --detach --no-chdir -vconsole:off --log-file=/dev/null'
    await run(`mkdir /run/openvswitch && ovsdb-tool create /run/db
      ovsdb-server /run/db --remote=punix:db.sock ${quiet} && ovs-vsctl --no-wait init && ovs-vswitchd ${quiet}
      ovs-vsctl add-br theirs -- set bridge theirs datapath_type=netdev`)
    const theirs = () => run('ovs-vsctl show && ovs-ofctl --no-stats dump-flows theirs && ip -br link show')
    const before = await theirs()
    await assert.rejects(one.become(ovs(1, [aPeer(2)])), /ovs-netdev: there is one that is not ours/)
    await one.become(nothing)
    assert.equal(await theirs(), before)
    await run('ovs-vsctl del-br theirs')
    await one.become(ovs(1, [aPeer(2)]))
    await run('for each in ovs-vswitchd ovsdb-server; do ovs-appctl -t $each exit; done')
    await holder.stop()
  })

  it("leaves nothing behind, but what is somebody else's", async () => {
    const others = () => hosts.one.shell.run(['ip', '-o', '-br', 'link', 'show'])
    const before = await others()
    await link()
    await one.become(nothing)
    assert.equal(await others(), before)
    assert.equal((await hosts.one.shell.run(['nft', 'list', 'tables'])).trim(), '')
    await assert.rejects(pidOf(one))
  })

  it('carries a connection and ten megabytes in GRE, in both directions', async () => {
    await link()
    const wire = hosts.middle.start(['tcpdump', '-i', 'one', '-n', '-l', 'ip proto 47'])
    await eventually('it listens', () => wire.written().includes('listening'), { everyMs: 20 })
    const sum = await hosts.one.shell.run(['sh', '-c', transfer(10_000_000)])
    const [sent, received] = sum.split('\n')
    assert.equal(received, sent)
    for (const [from, to] of ['12', '21']) {
      const seen = `10.78.0.${from} > 10.78.0.${to}: GREv0, key=0x7`
      await eventually(`${seen} is seen`, () => wire.written().includes(seen), { everyMs: 20 })
    }
  })
})

/** Sends bytes to who says what he hears, and prints the sum of what was sent and of what came back. */
const transfer = (bytes: number) =>
  `d=$(mktemp -d) && head -c ${bytes} /dev/urandom > $d/sent && socat -t 10 - TCP:10.210.2.1:${port} < $d/sent > $d/heard
  sha256sum < $d/sent; tail -c ${bytes} $d/heard | sha256sum; rm -rf $d`
