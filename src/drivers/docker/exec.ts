import type Dockerode from 'dockerode'
import { randomUUID } from 'node:crypto'
import { finished } from 'node:stream/promises'
import type { Exec, Terminal } from './docker.ts'
import type { Attempt } from './errors.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export function exec(dockerode: Dockerode, attempt: Attempt): Exec {
  const run = async (name: string, argv: readonly string[], terminal: Terminal): Promise<number> => {
    const { input, output, error } = terminal
    const tty = input.isTTY && output.isTTY
    const container = dockerode.getContainer(name)
    // Docker cannot signal a program that exec started: this mark in its environment finds it again.
    const mark = `ARPANET_EXEC=${randomUUID()}`
    const program = await container.exec({
      Cmd: [...argv],
      Env: tty ? [mark, `TERM=${terminal.type ?? 'xterm'}`] : [mark],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: tty,
    })
    const stream = await program.start({ hijack: true, stdin: true, Tty: tty })

    let signalled = false
    const forward = (signal: NodeJS.Signals) => {
      // A program that does not end by the first is left behind by the second.
      if (signalled) stream.destroy()
      signalled = true
      void kill(container, mark, signal).catch(() => undefined)
    }
    const resize = () => void program.resize({ h: output.rows, w: output.columns }).catch(() => undefined)
    for (const signal of signals) process.on(signal, forward)
    if (tty) {
      input.setRawMode(true)
      output.on('resize', resize)
      resize()
      stream.pipe(output, { end: false })
    } else {
      dockerode.modem.demuxStream(stream, output, error)
    }
    input.pipe(stream)
    try {
      await finished(stream, { writable: false }).catch((error: unknown) => {
        if (!signalled) throw error
      })
      const { ExitCode } = await program.inspect()
      return ExitCode ?? 1
    } finally {
      input.unpipe(stream)
      input.destroy()
      if (tty) {
        input.setRawMode(false)
        output.off('resize', resize)
      }
      for (const signal of signals) process.off(signal, forward)
    }
  }

  return {
    run: (name, argv, terminal) => attempt(`run ${argv[0]} in ${name}`, () => run(name, argv, terminal)),
  }
}

async function kill(container: Dockerode.Container, mark: string, signal: NodeJS.Signals): Promise<void> {
  const script =
    'for p in /proc/[0-9]*; do grep -q "$1" "$p/environ" 2>/dev/null && kill -s "$2" "${p#/proc/}"; done; true'
  const killer = await container.exec({ Cmd: ['sh', '-c', script, 'sh', mark, signal.slice('SIG'.length)] })
  const answer = await killer.start({ Detach: true })
  // An answer that nobody reads keeps its connection, and with it this program, open.
  answer.resume()
}
