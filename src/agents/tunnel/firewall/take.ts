import type { Iptables } from '../../../drivers/iptables.ts'
import type { Nft } from '../../../drivers/nft.ts'
import type { FirewallStep } from '../desired/firewall/step.ts'

/** What a firewall is changed by. */
export interface FirewallHands {
  readonly iptables: Pick<Iptables, 'apply'>
  readonly nft: Pick<Nft, 'apply'>
}

/** Takes steps in their order; those of one program that follow one another are one batch, all or nothing. */
export async function takeFirewall(
  steps: readonly FirewallStep[],
  { iptables, nft }: FirewallHands,
): Promise<void> {
  for (let rest = steps; rest.length > 0;) {
    const [first] = rest
    if (first === undefined) return
    const end = rest.findIndex((step) => programOf(step) !== programOf(first))
    const batch = end === -1 ? rest : rest.slice(0, end)
    rest = rest.slice(batch.length)
    if (first.program === 'nft')
      await nft.apply(batch.flatMap(({ lines }) => lines.map((line) => `${line}\n`)).join(''))
    else await iptables.apply(first.engine, batch.flatMap(changesOf))
  }
}

const programOf = (step: FirewallStep): string =>
  step.program === 'nft' ? 'nft' : `${step.program} ${step.engine}`

const changesOf = (step: FirewallStep) =>
  step.program === 'nft' ? [] : step.lines.map((line) => ({ table: step.table, line }))
