import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Host } from './host.ts'

/** What became of the connections of a caller. */
export interface Calls {
  readonly made: number
  /** When, how it was looked up, where to, and what went wrong. */
  readonly failed: readonly string[]
  /** When Consul last named an instance, by `ADDRESS:PORT`, in ms since 1970. */
  readonly lastNamed: Readonly<Record<string, number>>
}

const program = join(import.meta.dirname, 'caller.ts')

/** Calls `service` from a host, in a process of its own, as long as `act` takes. */
export async function callWhile(host: Host, service: string, act: () => Promise<unknown>): Promise<Calls> {
  const bridge = "docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' bridge"
  const dns = (await host.run(bridge)).stdout.trim()
  const argv = [`--net=/proc/${host.pid}/ns/net`, process.execPath, program, service, dns]
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [ended, said] = [once(child, 'close'), text(child.stdout)]
  try {
    await act()
  } finally {
    child.kill()
    await ended
  }
  return JSON.parse(await said) as Calls
}
