import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from '../lab/eventually.ts'
import type { NetworkNamespace } from './network-namespace.ts'

/** The ambassador as a program of its own, from the sources. */
export interface AmbassadorProgram {
  /** All that it wrote. */
  readonly written: () => string
  /** Resolves once it has led somebody: its rules are what they should be. */
  ready(): Promise<void>
  /** Its exit status, once it has ended by itself. */
  ended(): Promise<number | null>
  /** Tells it to end, and gives its exit status. */
  terminate(): Promise<number | null>
}

export interface Start {
  readonly args: readonly string[]
  readonly variables?: Readonly<Record<string, string>>
  /** Runs before it, as `setpriv --bounding-set -net_admin`. */
  readonly by?: readonly string[]
  /** How its log ends where it is ready. */
  readonly readyWhen?: RegExp
}

/** Whatever it is told of the cluster is told by `variables`. */
const fromOutside = ['ARPANET_IP', 'CONSUL_PORT', 'CONSUL_HTTP_ADDR', 'PORT', 'ARPANETHEALTH']

export function startAmbassador(
  { name }: NetworkNamespace,
  { args, variables = {}, by = [], readyWhen = /set up the routing table/ }: Start,
): AmbassadorProgram {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !fromOutside.includes(key)),
  )
  const program = [...by, process.execPath, 'bin/dev.js', 'ambassador', ...args]
  // nsenter becomes the program: signals reach it.
  const child = spawn('nsenter', [`--net=/run/netns/${name}`, ...program], {
    env: { ...environment, ARPANETRC: '', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit') as Promise<[number | null]>
  let written = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (written += text))
  }
  const status = async () => (await ended)[0]
  return {
    written: () => written,
    ready: () =>
      eventually('the ambassador is ready', (seen) => readyWhen.test(seen(written)), { everyMs: 20 }).then(
        () => undefined,
      ),
    ended: status,
    terminate: () => {
      child.kill('SIGTERM')
      return status()
    },
  }
}
