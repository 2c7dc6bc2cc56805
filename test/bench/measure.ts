import { observe } from '../lab/program.ts'

/** What one whole process took. */
export interface Run {
  readonly wallMs: number
  /** Of the largest process that it started and waited for. */
  readonly peakMib: number
}

/** One thing to time: a command line as argv, run where `argv` says. */
export interface Contender {
  readonly name: string
  readonly argv: readonly string[]
  readonly env?: Record<string, string>
}

/** Times whole processes, the contenders in turn so that the machine's moods strike all alike. A failed run throws. */
export async function race<Timed extends Run>(
  contenders: readonly Contender[],
  rounds: number,
  time: (contender: Contender) => Promise<Timed>,
): Promise<Map<string, Timed[]>> {
  const runs = new Map<string, Timed[]>(contenders.map(({ name }) => [name, []]))
  // The first round fills caches and does not count.
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of contenders) {
      const run = await time(contender)
      if (round > 0) runs.get(contender.name)?.push(run)
    }
  }
  return runs
}

/** Times a whole process, from its start to its end. */
export async function timeOnce({ name, argv, env }: Contender): Promise<Run> {
  const start = performance.now()
  const outcome = await observe(['/usr/bin/time', '--format', '\npeak %M', ...argv], env ? { env } : {})
  const wallMs = performance.now() - start
  const peak = /\npeak (\d+)\n$/.exec(outcome.stderr)?.[1]
  if (outcome.exitCode !== 0 || peak === undefined) {
    throw new Error(`${name}: exit ${outcome.exitCode}\n${outcome.stdout}${outcome.stderr}`)
  }
  return { wallMs, peakMib: Number(peak) / 1024 }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}

/** A table of medians; ratios against the last contender. */
export function table(title: string, runs: ReadonlyMap<string, readonly Run[]>): string {
  const rows = [...runs].map(([name, all]) => ({
    name,
    wallMs: median(all.map(({ wallMs }) => wallMs)),
    least: Math.min(...all.map(({ wallMs }) => wallMs)),
    most: Math.max(...all.map(({ wallMs }) => wallMs)),
    peakMib: median(all.map(({ peakMib }) => peakMib)),
  }))
  const base = rows.at(-1)
  const lines = rows.map(({ name, wallMs, least, most, peakMib }) => {
    const ratio = base === undefined ? 1 : wallMs / base.wallMs
    const spread = `${least.toFixed(0)}-${most.toFixed(0)}`
    return `| ${name} | ${wallMs.toFixed(0)} | ${spread} | ${ratio.toFixed(2)} | ${peakMib.toFixed(0)} |`
  })
  return [
    '',
    `### ${title}`,
    '',
    '| | wall, median ms | range | ratio | peak MiB |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

/** One number, and what it should not exceed. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly goal?: string | undefined
}

/** Of what share of all values none is higher. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
}

/** A table of figures beside their goals, where nothing else does the same. */
export function goals(title: string, figures: readonly Figure[]): string {
  const lines = figures.map(
    ({ what, value, unit, goal }) =>
      `| ${what} | ${value.toFixed(value < 10 && !Number.isInteger(value) ? 1 : 0)} ${unit} | ${goal ?? ''} |`,
  )
  return ['', `### ${title}`, '', '| | | goal |', '|---|---|---|', ...lines].join('\n')
}
