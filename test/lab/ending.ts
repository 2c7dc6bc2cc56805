const endings = new Set<() => void>()

/** Has something undone when this process exits, by whatever it can notice; what is undone must be synchronous. */
export function atExit(undo: () => void): void {
  if (endings.size === 0) {
    process.once('exit', () => {
      for (const undo of endings) undo()
    })
    for (const [signal, number] of [
      ['SIGINT', 2],
      ['SIGTERM', 15],
      ['SIGHUP', 1],
    ] as const) {
      process.once(signal, () => process.exit(128 + number))
    }
  }
  endings.add(undo)
}
