import assert from 'node:assert/strict'
import type { ActualSwitch } from '../../../../src/agents/tunnel/desired/ovs/steps.ts'

const after = (line: string, word: string): string =>
  new RegExp(`\\b${word}[ =]([^ ;]+)`).exec(line)?.[1] ?? assert.fail(`${line}: has no ${word}`)

/** Open vSwitch and the rules around it, which refuse what makes no sense. */
export class StrictSwitch {
  #config: { own: string; key: number } | undefined
  #mtuBytes: number | undefined
  #route: string | undefined
  readonly flows = new Map<string, string>()
  wire: string[] | undefined

  /** Undefined where there is none. */
  get actual(): ActualSwitch | undefined {
    if (this.#config === undefined) return undefined
    return {
      parts: [
        'bridge arpanet1 netdev secure 02:d2:00:00:00:01',
        'port arpanet1 internal 65534',
        'port arpanet2 internal 2',
        'port arpanetgre gre 3 flow',
      ],
      ...this.#config,
      mtuBytes: this.#mtuBytes,
      route: this.#route,
      flows: [...this.flows.keys()],
      wire: this.wire,
    }
  }

  make(bridge: string, wire: string): void {
    this.#config = { own: after(bridge, 'local_ip'), key: Number(after(bridge, 'key')) }
    this.#mtuBytes = Number(after(wire, 'mtu'))
  }

  end(): void {
    this.#config = this.#route = this.wire = undefined
    this.flows.clear()
  }

  set mtuBytes(bytes: number) {
    assert.ok(this.#config, 'there is a wire')
    this.#mtuBytes = bytes
  }

  apply(lines: readonly string[], hasAddress: (address: string) => boolean): void {
    for (const line of lines) {
      const [word = '', ...words] = line.split(' ')
      const rest = words.join(' ')
      assert.ok(this.#config, `${line}: there is a switch`)
      if (word === 'config') {
        const [what, value = ''] = rest.replace('set interface arpanetgre options:', '').split('=')
        assert.ok(what === 'local_ip' || what === 'key', line)
        this.#config =
          what === 'key' ? { ...this.#config, key: Number(value) } : { ...this.#config, own: value }
      } else if (word === 'route') {
        assert.ok(hasAddress(rest), `${line}: is an address of the device`)
        this.#route = rest
      } else if (word === 'flow') this.#flow(rest)
      else {
        assert.equal(word, 'rule', line)
        this.#rule(rest)
      }
    }
  }

  /** That packets which are sent to this MAC get to somebody. */
  assertLeads(lladdr: string, line: string): void {
    const flow = [...this.flows.values()].find((each) => each.includes(`dl_dst=${lladdr} `))
    assert.ok(flow, `${line}: a flow takes it`)
    const [, address = ''] = /set_field:(\S+)->tun_dst/.exec(flow) ?? []
    assert.ok(
      this.wire?.some((each) => each.startsWith(`ways ${address} `)),
      `${line}: ${address} is known`,
    )
  }

  #flow(line: string): void {
    const verb = line.split(' ', 1)[0]
    const text = line.slice(line.indexOf(' ') + 1)
    const cookie = after(text, 'cookie').replace(/^0x([0-9a-f]+).*$/, '$1')
    if (verb === 'delete') {
      assert.match(text, /^cookie=0x[0-9a-f]+\/-1$/)
      this.flows.delete(cookie)
      return
    }
    assert.equal(verb, 'add', line)
    const flow = text.slice(text.indexOf(',') + 1)
    const matchOf = (all: string) => all.slice(0, all.indexOf(' actions='))
    // One of the same match and priority takes the other's place.
    for (const [other, there] of this.flows) if (matchOf(there) === matchOf(flow)) this.flows.delete(other)
    this.flows.set(cookie, flow)
  }

  #rule(line: string): void {
    const [verb, noun, family, table, name = ''] = line.split(' ')
    assert.deepEqual([family, table], ['netdev', 'arpanet_tunnel'], line)
    if (noun === 'table') {
      if (verb === 'delete') this.wire = undefined
      else this.wire ??= []
      return
    }
    assert.ok(verb === 'add' && this.wire, line)
    switch (noun) {
      case 'set':
      case 'map':
        return
      case 'element': {
        const elements = /\{ (.*) \}/.exec(line)?.[1] ?? ''
        this.wire.push(...elements.split(', ').map((each) => `${name} ${each.replace(' : ', ' ')}`))
        return
      }
      case 'chain':
        this.wire.push(`chain ${name} ${after(line, 'hook')} ${after(line, 'priority')}`)
        return
      default: {
        const [, to] = /fwd .*"(\S+)" comment/.exec(line) ?? []
        const [, comment] = /comment "(.*)"/.exec(line) ?? []
        this.wire.push(`rule ${name} ${comment}${to === undefined ? '' : ` to ${to}`}`)
      }
    }
  }
}
