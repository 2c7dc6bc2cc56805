import type { Firewall } from './firewall.ts'
import { planGuard, type ActualTable } from './guard-steps.ts'
import { planRules, type ActualRules } from './rule-steps.ts'
import { dockerUser } from './rules.ts'
import type { FirewallStep } from './step.ts'

/** What the kernel has of us, and of iptables the rules of others, too. */
export interface ActualFirewall {
  readonly rules: readonly ActualRules[]
  /** Undefined where there is none; why there can be none where it is a sentence. */
  readonly table: ActualTable | string | undefined
  /** Whether packets pass from device to device at all (net.ipv4.ip_forward). */
  readonly forwards: boolean
}

export interface FirewallPlan {
  /** To be taken before devices, neighbours and routes change. */
  readonly before: readonly FirewallStep[]
  /** To be taken afterwards. */
  readonly after: readonly FirewallStep[]
  /** A sentence for each thing that is not as it should be, and that nothing here mends. */
  readonly remarks: readonly string[]
}

/**
 * What turns `actual` into `wanted`; nothing where it is so. Nothing is accepted before it is guarded, nor a device left
 * without its guard.
 */
export function planFirewall(wanted: Firewall, actual: ActualFirewall): FirewallPlan {
  const { table } = actual
  const guard = typeof table === 'string' ? { before: [], after: [] } : planGuard(wanted, table)
  const rules = typeof table === 'string' ? [...wanted.rules, ...wanted.otherwise] : wanted.rules
  const steps = actual.rules.map((each) => planRules(rules, each))
  return {
    before: [...guard.before, ...steps.flatMap(({ set }) => set)],
    after: [...steps.flatMap(({ removed }) => removed), ...guard.after],
    remarks: remarksOf(wanted, actual),
  }
}

function remarksOf({ rules, guard }: Firewall, actual: ActualFirewall): string[] {
  if (rules.length === 0) return []
  const hasDockerUser = actual.rules.some(({ chains }) => chains.some(({ chain }) => chain === dockerUser))
  return [
    ...(hasDockerUser
      ? []
      : [`chain ${dockerUser}: there is none, that of Docker was expected; nothing was accepted there`]),
    ...(typeof actual.table === 'string' && guard !== undefined
      ? [`${actual.table}; anybody can send packets of the overlay`]
      : []),
    ...(actual.forwards
      ? []
      : ['net.ipv4.ip_forward: it is 0, 1 was expected: sysctl -w net.ipv4.ip_forward=1']),
  ]
}
