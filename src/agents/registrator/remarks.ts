import type { Log } from '../../log.ts'
import { noPort } from '../../model/service-endpoint.ts'
import { asked, type Ignored } from './desired.ts'

/** What is said once, when it becomes so, however often it is looked at. */
export class Remarks {
  readonly #log: Log
  #said = { say: new Set<string>(), warn: new Set<string>() }

  constructor(log: Log) {
    this.#log = log
  }

  ignored(ones: readonly Ignored[]): void {
    const told = ones.filter(({ reason }) => reason !== noPort && reason !== asked)
    for (const line of this.#news('say', told.map(sentence))) this.#log.info(line)
  }

  warn(lines: readonly string[]): void {
    for (const line of this.#news('warn', lines)) this.#log.warn(line)
  }

  #news(kind: 'say' | 'warn', lines: readonly string[]): string[] {
    const before = this.#said[kind]
    this.#said = { ...this.#said, [kind]: new Set(lines) }
    return lines.filter((line) => !before.has(line))
  }
}

const sentence = ({ container, port, reason }: Ignored): string =>
  `ignores ${container}${port === undefined ? '' : ` ${port}`}: ${reason}`
