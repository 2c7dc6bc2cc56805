import assert from 'node:assert/strict'
import { deviceName, type Links, type WireguardPeer } from '../../../../src/agents/tunnel/desired/links.ts'
import type { ActualWireguard } from '../../../../src/agents/tunnel/desired/wireguard-steps.ts'
import {
  plan,
  type Actual,
  type ActualDevice,
  type ActualRoute,
  type Step,
} from '../../../../src/agents/tunnel/plan.ts'

import { StrictSwitch } from './ovs-switch.ts'

const byKey = (a: WireguardPeer, b: WireguardPeer): number => (a.publicKey < b.publicKey ? -1 : 1)

/** Of a device of WireGuard its hosts, each subnet with one of them. */
class StrictWireguard {
  #hasKey = false
  #port: number | undefined
  readonly #peers = new Map<string, WireguardPeer>()

  get isUsed(): boolean {
    return this.#hasKey
  }

  get actual(): ActualWireguard {
    const peers = [...this.#peers.values()].sort(byKey)
    return { publicKey: this.#hasKey ? 'ours' : undefined, port: this.#port, peers }
  }

  knows(subnet: string): boolean {
    return [...this.#peers.values()].some(({ subnets }) => subnets.includes(subnet))
  }

  set(line: string, hasRoute: (subnet: string) => boolean): void {
    const [word, key = '', ...words] = line.split(' ')
    if (word === 'private-key') {
      assert.ok(!this.#hasKey, 'nobody is asked for another key')
      this.#hasKey = true
    } else if (word === 'listen-port') this.#port = Number(key)
    else {
      assert.ok(this.#hasKey && word === 'peer', line)
      if (words[0] === 'remove') {
        const isUsed = this.#peers.get(key)?.subnets.some((subnet) => hasRoute(subnet))
        assert.equal(isUsed, false, `${line}: packets go to it`)
        this.#peers.delete(key)
        return
      }
      const [endpointWord, endpoint = '', allowedWord, allowed = ''] = words
      assert.deepEqual([endpointWord, allowedWord], ['endpoint', 'allowed-ips'])
      const subnets = allowed.split(',')
      for (const [other, peer] of this.#peers) {
        const left = peer.subnets.filter((subnet) => !subnets.includes(subnet))
        this.#peers.set(other, { ...peer, subnets: left })
      }
      this.#peers.set(key, { publicKey: key, endpoint, subnets })
    }
  }

  end(): void {
    this.#hasKey = false
    this.#port = undefined
    this.#peers.clear()
  }
}

/** A kernel that refuses what makes no sense, and what would lose a packet. */
export class StrictKernel {
  device: (ActualDevice & { readonly isOfOthers?: boolean }) | undefined
  readonly addresses = new Set<string>()
  readonly neighbours = new Map<string, string>()
  readonly forwarding = new Map<string, string>()
  readonly wireguard = new StrictWireguard()
  readonly ovs = new StrictSwitch()
  routes: ActualRoute[] = []

  apply({ program, lines }: Step): void {
    if (program === 'process') return this.#start(lines)
    if (program === 'wg') {
      assert.ok(['tun', 'wireguard'].includes(this.#ours('wg').kind))
      const hasRoute = (subnet: string) =>
        this.routes.some((route) => route.subnet === subnet && route.device === deviceName)
      return lines.forEach((line) => this.wireguard.set(line, hasRoute))
    }
    if (program === 'ovs') {
      assert.equal(this.#ours('ovs').kind, 'tap')
      this.ovs.apply(lines, (address) => this.addresses.has(`${address}/32`))
      return this.#assertLeads('ovs')
    }
    for (const line of lines) {
      const [noun = '', verb = '', ...words] = line.split(' ')
      const key = `${noun} ${verb}`
      assert.equal(program, noun === 'fdb' ? 'bridge' : 'ip', line)
      const act = this.#acts[key]
      assert.ok(act, `${key} is known`)
      const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined)
      act(words, after, line)
    }
  }

  /** Of a device's process: it makes the device, and the others are for when it has. */
  #start(lines: readonly string[]): void {
    if (lines[0]?.includes('nft delete table')) return this.#switch(lines)
    const [program, first, ...rest] = lines
    assert.equal(this.device, undefined, program)
    assert.deepEqual([program, first], [`wireguard-go ${deviceName}`, `wg show ${deviceName} listen-port`])
    this.device = { kind: 'tun', group: 0, isUp: false, mtuBytes: 1420, isPlain: true }
    for (const line of rest) {
      const [ip, link, set, ...words] = line.split(' ')
      assert.deepEqual([ip, link, set], ['ip', 'link', 'set'])
      const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined)
      this.#acts['link set']!(words, after, line)
      this.device = { ...this.device, group: Number(after('group')) }
    }
  }

  /** Of Open vSwitch: what there was is gone, and where a bridge is made there is another. */
  #switch(lines: readonly string[]): void {
    if (this.device !== undefined) this.#delete('ovs')
    this.ovs.end()
    const bridge = lines.find((line) => line.includes('add-br arpanet1'))
    if (bridge === undefined) return
    const [wire = '', device = ''] = lines.slice(-2)
    assert.match(device, /^ip link set dev arpanet1 group 210 alias arpanet mtu \d+ up$/)
    this.ovs.make(bridge, wire)
    const mac = /hwaddr="(\S+)"/.exec(bridge)?.[1]
    const mtuBytes = Number(/mtu (\d+)/.exec(device)?.[1])
    this.device = { kind: 'tap', alias: 'arpanet', group: 210, isUp: true, mtuBytes, mac, isPlain: true }
  }

  #delete(line: string): void {
    this.#ours(line)
    this.device = undefined
    for (const all of [this.addresses, this.neighbours, this.forwarding]) all.clear()
    this.wireguard.end()
    this.routes = this.routes.filter(({ device }) => device !== deviceName)
  }

  readonly #acts: Record<
    string,
    (words: string[], after: (word: string) => string | undefined, line: string) => void
  > = {
    'link add': (words, after, line) => {
      assert.equal(this.device, undefined, line)
      assert.equal(after('name'), deviceName)
      const kind = after('type')!
      assert.equal(words.includes('nolearning'), kind === 'vxlan', line)
      if (kind === 'wireguard') {
        this.device = {
          kind,
          group: Number(after('group')),
          isUp: false,
          mtuBytes: Number(after('mtu')),
          isPlain: true,
        }
        return
      }
      this.device = {
        kind,
        group: Number(after('group')),
        isUp: false,
        mtuBytes: Number(after('mtu')),
        local: after('local'),
        key: Number(after(kind === 'gre' ? 'key' : 'id')),
        mac: after('address'),
        port: kind === 'vxlan' ? Number(after('dstport')) : undefined,
        isPlain: true,
      }
    },
    'link set': (words, after, line) => {
      if (words[1] === 'arpanet2') {
        this.ovs.mtuBytes = Number(after('mtu'))
        return
      }
      const device = this.#ours(line)
      const kind = after('type')
      if (kind !== undefined) {
        assert.equal(kind, device.kind, line)
        assert.ok(kind === 'gre' || after('id') === undefined, line)
        const key = after('key')
        this.device = {
          ...device,
          local: after('local') ?? device.local,
          key: key === undefined ? device.key : Number(key),
        }
        return
      }
      const mac = after('address') ?? device.mac
      if (mac !== device.mac) this.neighbours.clear()
      this.device = {
        ...device,
        mac,
        alias: after('alias') ?? device.alias,
        mtuBytes: Number(after('mtu') ?? device.mtuBytes),
        isUp: device.isUp || words.includes('up'),
      }
    },
    'link delete': (_words, _after, line) => {
      assert.notEqual(this.device?.kind, 'tap', `${line}: its process would stay`)
      this.#delete(line)
    },
    'address add': ([address = ''], _after, line) => {
      this.#ours(line)
      assert.ok(!this.addresses.has(address), line)
      this.addresses.add(address)
    },
    'address del': ([address = ''], _after, line) => {
      assert.ok(this.addresses.delete(address), line)
      assert.ok(this.addresses.size > 0, `${line}: takes all routes along`)
    },
    'neigh replace': ([address = ''], after, line) => {
      const { kind } = this.#ours(line)
      const lladdr = after('lladdr')!
      assert.ok(kind !== 'vxlan' || this.forwarding.has(lladdr), `${line}: leads nowhere`)
      if (kind === 'tap') this.ovs.assertLeads(lladdr, line)
      this.neighbours.set(address, lladdr)
    },
    'neigh del': ([address = ''], _after, line) => {
      assert.ok(!this.routes.some(({ via }) => via === address), `${line}: a route needs it`)
      assert.ok(this.neighbours.delete(address), line)
    },
    'fdb replace': ([mac = ''], after, line) => {
      assert.equal(this.#ours(line).kind, 'vxlan')
      this.forwarding.set(mac, after('dst')!)
    },
    'fdb del': ([mac = ''], after, line) => {
      assert.ok(![...this.neighbours.values()].includes(mac), `${line}: a neighbour needs it`)
      assert.equal(this.forwarding.get(mac), after('dst'), line)
      this.forwarding.delete(mac)
    },
    'route add': (words, after, line) => this.#route(words, after, line, false),
    'route replace': (words, after, line) => this.#route(words, after, line, true),
    'route del': ([subnet = ''], after, line) => {
      const index = this.routes.findIndex(
        (each) =>
          each.subnet === subnet &&
          each.via === after('via') &&
          each.device === after('dev') &&
          String(each.protocol) === after('proto') &&
          String(each.metric) === after('metric'),
      )
      assert.ok(index >= 0, line)
      this.routes.splice(index, 1)
    },
  }

  #ours(line: string): ActualDevice {
    assert.ok(this.device, `${line}: there is a device`)
    assert.ok(!this.device.isOfOthers, `${line}: is not ours`)
    return this.device
  }

  #route(words: string[], after: (word: string) => string | undefined, line: string, isThere: boolean): void {
    const [subnet = ''] = words
    if (subnet === 'unreachable') return this.#unreachable(words[1]!, after, line)
    const [via, device] = [after('via')!, after('dev')!]
    const isOnlink = words.includes('onlink')
    if (device === deviceName) {
      assert.ok(this.#ours(line).isUp, `${line}: the device is up`)
      const isKnown = this.wireguard.isUsed ? this.wireguard.knows(subnet) : this.neighbours.has(via)
      assert.ok(isOnlink && isKnown, `${line}: there is somebody at its end`)
    } else assert.ok(via.startsWith('10.78.0.'), `${line}: is on the segment`)
    const index = this.routes.findIndex((each) => each.subnet === subnet && each.metric === 0)
    assert.equal(index >= 0, isThere, line)
    if (isThere) assert.equal(this.routes[index]!.protocol, 210, `${line}: is ours`)
    const route = {
      subnet,
      via,
      device,
      isOnlink,
      source: after('src'),
      protocol: Number(after('proto')),
      metric: 0,
      type: 'unicast' as const,
    }
    this.routes.splice(isThere ? index : this.routes.length, isThere ? 1 : 0, route)
  }

  #unreachable(subnet: string, after: (word: string) => string | undefined, line: string): void {
    const [protocol, metric] = [Number(after('proto')), Number(after('metric'))]
    assert.ok(!this.routes.some((each) => each.subnet === subnet && each.metric === metric), line)
    this.routes.push({ subnet, isOnlink: false, protocol, metric, type: 'unreachable' })
  }

  /** A route of Open vSwitch's device leads to somebody at each moment. */
  #assertLeads(line: string): void {
    for (const { via, device } of this.routes) {
      const lladdr = device === deviceName ? this.neighbours.get(via ?? '') : undefined
      if (lladdr !== undefined) this.ovs.assertLeads(lladdr, line)
    }
  }

  get actual(): Actual {
    const there = this.device !== undefined
    return {
      device: this.device,
      addresses: there ? [...this.addresses] : [],
      neighbours: [...this.neighbours].map(([address, lladdr]) => ({ address, lladdr })),
      forwarding: [...this.forwarding].map(([mac, address]) => ({ mac, address })),
      ...(['tun', 'wireguard'].includes(this.device?.kind ?? '') && { wireguard: this.wireguard.actual }),
      ...(this.device?.kind === 'tap' && { ovs: this.ovs.actual }),
      routes: [...this.routes],
    }
  }

  become(links: Links): { readonly steps: readonly Step[]; readonly conflicts: readonly string[] } {
    const { steps, conflicts } = plan(links, this.actual)
    for (const step of steps) {
      assert.ok(step.reason !== '' && step.lines.length > 0)
      this.apply(step)
    }
    return { steps, conflicts }
  }

  assertIs(links: Links): void {
    const { device, routes, wireguard, ovs, ...rest } = this.actual
    assert.equal(ovs?.key, links.ovs?.key)
    assert.equal(ovs?.own, links.ovs?.own)
    assert.deepEqual(wireguard?.peers, links.wireguard?.peers.toSorted(byKey))
    assert.deepEqual(device && deviceOf(device), links.device && deviceOf({ ...made, ...links.device }))
    const sorted = (all: readonly object[] | readonly string[]) =>
      all.map((each) => JSON.stringify(each)).sort()
    for (const name of ['addresses', 'neighbours', 'forwarding'] as const) {
      assert.deepEqual(sorted(rest[name]), sorted(links[name]))
    }
    const ours = Map.groupBy(
      routes.filter(({ protocol }) => protocol === 210),
      ({ type }) => type,
    )
    assert.deepEqual(
      ours.get('unreachable')?.map(({ subnet }) => subnet) ?? [],
      links.unreachable === undefined ? [] : [links.unreachable],
    )
    assert.deepEqual(
      sorted(
        (ours.get('unicast') ?? []).map(({ subnet, via, device, isOnlink, source }) => ({
          ...{ subnet, via, device, isOnlink, source },
        })),
      ),
      sorted(links.routes),
    )
    assert.deepEqual(plan(links, this.actual).steps, [])
  }
}

const made = { alias: 'arpanet', group: 210, isUp: true, isPlain: true }
const deviceOf = ({ kind, alias, isUp, mtuBytes, local, key, mac, port, isPlain }: ActualDevice) => ({
  kind,
  alias,
  isUp,
  mtuBytes,
  local,
  key,
  mac,
  port,
  isPlain,
})
