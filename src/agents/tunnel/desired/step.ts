/** A smallest change. Steps that follow one another and are of one program can be one batch of it. */
export type Step = LineStep | ProcessStep

/** By the batch of a program. */
export interface LineStep {
  readonly verb: 'make' | 'change' | 'add' | 'remove'
  readonly target: string
  readonly reason: string
  /** Whose batch the lines are for: that of ip(8) or of bridge(8), or the words of `wg set`. */
  readonly program: 'ip' | 'bridge' | 'wg'
  readonly lines: readonly string[]
}

/** A process that carries packets, and lives on without us. */
export interface ProcessStep {
  readonly verb: 'make'
  readonly target: string
  readonly reason: string
  readonly program: 'process'
  /** Of a shell, each only after the one before has worked, even if we end meanwhile. */
  readonly lines: readonly string[]
}

/** A step of ip(8). */
export const ipStep = (
  verb: LineStep['verb'],
  target: string,
  reason: string,
  ...lines: string[]
): LineStep => ({
  verb,
  target,
  reason,
  program: 'ip',
  lines,
})

/** A step that starts the device's process. */
export const processStep = (reason: string, ...lines: string[]): ProcessStep => ({
  verb: 'make',
  target: 'device',
  reason,
  program: 'process',
  lines,
})
