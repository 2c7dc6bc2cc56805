// What each driver of the tunnel carries between containers of two hosts, beside the same routes without a tunnel and
// beside Docker's own overlay network.
import { inEmulatedKernel } from '../support/emulated-kernel.ts'
import { goals, median, type Figure } from './measure.ts'
import { contenders, dockersOverlay, layPair, noTunnel } from './tunnel-lab.ts'
import { cableMbit, effort, sample, type Effort, type Sample } from './tunnel-runs.ts'

/** What the contenders are compared with. */
interface Comparison {
  readonly base: string
  readonly rival: string
  readonly cableMbit: number
}

/** By the contender's name, a sample for each round. */
type Samples = ReadonlyMap<string, readonly Sample[]>

/** IPv4 and TCP, with timestamps (RFC 7323), of a packet as long as the MTU. */
const insideBytes = 20 + 20 + 12
/** Of a packet on the cable: what the hosts' devices allow, and Ethernet's header, as tc(8) counts. */
const outsideBytes = 1500 + 14

/** What part of a cable's bits a user of TCP gets where each packet is as long as an MTU of the overlay allows. */
const ceiling = (mtuBytes: number): number => (mtuBytes - insideBytes) / outsideBytes

/** Takes about nine minutes; says on stderr how far it is. */
export async function benchTunnel(rounds = 3, each: Effort = effort): Promise<string> {
  const samples = new Map<string, Sample[]>()
  const skipped = new Map<string, string>()
  await using pair = await layPair()
  // In turn, so that the machine's moods strike all alike.
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      const { name } = contender
      if (skipped.has(name)) continue
      try {
        const places = await contender.lay(pair)
        const found = await sample(places, each)
        samples.set(name, [...(samples.get(name) ?? []), found])
        console.error(
          `round ${round + 1}: ${name}: ${found.one.toFixed(2)} Gbit/s, ${found.p50.toFixed(0)} µs`,
        )
      } catch (error) {
        // What went once has to go on.
        if (samples.has(name)) throw error
        skipped.set(name, whyNot(error as Error))
      } finally {
        await contender.remove(pair)
      }
    }
  }
  const comparison = { base: noTunnel.name, rival: dockersOverlay.name, cableMbit: cableMbit.lab }
  return [
    ...tables('Containers of two hosts', samples, comparison),
    ...[...skipped].map(([name, why]) => `\nWithout ${name}: ${why}`),
    goals('vxlan', goalsOf(samples, 'vxlan', comparison)),
  ].join('\n')
}

/** In a kernel that has gre, and two processors, which are emulated. */
export async function benchGre(rounds = 3, { seconds, turns }: Effort = effort): Promise<string> {
  const program = 'test/bench/tunnel-emulated.ts'
  // Its processors are some ten times slower.
  const argv = [process.execPath, program, ...[rounds, seconds, turns / 10].map(String)]
  const options = { timeoutMs: 1_800_000, memoryMebibytes: 4_096 }
  const { stdout, stderr, exitCode } = await inEmulatedKernel(argv, options)
  if (exitCode !== 0) throw new Error(`${program}: exit ${exitCode}\n${stdout}${stderr}`)
  const samples = new Map<string, Sample[]>()
  for (const line of stdout.trim().split('\n')) {
    const [name, found] = JSON.parse(line) as [string, Sample]
    samples.set(name, [...(samples.get(name) ?? []), found])
  }
  const comparison = { base: noTunnel.name, rival: dockersOverlay.name, cableMbit: cableMbit.emulated }
  return [
    ...tables('Containers of two hosts in a kernel that has gre, emulated', samples, comparison),
    goals('gre', goalsOf(samples, 'gre', comparison)),
  ].join('\n')
}

/** The sentence of a command that failed. */
const whyNot = ({ message }: Error): string =>
  message
    .split('\n')
    .slice(1)
    .filter((line) => /^\S.*: /.test(line))
    .at(-1) ?? message

const valuesOf = (samples: Samples, name: string, figure: keyof Sample): number[] =>
  (samples.get(name) ?? []).map((each) => each[figure])

const middle = (samples: Samples, name: string, figure: keyof Sample): number =>
  median(valuesOf(samples, name, figure))

const ratio = (samples: Samples, figure: keyof Sample, name: string, other: string): number =>
  middle(samples, name, figure) / middle(samples, other, figure)

const ofCeiling = (samples: Samples, name: string, cableMbit: number): number =>
  (middle(samples, name, 'cable') * 1_000) / (cableMbit * ceiling(middle(samples, name, 'mtuBytes')))

const goalsOf = (samples: Samples, name: string, { rival, cableMbit }: Comparison): Figure[] => [
  {
    what: `throughput by a cable of ${cableMbit} Mbit/s, of its ceiling`,
    value: 100 * ofCeiling(samples, name, cableMbit),
    ...{ unit: '%', goal: 'at least 95' },
  },
  ...(['cable', 'one', 'eight'] as const).map((figure) => ({
    what: `throughput, ${figure}, of that of ${rival}`,
    value: 100 * ratio(samples, figure, name, rival),
    ...{ unit: '%', goal: 'at least 100' },
  })),
  ...(['p50', 'p99'] as const).map((figure) => ({
    what: `latency, ${figure}, of that of ${rival}`,
    value: 100 * ratio(samples, figure, name, rival),
    ...{ unit: '%', goal: 'at most 100' },
  })),
]

/** A table of medians for each figure, with what they are of those of others. */
function tables(title: string, samples: Samples, comparison: Comparison): string[] {
  const { base, rival, cableMbit } = comparison
  const names = [...samples.keys()]
  const others = [base, rival]
  const table = (what: string, figure: keyof Sample, digits: number) => {
    const isCable = figure === 'cable'
    const head = [
      ...['MTU', what, 'range', ...others.map((other) => `of ${other}`)],
      ...(isCable ? ['of its ceiling'] : []),
      ...['idle %', 'load'],
    ]
    const row = (name: string) => {
      const values = valuesOf(samples, name, figure)
      const range = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits))
      return [
        ...[name, middle(samples, name, 'mtuBytes').toFixed(0), median(values).toFixed(digits)],
        range.join('-'),
        ...others.map((other) => ratio(samples, figure, name, other).toFixed(2)),
        ...(isCable ? [ofCeiling(samples, name, cableMbit).toFixed(2)] : []),
        middle(samples, name, 'idle').toFixed(0),
        valuesOf(samples, name, 'load')
          .map((load) => load.toFixed(1))
          .join(' '),
      ]
    }
    return [
      ...['', `| | ${head.join(' | ')} |`, `|${'---|'.repeat(head.length + 1)}`],
      ...names.map((name) => `| ${row(name).join(' | ')} |`),
    ]
  }
  return [
    ...['', `### ${title}`],
    ...table(`one stream by a cable of ${cableMbit} Mbit/s, Gbit/s`, 'cable', 4),
    ...table('one stream, Gbit/s', 'one', 2),
    ...table('eight streams, Gbit/s', 'eight', 2),
    ...table('a byte there and back, p50, µs', 'p50', 0),
    ...table('the same, p99, µs', 'p99', 0),
  ]
}
