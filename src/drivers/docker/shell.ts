import type Dockerode from 'dockerode'
import { PassThrough, type Duplex } from 'node:stream'
import { finished } from 'node:stream/promises'
import { unavailable } from '../../errors.ts'
import type { ContainerShell } from './docker.ts'
import type { Attempt } from './errors.ts'
import { splitLines } from '../lines.ts'

/**
 * Runs what it is sent, one after the other, and answers with the exit code, the lengths of both outputs, and both. An
 * exec takes the engine a tenth of a second, so one is kept open. It ends when nobody listens any more.
 */
const loop = `
cd "$(mktemp -d)" || exit 1
trap 'rm -rf "$PWD"' EXIT
export LC_ALL=C
while read -r command input; do
  head -c "$command" > command && head -c "$input" > input || exit 1
  sh ./command < input > output 2> error
  code=$?
  echo "$code $(stat -c %s output) $(stat -c %s error)"
  cat output error
done`

/** Docker leaves a program that exec started when nobody listens any more: this ends it. */
const tied = `
exec 3<&0
LC_ALL=C "$@" < /dev/null & program=$!
{ cat <&3; kill $program; } > /dev/null 2>&1 & guard=$!
wait $program
code=$?
kill $guard
exit $code`

/** Runs programs in a running container, as its root, with what capabilities the container has. */
export function shell(
  dockerode: Dockerode,
  attempt: Attempt,
  container: string,
  timeoutMs = 10_000,
): ContainerShell {
  const open = async (argv: readonly string[]) => {
    const program = await dockerode
      .getContainer(container)
      .exec({ Cmd: [...argv], User: '0', AttachStdin: true, AttachStdout: true, AttachStderr: true })
    const stream = await program.start({ hijack: true, stdin: true })
    const [output, error] = [new PassThrough(), new PassThrough()]
    dockerode.modem.demuxStream(stream, output, error)
    void finished(stream, { writable: false })
      .catch(() => undefined)
      .then(() => [output, error].forEach((each) => each.end()))
    return { stream, output, error, exitCode: async () => (await program.inspect()).ExitCode ?? 1 }
  }

  let session: Promise<Session> | undefined
  const connected = (): Promise<Session> => {
    const opened = (session ??= open(['sh', '-c', loop]).then(
      ({ stream, output }) =>
        new Session(container, stream, output, () => {
          if (session === opened) session = undefined
        }),
    ))
    opened.catch(() => {
      if (session === opened) session = undefined
    })
    return opened
  }

  return {
    close: () => {
      void session?.then(
        (open) => open.close(),
        () => undefined,
      )
    },
    run: (argv, input = '') =>
      attempt(`run ${argv[0]} in ${container}`, async () => {
        const { code, output, error } = await (await connected()).run(argv, input, timeoutMs)
        if (code !== 0) throw new Error(`${argv[0]} ended with ${code}: ${error.trim() || output.trim()}`)
        return output
      }),
    follow: (argv, line, opened, signal) =>
      attempt(`run ${argv[0]} in ${container}`, async () => {
        const { stream, output, error, exitCode } = await open(['sh', '-c', tied, 'sh', ...argv])
        const stop = () => stream.destroy()
        signal.addEventListener('abort', stop, { once: true })
        if (signal.aborted) stop()
        let said = ''
        error.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-1_000)))
        try {
          opened()
          for await (const text of splitLines(output)) line(text)
        } finally {
          signal.removeEventListener('abort', stop)
          stream.destroy()
        }
        if (signal.aborted) return
        const code = await exitCode()
        if (code !== 0) throw new Error(`${argv[0]} ended with ${code}: ${said.trim()}`)
      }),
  }
}

interface Answer {
  readonly code: number
  readonly output: string
  readonly error: string
}

/** The loop in the container, seen from here. */
class Session {
  readonly #container: string
  readonly #stream: Duplex
  readonly #closed: () => void
  /** Those that wait for an answer, in the order in which they asked. */
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = []
  #buffer = Buffer.alloc(0)

  constructor(container: string, stream: Duplex, output: PassThrough, closed: () => void) {
    this.#container = container
    this.#stream = stream
    this.#closed = closed
    output.on('data', (chunk: Buffer) => this.#take(chunk))
    output.on('end', () => this.#end('ended'))
    stream.on('error', () => this.#end('broke off'))
  }

  async run(argv: readonly string[], input: string, timeoutMs: number): Promise<Answer> {
    const command = Buffer.from(argv.map(quoted).join(' '))
    const bytes = Buffer.from(input)
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#waiting.push({ resolve, reject })
    this.#stream.write(Buffer.concat([Buffer.from(`${command.length} ${bytes.length}\n`), command, bytes]))
    const timer = setTimeout(() => this.#end(`gave no answer in ${timeoutMs / 1000} s`), timeoutMs)
    return promise.finally(() => clearTimeout(timer))
  }

  close(): void {
    this.#end('was closed')
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    for (;;) {
      const end = this.#buffer.indexOf('\n')
      if (end < 0) return
      const [code = 1, output = 0, error = 0] = this.#buffer.toString('utf8', 0, end).split(' ').map(Number)
      const [from, middle, to] = [end + 1, end + 1 + output, end + 1 + output + error]
      if (this.#buffer.length < to) return
      const text = (start: number, stop: number) => this.#buffer.toString('utf8', start, stop)
      this.#waiting.shift()?.resolve({ code, output: text(from, middle), error: text(middle, to) })
      this.#buffer = this.#buffer.subarray(to)
    }
  }

  #end(how: string): void {
    this.#closed()
    this.#stream.destroy()
    for (const { reject } of this.#waiting.splice(0)) {
      reject(unavailable(`the shell in ${this.#container} ${how}`))
    }
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
