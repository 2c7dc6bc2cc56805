/** A container as it is, read from Docker. */
export interface Container {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly imageId: string
  readonly state: 'created' | 'running' | 'restarting' | 'paused' | 'exited' | 'dead' | 'removing'
  /** Of the last end; 0 while it runs, or never ended. */
  readonly exitCode: number
  readonly restarts: number
  /** When it was started last, in ISO 8601. */
  readonly startedAt: string
  readonly labels: Readonly<Record<string, string>>
}

export const isUp = (container: Container): boolean =>
  container.state === 'running' || container.state === 'paused'
