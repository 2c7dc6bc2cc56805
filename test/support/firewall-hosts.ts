import { desired } from '../../src/agents/tunnel/desired.ts'
import type { Firewall } from '../../src/agents/tunnel/desired/firewall/firewall.ts'
import { planFirewall, type ActualFirewall } from '../../src/agents/tunnel/desired/firewall/plan.ts'
import { readFirewall } from '../../src/agents/tunnel/firewall/read.ts'
import { takeFirewall } from '../../src/agents/tunnel/firewall/take.ts'
import { plan } from '../../src/agents/tunnel/plan.ts'
import { connect as connectIp } from '../../src/drivers/ip.ts'
import { connect as connectIptables } from '../../src/drivers/iptables.ts'
import { connect as connectNft } from '../../src/drivers/nft.ts'
import { eventually } from '../lab/eventually.ts'
import { aConfig, aPeer, underlay } from '../unit/agents/tunnel/states.ts'
import { take } from './linked-hosts.ts'
import { NetworkNamespace, type Running } from './network-namespace.ts'

export const engines = ['nft', 'legacy'] as const
export type Engine = (typeof engines)[number]

/** What Docker makes for a bridge, and an INPUT that drops; with rules of somebody else. */
export const dockerRules = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-USER - [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "it's not --comment arpanet" -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -o bridge0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o bridge0 -j DOCKER
-A FORWARD -i bridge0 ! -o bridge0 -j ACCEPT
-A DOCKER-USER -s 192.0.2.0/24 -m comment --comment arpanet2 -j DROP
-A DOCKER-USER -j RETURN
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s 10.210.1.0/24 ! -o bridge0 -j MASQUERADE
COMMIT
`

/**
 * Hosts whose first has a firewall and a bridge.
 *
 *     inside (10.210.1.5) ── bridge0 ── one (10.78.0.1) ──┐
 *                                       two (10.78.0.2) ──┼── under
 *                                     three (10.78.0.3) ──┘
 */
export class FirewallHosts {
  readonly one: NetworkNamespace
  readonly two: NetworkNamespace
  readonly three: NetworkNamespace
  readonly inside: NetworkNamespace

  private constructor(
    one: NetworkNamespace,
    two: NetworkNamespace,
    three: NetworkNamespace,
    inside: NetworkNamespace,
  ) {
    this.one = one
    this.two = two
    this.three = three
    this.inside = inside
  }

  static async create(): Promise<FirewallHosts> {
    const make = (name: string) => NetworkNamespace.create(`firewall-${name}`)
    const hosts = new FirewallHosts(
      await make('one'),
      await make('two'),
      await make('three'),
      await make('inside'),
    )
    await hosts.#connect()
    return hosts
  }

  async #connect(): Promise<void> {
    const { one, two, three, inside } = this
    for (const each of [one, two, three]) {
      // Else a source that nothing leads to is dropped before any rule sees it.
      const loose = ['net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0']
      await each.shell.run(['sysctl', '-qw', ...loose])
    }
    await one.ip('link add name under type bridge\naddress add 10.78.0.1/24 dev under\nlink set under up')
    for (const [index, each] of [two, three].entries()) {
      const n = index + 2
      await one.ip(`link add name to${n} type veth peer name under netns ${each.name}
        link set to${n} master under up`)
      await each.ip(`address add 10.78.0.${n}/24 dev under\nlink set under up`)
    }
    await one.ip(`link add name bridge0 type bridge
      address add 10.210.1.1/24 dev bridge0
      link set bridge0 up
      link add name inside type veth peer name eth0 netns ${inside.name}
      link set inside master bridge0 up`)
    await inside.ip(`address add 10.210.1.5/24 dev eth0
      link set eth0 up
      route add default via 10.210.1.1`)
    await one.forward()
  }

  async delete(): Promise<void> {
    for (const each of [this.one, this.two, this.three, this.inside]) await each.delete()
  }

  get #drivers() {
    const { shell } = this.one
    const files = { readText: (path: string) => shell.run(['cat', path]) }
    return { iptables: connectIptables(shell), nft: connectNft(shell), files }
  }

  async lay(engine: Engine): Promise<void> {
    await this.one.shell.run([`iptables-${engine}-restore`], dockerRules)
  }

  /** Of the first host. */
  actual(): Promise<ActualFirewall> {
    return readFirewall(this.#drivers)
  }

  /** Takes all steps, and says which. */
  async become(wanted: Firewall, known?: Partial<ActualFirewall>): Promise<readonly string[]> {
    const { before, after } = planFirewall(
      wanted,
      isWhole(known) ? known : { ...(await this.actual()), ...known },
    )
    await takeFirewall(before, this.#drivers)
    await takeFirewall(after, this.#drivers)
    return [...before, ...after].map(({ verb, target }) => `${verb} ${target}`)
  }

  /** All rules but ours. */
  async others(engine: Engine): Promise<string> {
    return (await this.one.shell.run([`iptables-${engine}-save`]))
      .split('\n')
      .filter((line) => !line.startsWith('#') && !line.includes(' -m comment --comment arpanet '))
      .map((line) => line.replace(/\[\d+:\d+\]$/, ''))
      .join('\n')
  }

  /** Gives hosts devices of vxlan to the others that they know, each by its number. */
  async link(known: Readonly<Record<number, readonly number[]>>): Promise<void> {
    for (const [n, others] of Object.entries(known)) {
      const host = [this.one, this.two, this.three][Number(n) - 1]!
      const ip = connectIp(host.shell)
      const peers = others.map((peer) => aPeer(peer))
      const { links } = desired(aPeer(Number(n)), peers, aConfig('vxlan'), underlay)
      const there = { ...(await ip.device('arpanet1')), routes: await ip.routes() }
      await take(ip, plan(links, there).steps)
    }
  }

  /** How many packets the guard of a device has dropped. */
  async dropped(kind = 'vxlan'): Promise<number> {
    const argv = ['nft', 'list', 'chain', 'inet', 'arpanet_tunnel', `inside_${kind}`]
    return Number(/packets (\d+)/.exec(await this.one.shell.run(argv))?.[1])
  }
}

const isWhole = (known: Partial<ActualFirewall> | undefined): known is ActualFirewall =>
  known?.rules !== undefined && known.forwards !== undefined && 'table' in known

/** Says to whoever connects which address he has. */
export async function mirror(host: NetworkNamespace, port: number): Promise<void> {
  host.start(['socat', `TCP4-LISTEN:${port},reuseaddr,fork`, 'SYSTEM:echo $SOCAT_PEERADDR'])
  await eventually('the mirror listens', async () =>
    (await host.shell.run(['ss', '-lntH', `sport = :${port}`])).includes(`:${port}`),
  )
}

/** Which address a mirror sees when this host connects to it, from `own` where it has several. */
export function seen(host: NetworkNamespace, address: string, port: number, own?: string): Promise<string> {
  const bind = own === undefined ? '' : `,bind=${own}`
  return eventually(`the mirror at ${address} answers`, async () => {
    const answer = await host.shell.run(['socat', '-', `TCP:${address}:${port},connect-timeout=1${bind}`])
    return answer === '' ? undefined : answer.trim()
  })
}

/** Writes what comes by UDP. */
export async function hear(host: NetworkNamespace, port: number): Promise<Running> {
  const listener = host.start(['socat', '-u', `UDP4-RECV:${port}`, '-'])
  await eventually('somebody listens', async () =>
    (await host.shell.run(['ss', '-lnuH', `sport = :${port}`])).includes(`:${port}`),
  )
  return listener
}
