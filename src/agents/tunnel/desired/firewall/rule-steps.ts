import { hides } from './hides.ts'
import { mark, type Rule } from './rules.ts'
import type { FirewallStep } from './step.ts'
import { wordsOf } from './words.ts'

/** What one of the engines of iptables has. */
export interface ActualRules {
  readonly engine: 'nft' | 'legacy'
  readonly chains: readonly {
    readonly table: string
    readonly chain: string
    readonly rules: readonly string[]
  }[]
}

/** By when they are taken: those that let pass what comes by devices, and those that end that. */
export interface RuleSteps {
  readonly set: readonly FirewallStep[]
  readonly removed: readonly FirewallStep[]
}

/** Whether a rule, as iptables-save(8) writes it, is ours. */
export function isOurs(rule: string): boolean {
  const words = wordsOf(rule)
  return words.some((word, index) => word === '--comment' && words[index + 1] === mark)
}

/**
 * What turns rules of ours into `wanted`, in each chain that is there: a packet passes where no engine drops it. None is
 * found by its number, which may be that of another by the time it is removed.
 */
export function planRules(wanted: readonly Rule[], { engine, chains }: ActualRules): RuleSteps {
  const step = (verb: FirewallStep['verb'], { table, chain }: Place, reason: string, lines: string[]) => ({
    program: 'iptables' as const,
    verb,
    target: `rule of ${chain} (${engine}): ${shown(lines.at(-1) ?? '', chain)}`,
    reason,
    engine,
    table,
    lines,
  })
  const removal = (chain: string, rule: string) => `-D ${chain} ${rule}`
  const [set, removed] = [[] as FirewallStep[], [] as FirewallStep[]]
  for (const place of chains) {
    const { table, chain, rules } = place
    const here = wanted.filter((each) => each.table === table && each.chain === chain)
    for (const rule of here) {
      const copies = rules.filter((each) => each === rule.text)
      const insertion = `-I ${chain} ${rule.text}`
      if (copies.length === 0) {
        set.push(step('add', place, rule.reason, [insertion]))
        continue
      }
      const above = rules
        .slice(0, rules.indexOf(rule.text))
        .find((each) => !isOurs(each) && hides(each, rule))
      if (copies.length === 1 && above === undefined) continue
      const reason = above === undefined ? 'it is there more than once' : `it is below ${above}`
      set.push(step('move', place, reason, [...copies.map((each) => removal(chain, each)), insertion]))
    }
    for (const rule of rules.filter(isOurs)) {
      if (here.some(({ text }) => text === rule)) continue
      removed.push(step('remove', place, 'it is not wanted any more', [removal(chain, rule)]))
    }
  }
  return { set, removed }
}

interface Place {
  readonly table: string
  readonly chain: string
}

/** A change without what is the same of all. */
const shown = (line: string, chain: string): string =>
  line.slice(`-I ${chain} `.length).replace(` -m comment --comment ${mark}`, '')
