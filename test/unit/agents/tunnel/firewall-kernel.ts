import assert from 'node:assert/strict'
import type { Firewall } from '../../../../src/agents/tunnel/desired/firewall/firewall.ts'
import type { Guard } from '../../../../src/agents/tunnel/desired/firewall/guard.ts'
import {
  planFirewall,
  type ActualFirewall,
  type FirewallPlan,
} from '../../../../src/agents/tunnel/desired/firewall/plan.ts'
import type { FirewallStep } from '../../../../src/agents/tunnel/desired/firewall/step.ts'
import { readTable } from '../../../../src/agents/tunnel/firewall/read-table.ts'

type Engine = 'nft' | 'legacy'

/** Chains of iptables and a table of nft that refuse what makes no sense, and what would let in a stranger. */
export class StrictFirewall {
  readonly chains: Record<Engine, Map<string, string[]>> = { nft: new Map(), legacy: new Map() }
  /** As nft would list it. */
  table:
    { chains: Map<string, { hook: object; comments: string[] }>; members: Map<string, object> } | undefined
  /** Why there can be no table. */
  fault: string | undefined
  /** Which packets the device of the moment takes. */
  device: Guard | undefined

  constructor(chains: Partial<Record<Engine, Readonly<Record<string, readonly string[]>>>>) {
    for (const [engine, some] of Object.entries(chains)) {
      for (const [name, rules] of Object.entries(some)) this.chains[engine as Engine].set(name, [...rules])
    }
  }

  get actual(): ActualFirewall {
    return {
      rules: (['nft', 'legacy'] as const).map((engine) => ({
        engine,
        chains: [...this.chains[engine]].map(([name, rules]) => {
          const [table = '', chain = ''] = name.split(' ')
          return { table, chain, rules: [...rules] }
        }),
      })),
      table: this.fault ?? readTable(this.#listing()),
      forwards: true,
    }
  }

  /** Takes all steps, with a change of the device between; asserts after each that nobody is let in. */
  become(wanted: Firewall): FirewallPlan {
    const plan = planFirewall(wanted, this.actual)
    for (const step of plan.before) this.#take(step)
    this.device = wanted.guard
    this.#assertGuarded('the device')
    for (const step of plan.after) this.#take(step)
    return plan
  }

  #take(step: FirewallStep): void {
    for (const line of step.lines) {
      if (step.program === 'nft') this.#nft(line)
      else this.#iptables(step.engine, step.table, line)
    }
    this.#assertGuarded(`${step.verb} ${step.target}`)
  }

  #assertGuarded(what: string): void {
    if (this.device === undefined || this.fault !== undefined) return
    const { guards = [] } = readTable(this.#listing()) ?? {}
    assert.ok(
      guards.some(({ kind, key, port }) => `${kind} ${key} ${port}` === this.#textOf(this.device!)),
      `${what}: the device has no guard`,
    )
  }

  #textOf = ({ kind, key, port }: Guard): string => `${kind} ${key} ${port}`

  #iptables(engine: Engine, table: string, line: string): void {
    const [, verb, chain, rule = ''] = /^-([ID]) (\S+) (.*)$/.exec(line) ?? []
    const rules = this.chains[engine].get(`${table} ${chain}`)
    assert.ok(rules, `${line}: there is such a chain`)
    assert.match(rule, /(^| )-m comment --comment arpanet -j (ACCEPT|RETURN)$/, `${line}: it is ours`)
    if (verb === 'I') return void rules.unshift(rule)
    assert.ok(rules.includes(rule), `${line}: it is there`)
    rules.splice(rules.indexOf(rule), 1)
  }

  #nft(line: string): void {
    const [, verb = '', noun = '', name = '', rest = ''] =
      /^(\w+) (\w+) inet arpanet_tunnel ?(\w*) ?(.*)$/.exec(line) ?? []
    const key = `${verb} ${noun}`
    if (key === 'add table') {
      this.table ??= { chains: new Map(), members: new Map() }
      return
    }
    assert.ok(this.table, `${line}: there is a table`)
    const { chains, members } = this.table
    const chain = () => {
      const found = chains.get(name)
      assert.ok(found, `${line}: there is such a chain`)
      return found
    }
    const acts: Record<string, () => void> = {
      'delete table': () => (this.table = undefined),
      'add set': () => assert.equal(name, 'members'),
      'add chain': () => {
        const [, type, hook, prio] = /type (\w+) hook (\w+) priority (-?\d+)/.exec(rest) ?? []
        chains.set(name, {
          hook: type === undefined ? {} : { type, hook, prio: Number(prio), policy: 'accept' },
          comments: [],
        })
      },
      'flush chain': () => void chain().comments.splice(0),
      'add rule': () => void chain().comments.push(/ comment "([^"]{1,120})"$/.exec(rest)![1]!),
      'add element': () => {
        for (const element of elementsOf(rest)) {
          for (const other of members.keys()) {
            assert.ok(!sameSource(element, other), `${line}: the kernel takes no two that overlap`)
          }
          const [address, range = ''] = element.split(' . ')
          members.set(element, { concat: [address, { range: range.split('-').map(Number) }] })
        }
      },
      'delete element': () => {
        for (const element of elementsOf(rest)) assert.ok(members.delete(element), `${line}: it is there`)
      },
    }
    assert.ok(acts[key], `${key} is known`)
    acts[key]()
  }

  #listing(): object[] {
    if (this.table === undefined) return []
    return [
      { table: { name: 'arpanet_tunnel' } },
      { set: { name: 'members', flags: ['interval'], elem: [...this.table.members.values()] } },
      ...[...this.table.chains].map(([name, { hook }]) => ({ chain: { name, ...hook } })),
      ...[...this.table.chains].flatMap(([chain, { comments }]) =>
        comments.map((comment) => ({ rule: { chain, comment } })),
      ),
    ]
  }
}

const elementsOf = (braces: string): string[] => braces.replace(/^\{ | \}$/g, '').split(', ')

const sameSource = (a: string, b: string): boolean => {
  const [one, other] = [a, b].map((text) => {
    const [address, first = 0, last = 0] = text.split(/ \. |-/)
    return { address, first: Number(first), last: Number(last) }
  })
  return one!.address === other!.address && one!.first <= other!.last && other!.first <= one!.last
}
