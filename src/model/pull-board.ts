import {
  afterEvent,
  bar,
  formatSum,
  nothingPulled,
  quarterOf,
  sumOf,
  type PullEvent,
  type PullProgress,
} from './pull-progress.ts'

/** Where a board is written: `columns` of a terminal, undefined where it is none. */
export interface Paper {
  readonly write: (text: string) => void
  readonly columns: () => number | undefined
}

interface Row {
  progress: PullProgress
  /** Quarters that were told of already. */
  quarter: number
  /** What became of it, once it is known. */
  end?: string
}

const barWidth = 22

/**
 * Shows how pulls that go on at once get on. On a terminal a line each, drawn again in its place; elsewhere a line for
 * every quarter of an image, so that a log holds five lines of it at most.
 */
export class PullBoard {
  readonly #paper: Paper
  readonly #rows: Map<string, Row>
  #drawn: readonly string[] = []

  constructor(images: readonly string[], paper: Paper) {
    this.#paper = paper
    this.#rows = new Map(images.map((image) => [image, { progress: nothingPulled, quarter: 0 }]))
    if (paper.columns() === undefined) for (const image of images) this.#say(`${image}: pulling`)
    this.#draw()
  }

  event(image: string, event: PullEvent): void {
    const row = this.#rows.get(image)
    if (row === undefined || row.end !== undefined) return
    row.progress = afterEvent(row.progress, event)
    const quarter = quarterOf(row.progress)
    if (quarter > row.quarter) {
      row.quarter = quarter
      if (this.#paper.columns() === undefined) this.#say(`${image}: ${formatSum(sumOf(row.progress))}`)
    }
    this.#draw()
  }

  /** The image's last line: `pulled`, or why not. */
  end(image: string, what: string): void {
    const row = this.#rows.get(image)
    if (row === undefined) return
    const sum = sumOf(row.progress)
    row.end = sum.totalBytes > 0 ? `${what} (${formatSum(sum)})` : what
    if (this.#paper.columns() === undefined) this.#say(`${image}: ${row.end}`)
    this.#draw()
  }

  #say(line: string): void {
    this.#paper.write(`${line}\n`)
  }

  #draw(): void {
    const columns = this.#paper.columns()
    if (columns === undefined || this.#rows.size === 0) return
    const width = Math.max(...[...this.#rows.keys()].map(({ length }) => length))
    const lines = [...this.#rows].map(([image, { progress, end }]) => {
      const sum = sumOf(progress)
      const now = end ?? `${bar(sum.doneBytes, sum.totalBytes, barWidth)} ${formatSum(sum)}`
      // A line that wrapped could not be drawn again in its place.
      return `${image.padEnd(width)}  ${now.split('\n', 1)[0] ?? ''}`.slice(0, Math.max(1, columns - 1))
    })
    if (lines.join('\n') === this.#drawn.join('\n')) return
    const up = this.#drawn.length > 0 ? `\x1b[${this.#drawn.length}A` : ''
    this.#paper.write(up + lines.map((line) => `\r${line}\x1b[K\n`).join(''))
    this.#drawn = lines
  }
}
