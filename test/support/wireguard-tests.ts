// WireGuard by the plan and hands of the tunnel, between two hosts.
//
//     one (10.78.0.1, 10.210.1.1) ── middle, which listens ── two (10.78.0.2, 10.210.2.1)
//
import assert from 'node:assert/strict'
import { desired } from '../../src/agents/tunnel/desired.ts'
import type { Links } from '../../src/agents/tunnel/desired/links.ts'
import type { Peer } from '../../src/agents/tunnel/desired/peer.ts'
import { Hands } from '../../src/agents/tunnel/hands.ts'
import { plan, type Actual } from '../../src/agents/tunnel/plan.ts'
import { connect as connectIp } from '../../src/drivers/ip.ts'
import type { Shell } from '../../src/drivers/shell.ts'
import { connect as connectWireguard } from '../../src/drivers/wireguard.ts'
import { eventually } from '../lab/eventually.ts'
import { circuit } from './circuit.ts'
import { assertStands, LinkedHosts, port } from './linked-hosts.ts'
import type { NetworkNamespace, Running } from './network-namespace.ts'
import { processPlace, type ProcessPlace } from './process-place.ts'
import type { Tests } from './tests.ts'
import { aConfig, aPeer, fewStatesOf, nothing, statesOf, underlay } from '../unit/agents/tunnel/states.ts'

type By = 'process' | 'kernel'

class WireguardHost {
  readonly #host: NetworkNamespace
  readonly #ip
  readonly #wireguard
  /** Where the device is asked about. */
  readonly shell: Shell
  readonly #holder: Running | undefined

  private constructor(host: NetworkNamespace, place: ProcessPlace | undefined) {
    this.#host = host
    this.#ip = connectIp(host.shell)
    this.shell = place?.shell ?? host.shell
    this.#wireguard = connectWireguard(this.shell)
    this.#holder = place?.holder
  }

  static async of(host: NetworkNamespace, by: By): Promise<WireguardHost> {
    return new WireguardHost(host, by === 'process' ? await processPlace(host) : undefined)
  }

  async actual(): Promise<Actual> {
    const [found, routes] = await Promise.all([this.#ip.device('arpanet1'), this.#ip.routes()])
    const isThere = found.device?.kind === (this.#holder === undefined ? 'wireguard' : 'tun')
    return { ...found, routes, ...(isThere && { wireguard: await this.#wireguard.state('arpanet1') }) }
  }

  /** Takes the steps, and says which. */
  async become(links: Links): Promise<readonly string[]> {
    const hands = new Hands({
      ip: this.#ip,
      wireguard: () => this.#wireguard,
      ovs: { apply: () => Promise.reject(new Error('no switch here')) },
      processes: { run: (lines) => this.shell.run(['sh', '-c', lines.join(' && ')]).then(() => undefined) },
      nft: { apply: () => Promise.reject(new Error('no rules here')) },
      iptables: { apply: () => Promise.reject(new Error('no rules here')) },
      networks: {
        create: () => Promise.reject(new Error('none')),
        remove: () => Promise.reject(new Error('none')),
      },
    })
    const { steps } = plan(links, await this.actual())
    await Promise.all(steps.map((step) => hands.take(step)))
    return steps.map(({ verb, target }) => `${verb} ${target}`)
  }

  async publicKey(): Promise<string> {
    const { publicKey } = await this.#wireguard.state('arpanet1')
    return publicKey ?? assert.fail('it has no key')
  }

  async end(): Promise<void> {
    await this.#host.shell.run(['ip', 'link', 'delete', 'arpanet1']).catch(() => undefined)
    await this.#holder?.stop()
  }
}

/** What WireGuard does for the tunnel, by a process of each host, or by a kernel that has it. */
export function carryByWireguard(by: By, { it, beforeEach, afterEach }: Tests) {
  const wg = (own: Peer, peers: readonly Peer[]): Links =>
    desired(own, peers, aConfig('wireguard'), { ...underlay, isByProcess: by === 'process' }).links

  let hosts: LinkedHosts
  let one: WireguardHost, two: WireguardHost
  beforeEach(async () => {
    hosts = await LinkedHosts.create()
    one = await WireguardHost.of(hosts.one, by)
    two = await WireguardHost.of(hosts.two, by)
  })
  afterEach(async () => {
    await one.end()
    await two.end()
    await hosts.delete()
  })

  const known = async (n: number, host: WireguardHost, changes: Partial<Peer> = {}) =>
    aPeer(n, { attributes: { publicKey: await host.publicKey() }, ...changes })
  /** Each first has a key, and then the other's. */
  const link = async () => {
    await one.become(wg(aPeer(1), []))
    await two.become(wg(aPeer(2), []))
    const [first, second] = [await known(1, one), await known(2, two)]
    await one.become(wg(first, [second]))
    await two.become(wg(second, [first]))
    return { first, second }
  }

  it('becomes each of its states from each other in one pass', async () => {
    const ofOther = 'host-gw: two other hosts'
    const own = Object.entries(fewStatesOf('wireguard', by === 'process'))
    const states: Readonly<Record<string, Links>> = {
      'nothing at all': nothing,
      // In the emulated kernel a pair of them takes two seconds.
      ...Object.fromEntries(by === 'process' ? own : own.slice(0, 3)),
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

  it('carries a connection of which no byte can be read on the way', async () => {
    const { second } = await link()
    await hosts.two.serve('two', port)
    const wire = hosts.middle.start(['tcpdump', '-i', 'one', '-n', '-U', '-A', '-s', '0'])
    await eventually('it listens', () => wire.written().includes('listening'), { everyMs: 20 })
    assert.equal(await hosts.reached('10.210.2.1'), 'two')
    const connection = hosts.one.open('10.210.2.1', port)
    const secret = 'the-quick-brown-fox'
    await eventually('it is open', () => connection.written().includes('two'), { everyMs: 20 })
    connection.write(`${secret}\n`)
    await eventually('it comes back', () => connection.written().includes(secret), { everyMs: 20 })
    await eventually('it is seen', () => wire.written().includes('10.78.0.2.51821'), { everyMs: 20 })
    await wire.stop()
    assert.doesNotMatch(wire.written(), new RegExp(`${secret}|10\\.210\\.`))
    // Who is no longer known is heard no more.
    await one.become(wg(aPeer(1), []))
    await assert.rejects(hosts.one.ask('10.210.2.1', port))
    assert.ok(second.attributes.publicKey)
  })

  it('carries packets of its MTU, and none longer', async () => {
    await link()
    const ping = (bytes: number) =>
      hosts.one.shell.run(['ping', '-M', 'do', '-c', '1', '-W', '2', '-s', String(bytes - 28), '10.210.2.1'])
    await ping(1440)
    await assert.rejects(ping(1441), /message too long/i)
  })

  it('keeps a connection while the other host has another address, and another key', async () => {
    const { first } = await link()
    const connection = await hosts.connected(() => hosts.one.open('10.210.2.1', port))
    await hosts.ip('address add 10.78.0.22/25 dev under', 2)
    const moved = await known(2, two, { address: '10.78.0.22' })
    assert.deepEqual(await two.become(wg(moved, [first])), [])
    assert.deepEqual(await one.become(wg(first, [moved])), [`change peer ${moved.attributes.publicKey}`])
    await hosts.ip('address del 10.78.0.2/24 dev under', 2)
    await assertStands(connection)

    await hosts.ip('link delete arpanet1', 2)
    await two.become(wg(moved, [first]))
    const anew = await known(2, two, { address: '10.78.0.22' })
    assert.notEqual(anew.attributes.publicKey, moved.attributes.publicKey)
    assert.deepEqual(await one.become(wg(first, [anew])), [
      `add peer ${anew.attributes.publicKey}`,
      `remove peer ${moved.attributes.publicKey}`,
    ])
    connection.write('and now\n')
    await eventually('it comes back', () => connection.written().includes('and now'), { everyMs: 20 })
    assert.equal(connection.exitCode(), undefined)
  })

  it('takes nothing from a host but what comes from its own subnet', async () => {
    await link()
    await hosts.ip('address add 10.210.3.1/32 dev lo', 2)
    const from = (address: string) =>
      hosts.two.shell.run(['ping', '-c', '1', '-W', '1', '-I', address, '10.210.1.1'])
    await from('10.210.2.1')
    await assert.rejects(from('10.210.3.1'))
  })

  it('mends what another hand did to its hosts', async () => {
    const { first, second } = await link()
    await one.shell.run(['wg', 'set', 'arpanet1', 'peer', second.attributes.publicKey!, 'remove'])
    assert.deepEqual(await one.become(wg(first, [second])), [`add peer ${second.attributes.publicKey}`])
    assert.deepEqual(await one.become(wg(first, [second])), [])
  })
}
