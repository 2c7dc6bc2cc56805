import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Host } from '../lab/host.ts'

/** Where an instance is seen: with the agent it was told to, and where everybody else asks. */
export type Where = 'agent' | 'catalogue'

/** Somebody who sees at once what comes to and goes from Consul. */
export interface CatalogueWatch extends AsyncDisposable {
  /** When the instance came or went, in ms since 1970; throws where it has not within 30 s. */
  when(where: Where, sign: '+' | '-', id: string): Promise<number>
}

const program = join(import.meta.dirname, 'watch-catalogue.ts')

/** Watches the instances of a service from the host's network, in a process of its own. */
export async function watchCatalogue(host: Host, url: string, service: string): Promise<CatalogueWatch> {
  const argv = [`--net=/proc/${host.pid}/ns/net`, process.execPath, program, url, service]
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const seen = new Map<string, number>()
  const news = new EventEmitter()
  createInterface(child.stdout).on('line', (line) => {
    const [where = '', sign = '', id = '', ms = ''] = line.split(' ')
    const key = `${where} ${sign} ${id}`
    seen.set(key, Number(ms))
    news.emit(key)
  })
  await once(child.stdout, 'data')
  return {
    when: async (where, sign, id) => {
      const key = `${where} ${sign} ${id}`
      if (!seen.has(key)) await once(news, key, { signal: AbortSignal.timeout(30_000) })
      return seen.get(key) ?? NaN
    },
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended
    },
  }
}
