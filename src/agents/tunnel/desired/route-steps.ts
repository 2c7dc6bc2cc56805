import { tunnelProtocol } from '../../../model/route-protocol.ts'
import type { Links, NetworkRoute } from './links.ts'
import { ipStep, type Step } from './step.ts'

/** A route of the kernel's main table. */
export interface ActualRoute {
  readonly subnet: string
  /** Undefined where it has none, or several. */
  readonly via?: string | undefined
  readonly device?: string | undefined
  readonly isOnlink: boolean
  /** What this host says it is there, where the route says so. */
  readonly source?: string | undefined
  readonly protocol: number
  readonly metric: number
  /** Whether it leads somewhere, or tells senders that it does not. */
  readonly type: 'unicast' | 'unreachable' | 'other'
}

/** By when they are taken: `remove` before the neighbours change, `add` afterwards. */
export interface RouteSteps {
  readonly remove: readonly Step[]
  readonly add: readonly Step[]
  readonly conflicts: readonly string[]
}

const isSame = (there: ActualRoute, wanted: NetworkRoute): boolean =>
  there.via === wanted.via &&
  there.device === wanted.device &&
  there.isOnlink === wanted.isOnlink &&
  there.source === wanted.source &&
  there.metric === 0 &&
  there.type === 'unicast'

/** The greatest: any other route of the same network comes before it, as the one of a bridge that has it all. */
const lastMetric = 4_294_967_295

export function planRoutes(
  { routes: wanted, unreachable }: Pick<Links, 'routes' | 'unreachable'>,
  actual: readonly ActualRoute[],
): RouteSteps {
  const ours = Map.groupBy(
    actual.filter(({ protocol }) => protocol === tunnelProtocol),
    ({ subnet }) => subnet,
  )
  // One with a greater metric is behind ours.
  const taken = new Map(
    actual
      .filter(({ protocol, metric }) => protocol !== tunnelProtocol && metric === 0)
      .map((route) => [route.subnet, route]),
  )
  const steps = { remove: [] as Step[], add: [] as Step[], conflicts: [] as string[] }
  for (const route of wanted) {
    const { subnet, via } = route
    const [all, other] = [ours.get(subnet) ?? [], taken.get(subnet)]
    ours.delete(subnet)
    if (other !== undefined) {
      steps.conflicts.push(
        `route ${subnet}: one that is not ours is there, ${placeOf(other)}, none was expected`,
      )
      continue
    }
    const same = all.find((each) => isSame(each, route))
    const stays = same ?? all.find(({ metric }) => metric === 0)
    for (const each of all) if (each !== stays) steps.remove.push(removal(each, 'there is one too many'))
    if (same !== undefined) continue
    const [verb, word] = stays === undefined ? (['add', 'add'] as const) : (['change', 'replace'] as const)
    const reason =
      stays === undefined ? `its host is at ${via}` : `it is ${placeOf(stays)}, and by ${via} from now on`
    const onlink = route.isOnlink ? ' onlink' : ''
    const source = route.source === undefined ? '' : ` src ${route.source}`
    const line = `route ${word} ${subnet} via ${via} dev ${route.device}${onlink}${source} proto ${tunnelProtocol}`
    steps.add.push(ipStep(verb, `route ${subnet}`, reason, line))
  }
  if (unreachable !== undefined) {
    const all = ours.get(unreachable) ?? []
    const there = all.find(({ type, metric }) => type === 'unreachable' && metric === lastMetric)
    ours.set(
      unreachable,
      all.filter((each) => each !== there),
    )
    const line = `route add unreachable ${unreachable} proto ${tunnelProtocol} metric ${lastMetric}`
    const reason = 'what no host has goes nowhere'
    if (there === undefined) steps.add.push(ipStep('add', `route ${unreachable}`, reason, line))
  }
  for (const all of ours.values()) {
    for (const each of all) steps.remove.push(removal(each, 'no host has it'))
  }
  return steps
}

function removal({ subnet, via, device, metric }: ActualRoute, reason: string): Step {
  const words = [
    `route del ${subnet}`,
    ...(via === undefined ? [] : [`via ${via}`]),
    ...(device === undefined ? [] : [`dev ${device}`]),
    `proto ${tunnelProtocol} metric ${metric}`,
  ]
  return ipStep('remove', `route ${subnet}`, reason, words.join(' '))
}

const placeOf = ({ via, device, type }: ActualRoute): string => {
  if (type !== 'unicast') return 'by no way'
  if (via !== undefined) return `by ${via} on ${device ?? 'no device'}`
  return device === undefined ? 'by several ways' : `on ${device}`
}
