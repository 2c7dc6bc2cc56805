/** A smallest change. Steps that follow one another and are of one program can be one batch of it. */
export interface Step {
  readonly verb: 'make' | 'change' | 'add' | 'remove'
  readonly target: string
  readonly reason: string
  /** Whose batch the lines are for: that of ip(8) or of bridge(8). */
  readonly program: 'ip' | 'bridge'
  readonly lines: readonly string[]
}

/** A step of ip(8). */
export const ipStep = (verb: Step['verb'], target: string, reason: string, ...lines: string[]): Step => ({
  verb,
  target,
  reason,
  program: 'ip',
  lines,
})
