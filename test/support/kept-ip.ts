import { spawn } from 'node:child_process'
import { splitLines } from '../../src/drivers/lines.ts'
import type { Shell } from '../../src/drivers/shell.ts'
import { unavailable } from '../../src/errors.ts'
import type { NetworkNamespace } from './network-namespace.ts'

/** Nobody else asks it, so that its answer is the end of those before. */
const lastQuestion = 'address show dev lo'
const isLast = (line: string): boolean => line.startsWith('[{"ifindex":1,"ifname":"lo",')

/** An ip(8) that is told its commands one by one. */
class Session {
  readonly #child
  readonly #lines: AsyncIterator<string, undefined>
  #asked = 0

  constructor(namespace: string) {
    // One pipe for both outputs keeps their order.
    const argv = ['ip', '-n', namespace, '-N', '-j', '-d', '-force', '-batch', '-']
    this.#child = spawn('sh', ['-c', 'exec "$@" 2>&1', 'sh', ...argv], { stdio: ['pipe', 'pipe', 'ignore'] })
    this.#child.stdin.on('error', () => undefined)
    this.#lines = splitLines(this.#child.stdout) as AsyncIterator<string, undefined>
  }

  async ask(lines: readonly string[]): Promise<string> {
    const before = this.#asked
    this.#asked += lines.length + 1
    this.#child.stdin.write([...lines, lastQuestion].map((line) => `${line}\n`).join(''))
    const said: string[] = []
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done === true) throw unavailable(`ip: ended after ${lines.join('; ')}: ${said.join('\n')}`)
      if (isLast(value)) break
      said.push(value)
    }
    if (!said.some((line) => line.startsWith('Command failed'))) return said.join('\n')
    // It counts the lines of all its life.
    const complaints = said.map((line) =>
      line.replace(/(?<=^Command failed -:)\d+$/, (number) => String(Number(number) - before)),
    )
    throw unavailable(`ip: ended with 1: ${complaints.join('\n')}, 0 was expected`)
  }

  async close(): Promise<void> {
    this.#child.stdin.end()
    while ((await this.#lines.next()).done !== true);
  }
}

/**
 * Runs the programs of a network namespace, but ip(8) is kept and told its commands: to start it takes a tenth of a
 * second in a kernel that is a process itself. It remembers devices by their names, so that nobody else may make or
 * remove one.
 */
export class KeptIp implements Shell {
  readonly follow: Shell['follow']
  readonly #shell: Shell
  readonly #session: Session

  constructor({ name, shell }: NetworkNamespace) {
    this.#shell = shell
    this.#session = new Session(name)
    this.follow = (...all) => shell.follow(...all)
  }

  async run(argv: readonly string[], input = ''): Promise<string> {
    const [program, ...words] = argv
    if (program !== 'ip') return this.#shell.run(argv, input)
    const command = words.slice(words.findIndex((word) => !word.startsWith('-'))).join(' ')
    return this.#session.ask(words.includes('-batch') ? input.trimEnd().split('\n') : [command])
  }

  close(): Promise<void> {
    return this.#session.close()
  }
}
