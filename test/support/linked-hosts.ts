import { desired } from '../../src/agents/tunnel/desired.ts'
import type { Links } from '../../src/agents/tunnel/desired/links.ts'
import type { LinkDriver, Peer } from '../../src/agents/tunnel/desired/peer.ts'
import { plan, type Actual, type Plan, type Step } from '../../src/agents/tunnel/plan.ts'
import { connect, type Ip } from '../../src/drivers/ip.ts'
import { eventually } from '../lab/eventually.ts'
import { aConfig, aPeer, underlay } from '../unit/agents/tunnel/states.ts'
import { KeptIp } from './kept-ip.ts'
import { NetworkNamespace, type Running } from './network-namespace.ts'

export const port = 8080

/** What a host should have. */
export const linksOf = (driver: LinkDriver, own: number | Peer, peers: readonly Peer[], key = 7): Links =>
  desired(typeof own === 'number' ? aPeer(own) : own, peers, aConfig(driver, { key }), underlay).links

export const actualOf = async (ip: Ip): Promise<Actual> => ({
  ...(await ip.device('arpanet1')),
  routes: await ip.routes(),
})

/** Takes steps, each run of one program as one batch. */
export async function take(ip: Ip, steps: readonly Step[]): Promise<void> {
  let batch: { program: 'ip' | 'bridge'; lines: string[] } | undefined
  for (const { program, lines } of steps) {
    if (program !== 'ip' && program !== 'bridge') throw new Error(`${program} is not for this`)
    if (batch !== undefined && batch.program !== program) {
      await ip.apply(batch.program, batch.lines)
      batch = undefined
    }
    batch = { program, lines: [...(batch?.lines ?? []), ...lines] }
  }
  if (batch !== undefined) await ip.apply(batch.program, batch.lines)
}

/**
 * Two hosts in namespaces of this machine, a switch between them, and no links yet:
 *
 *     one (10.78.0.1, 10.210.1.1) ── under ── middle ── under ── two (10.78.0.2, 10.210.2.1)
 */
export class LinkedHosts {
  readonly one: NetworkNamespace
  readonly middle: NetworkNamespace
  readonly two: NetworkNamespace
  readonly ips: readonly Ip[]
  readonly #kept: readonly KeptIp[]

  private constructor([one, middle, two]: readonly NetworkNamespace[]) {
    this.one = one!
    this.middle = middle!
    this.two = two!
    this.#kept = [this.one, this.two].map((each) => new KeptIp(each))
    this.ips = this.#kept.map(connect)
  }

  static async create(): Promise<LinkedHosts> {
    const hosts = new LinkedHosts(await NetworkNamespace.createBare('links-one', 'links-middle', 'links-two'))
    const { one, middle, two } = hosts
    await middle.ip(`link add name switch type bridge
      link add name one type veth peer name under netns ${one.name}
      link add name two type veth peer name under netns ${two.name}
      link set one master switch up
      link set two master switch up
      link set switch up`)
    for (const host of [1, 2]) {
      await hosts.ip(`address add 10.78.0.${host}/24 dev under\nlink set under up\nlink set lo up`, host)
    }
    return hosts
  }

  async delete(): Promise<void> {
    for (const each of this.#kept) await each.close()
    for (const each of [this.one, this.middle, this.two]) await each.delete()
  }

  /** Commands of ip(8), one a line. */
  async ip(lines: string, host = 1): Promise<void> {
    await this.#kept[host - 1]!.run(['ip', '-force', '-batch', '-'], lines)
  }

  /** What is still to be done. */
  async rest(links: Links, host = 1): Promise<Plan> {
    return plan(links, await actualOf(this.ips[host - 1]!))
  }

  /** Takes the steps, and says which. */
  async become(links: Links, host = 1): Promise<readonly string[]> {
    const { steps } = await this.rest(links, host)
    await take(this.ips[host - 1]!, steps)
    return steps.map(({ verb, target }) => `${verb} ${target}`)
  }

  /** Both hosts are linked. */
  async link(driver: LinkDriver, key?: number): Promise<void> {
    await this.become(linksOf(driver, 1, [aPeer(2)], key), 1)
    await this.become(linksOf(driver, 2, [aPeer(1)], key), 2)
  }

  /** What the host behind an address says to the first. */
  async reached(address: string): Promise<string> {
    // Where all is slow, the one who asks may be gone before he is answered.
    const ask = async () => (await this.one.ask(address, port)) || undefined
    return eventually(`${address} answers`, ask, { everyMs: 50 })
  }

  /** A connection of the first host to the second, which says what it hears. */
  async connected(start: () => Running): Promise<Running> {
    await this.two.serve('two', port)
    const connection = start()
    await eventually('it is connected', () => connection.written().includes('two'), { everyMs: 20 })
    return connection
  }
}

/** What is said on it comes back. */
export async function assertStands(connection: Running): Promise<void> {
  connection.write('still here\n')
  await eventually('it says so', () => connection.written().includes('still here'), { everyMs: 20 })
}
