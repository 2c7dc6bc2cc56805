// What the ambassador's rules carry, beside no detour at all and beside the proxies that would do the same.
import { readFile } from 'node:fs/promises'
import { demand, observe } from '../lab/program.ts'
import { ports } from './ambassador-rivals.ts'
import { layWays, type Way, type Ways } from './ambassador-ways.ts'
import { goals, median } from './measure.ts'

const rounds = 3
const runSeconds = 3
const requests = 10_000

/** One run: its figures, and what the machine's cores did meanwhile, in shares of all their time. */
type Sample = Readonly<Record<string, number>>

/** A figure of a sample; `ratio` where others are compared with the contenders it names. */
interface Column {
  readonly figure: string
  readonly unit: string
  readonly digits: number
  readonly against?: readonly string[]
}

interface Test {
  readonly title: string
  readonly columns: readonly Column[]
  readonly run: (address: string) => readonly string[]
  readonly read: (output: string) => Sample
}

/** Which connections iperf3 says how much they have carried. */
interface Iperf {
  readonly end: { readonly sum_received: { readonly bits_per_second: number } }
}

const bulk = (streams: number): Test => ({
  title: `Throughput of ${streams === 1 ? 'one stream' : `${streams} streams`}`,
  columns: [{ figure: 'rate', unit: 'Gbit/s', digits: 2, against: ['direct', 'HAProxy'] }],
  run: (address) => [
    ...['iperf3', '-J', '-c', address, '-p', `${ports.bulk}`],
    ...['-t', `${runSeconds}`, '-P', `${streams}`],
  ],
  read: (output) => {
    const { end } = JSON.parse(output) as Iperf
    return { rate: end.sum_received.bits_per_second / 1e9 }
  },
})

const web = (title: string, columns: readonly Column[], ...flags: string[]): Test => ({
  title,
  columns,
  run: (address) => [
    // It opens /dev/stdout, which must be no socket, as it is of a child of Node.
    ...['bash', '-o', 'pipefail', '-c', '"$@" | cat', 'bash'],
    ...['ab', '-q', '-e', '/dev/stdout', ...flags, `http://${address}:${ports.web}/`],
  ],
  read: (output) => {
    const failed = numberIn(output, /^Failed requests:\s+(\S+)/m)
    if (failed > 0 || output.includes('Non-2xx')) throw new Error(`${title}: not all was answered\n${output}`)
    return {
      rate: numberIn(output, /^Requests per second:\s+(\S+)/m),
      // Of ab in ms, of which it knows thousandths.
      p50: numberIn(output, /^50,(\S+)$/m) * 1000,
      p99: numberIn(output, /^99,(\S+)$/m) * 1000,
    }
  },
})

const latencies = ['p50', 'p99'].map((figure) => ({ figure, unit: 'µs', digits: 0, against: ['direct'] }))
const opened = [{ figure: 'rate', unit: '1/s', digits: 0, against: ['direct', 'HAProxy'] }]

const tests = {
  one: bulk(1),
  eight: bulk(8),
  opened: web(
    'New connections, 32 at a time, a short answer over each',
    opened,
    ...['-c', '32', '-t', `${runSeconds}`, '-n', '1000000'],
  ),
  kept: web(
    `Latency of a request, ${2 * requests} over one connection`,
    latencies,
    ...['-k', '-n', `${2 * requests}`],
  ),
  fresh: web(
    `Latency of a request with its connection, ${requests} one after the other`,
    latencies,
    ...['-t', `${2 * runSeconds}`, '-n', `${requests}`],
  ),
} satisfies Record<string, Test>

/** By the contender's name, a sample for each round. */
type Samples = ReadonlyMap<string, readonly Sample[]>

export async function benchAmbassador(): Promise<string> {
  await using ways = await layWays()
  const samples: Partial<Record<keyof typeof tests, Samples>> = {}
  const tables = []
  for (const key of Object.keys(tests) as (keyof typeof tests)[]) {
    samples[key] = await inTurns(tests[key], ways)
    tables.push(table(tests[key], samples[key]))
  }
  const percent = (test: keyof typeof tests, figure: string, of: string) =>
    100 * ratio(samples[test] ?? new Map(), 'ours', of, figure)
  const figure = (what: string, value: number, goal?: string) => ({ what, value, unit: '%', goal })
  return [
    ...tables,
    goals('Ours', [
      figure('throughput of one stream, of direct', percent('one', 'rate', 'direct'), 'at least 85'),
      figure('throughput of eight streams, of direct', percent('eight', 'rate', 'direct'), 'at least 85'),
      figure("throughput of one stream, of HAProxy's", percent('one', 'rate', 'HAProxy'), 'at least 300'),
      figure('p99 over one connection, of direct', percent('kept', 'p99', 'direct'), 'at most 110'),
      figure('p99 with its connection, of direct', percent('fresh', 'p99', 'direct'), 'at most 110'),
    ]),
  ].join('\n')
}

/** The contenders in turn, so that the machine's moods strike all alike. The first round does not count. */
async function inTurns(test: Test, { all, asClient }: Ways): Promise<Samples> {
  const samples = new Map<string, Sample[]>(all.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const way of all) {
      const sample = await once(test, way, asClient)
      if (round > 0) samples.get(way.name)?.push(sample)
    }
  }
  return samples
}

async function once(test: Test, { name, address }: Way, asClient: readonly string[]): Promise<Sample> {
  const before = await coreTimes()
  const outcome = await observe([...asClient, ...test.run(address)], { title: `${test.title}: ${name}` })
  const after = await coreTimes()
  const spent = after.map((ticks, index) => ticks - (before[index] ?? 0))
  const share = (...kinds: number[]) =>
    (100 * kinds.reduce((sum, kind) => sum + (spent[kind] ?? 0), 0)) / spent.reduce((a, b) => a + b, 0)
  // The columns of /proc/stat: user nice system idle iowait irq softirq steal.
  const cores = {
    user: share(0, 1),
    system: share(2),
    softirq: share(5, 6),
    stolen: share(7),
    idle: share(3, 4),
  }
  return { ...test.read(demand(outcome).stdout), ...cores }
}

async function coreTimes(): Promise<number[]> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
  return line.trim().split(/\s+/).slice(1, 9).map(Number)
}

function numberIn(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1]
  if (found === undefined) throw new Error(`nothing like ${pattern.source} in\n${output}`)
  return Number(found)
}

const valuesOf = (samples: Samples, name: string, figure: string): number[] =>
  (samples.get(name) ?? []).map((sample) => sample[figure] ?? NaN)

const ratio = (samples: Samples, name: string, of: string, figure: string): number =>
  median(valuesOf(samples, name, figure)) / median(valuesOf(samples, of, figure))

const coreKinds = ['user', 'system', 'softirq', 'stolen', 'idle'].map((figure) => ({
  ...{ figure, unit: '%', digits: 0 },
}))

/** A table of medians, with the range of what is compared. */
function table({ title, columns }: Test, samples: Samples): string {
  const cells = (name: string) =>
    columns.flatMap(({ figure, digits, against = [] }) => {
      const values = valuesOf(samples, name, figure)
      const range = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits))
      const ratios = against.map((of) => ratio(samples, name, of, figure).toFixed(2))
      return [median(values).toFixed(digits), range.join('-'), ...ratios]
    })
  const cores = (name: string) =>
    coreKinds.map(({ figure, digits }) => median(valuesOf(samples, name, figure)).toFixed(digits))
  const head = [
    ...columns.flatMap(({ figure, unit, against = [] }) => [
      ...[`${figure}, ${unit}`, 'range', ...against.map((of) => `of ${of}`)],
    ]),
    ...coreKinds.map(({ figure, unit }) => `${figure} ${unit}`),
  ]
  return [
    ...['', `### ${title}`, '', `| | ${head.join(' | ')} |`, `|${'---|'.repeat(head.length + 1)}`],
    ...[...samples.keys()].map((name) => `| ${name} | ${[...cells(name), ...cores(name)].join(' | ')} |`),
  ].join('\n')
}
