import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Host } from '../lab/host.ts'

/** Somebody who asks without a pause who leads. */
export interface LeaderWatch extends AsyncDisposable {
  /** When there was a leader, in ms since 1970. */
  readonly since: Promise<number>
}

const program = join(import.meta.dirname, 'ask-leader.ts')

/** Asks the agent at `url` from the host's network, in a process of its own; asks already when this returns. */
export async function watchLeader(host: Host, url: string): Promise<LeaderWatch> {
  const argv = [`--net=/proc/${host.pid}/ns/net`, process.execPath, program, url]
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  await lines.next()
  const since = async () => {
    const { value } = await lines.next()
    if (typeof value !== 'string') throw new Error(`${url}: nobody asks who leads any more`)
    return Number(value)
  }
  return {
    since: since(),
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended
    },
  }
}
