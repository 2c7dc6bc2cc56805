/** What an agent says: a line each, on standard error, where Docker keeps it with its time. */
export interface Log {
  /** Something was changed, or is so again. */
  info(line: string): void
  /** Something is not as it should be, and will be tried again. */
  warn(line: string): void
}

/** Lines that begin with the agent's name; one that says the same as the last one is counted instead. */
export function logTo(write: (text: string) => void, name: string): Log {
  let last = ''
  let repeated = 0
  const say = (line: string) => {
    if (line === last) {
      repeated += 1
      return
    }
    if (repeated > 0) write(`${name}: the same ${repeated} more times\n`)
    last = line
    repeated = 0
    write(`${name}: ${line}\n`)
  }
  return { info: say, warn: (line) => say(`warning: ${line}`) }
}
