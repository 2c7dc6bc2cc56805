/** What became of one pass of an agent. */
export interface PassOutcome {
  /** Why it looked. */
  readonly reason: string
  readonly durationMs: number
  /** False where something could not be read, so that nothing was done. */
  readonly read: boolean
  /** Those that were taken. */
  readonly steps: number
  /** Targets that something is still to be done to; 0 where all is as it should be now. */
  readonly failures: number
}
