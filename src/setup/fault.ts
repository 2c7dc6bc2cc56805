/** Something about this host that keeps setup from going on, and the line that mends it. */
export interface Fault {
  readonly what: string
  readonly mend: string
}

/** All faults of a host at once, each with its mend under it. */
export const describeFaults = (faults: readonly Fault[]): string =>
  faults.map(({ what, mend }) => `${what}\n${mend.replace(/^/gm, '  ')}`).join('\n')
