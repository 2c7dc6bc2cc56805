/** One event of a pull, as Docker's API sends it. */
export interface PullEvent {
  readonly status?: string
  /** The layer, where it is about one. */
  readonly id?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number; readonly units?: string }
}

/** How far a layer is; one that was here before counts as done and has no bytes. */
interface Layer {
  readonly doneBytes: number
  /** 0 until its download begins. */
  readonly totalBytes: number
  readonly done: boolean
}

/** How far the pull of one image is: its layers by their ids. */
export type PullProgress = Readonly<Record<string, Layer>>

export const nothingPulled: PullProgress = {}

/** The progress after one more event. Events that say nothing about a layer leave it as it is. */
export function afterEvent(
  progress: PullProgress,
  { status = '', id, progressDetail }: PullEvent,
): PullProgress {
  if (id === undefined) return progress
  const before = progress[id]
  const layer = before ?? { doneBytes: 0, totalBytes: 0, done: false }
  const becomes = (changes: Partial<Layer>): PullProgress => ({ ...progress, [id]: { ...layer, ...changes } })
  switch (status) {
    case 'Pulling fs layer':
    case 'Waiting':
      return becomes({})
    case 'Downloading': {
      const { current = 0, total = 0 } = progressDetail ?? {}
      // A registry that does not say how much there is: -1.
      return becomes({ doneBytes: current, totalBytes: Math.max(total, current, layer.totalBytes) })
    }
    case 'Verifying Checksum':
    case 'Download complete':
    case 'Extracting':
      // Events of the image's own manifest come with its tag, of which nothing else was said.
      return before === undefined ? progress : becomes({ doneBytes: layer.totalBytes })
    case 'Pull complete':
    case 'Already exists':
      return becomes({ doneBytes: layer.totalBytes, done: true })
    default:
      return progress
  }
}

export interface Sum {
  readonly doneBytes: number
  readonly totalBytes: number
  readonly doneLayers: number
  readonly layers: number
}

export function sumOf(progress: PullProgress): Sum {
  const layers = Object.values(progress)
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
  return {
    doneBytes: sum(layers.map(({ doneBytes }) => doneBytes)),
    totalBytes: sum(layers.map(({ totalBytes }) => totalBytes)),
    doneLayers: layers.filter(({ done }) => done).length,
    layers: layers.length,
  }
}

/** How many quarters of a pull are done, 0 to 3. Layers count too: their bytes are not known before their turn. */
export function quarterOf(progress: PullProgress): number {
  const { doneBytes, totalBytes, layers } = sumOf(progress)
  const begun = Object.values(progress).filter(({ done, totalBytes: bytes }) => done || bytes > 0).length
  if (layers === 0 || totalBytes === 0) return 0
  return Math.min(3, Math.floor(4 * (doneBytes / totalBytes) * (begun / layers)))
}

/** `12.3 of 45.6 MB, 2 of 5 layers`. */
export function formatSum({ doneBytes, totalBytes, doneLayers, layers }: Sum): string {
  return `${megabytes(doneBytes)} of ${megabytes(totalBytes)} MB, ${doneLayers} of ${layers} layers`
}

/** With one decimal, as Docker counts: a million bytes. */
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)

/** `[=====>    ]`, `width` characters with its brackets. */
export function bar(done: number, total: number, width: number): string {
  const inner = Math.max(1, width - 2)
  const filled = total > 0 ? Math.min(inner, Math.floor((inner * done) / total)) : 0
  const tip = filled > 0 && filled < inner ? `${'='.repeat(filled - 1)}>` : '='.repeat(filled)
  return `[${tip.padEnd(inner)}]`
}
