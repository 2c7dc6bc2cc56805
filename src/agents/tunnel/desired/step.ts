/** A smallest change. Steps that follow one another and are of one program can be one batch of it. */
export type Step = LineStep | ProcessStep

/** By the batch of a program. */
export interface LineStep {
  readonly verb: 'make' | 'change' | 'add' | 'remove'
  readonly target: string
  readonly reason: string
  /**
   * Whose batch the lines are for: that of ip(8) or of bridge(8), the words of `wg set`, or those of
   * the driver of Open vSwitch.
   */
  readonly program: 'ip' | 'bridge' | 'wg' | 'ovs'
  readonly lines: readonly string[]
}

/** A process that carries packets, and lives on without us. */
export interface ProcessStep {
  readonly verb: 'make' | 'remove'
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

/** A step that starts the device's process, or ends it. */
export const processStep = (verb: ProcessStep['verb'], reason: string, ...lines: string[]): ProcessStep => ({
  verb,
  target: 'device',
  reason,
  program: 'process',
  lines,
})
