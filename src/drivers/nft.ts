import { setTimeout as sleep } from 'node:timers/promises'
import { ArpanetError, unavailable } from '../errors.ts'
import type { Shell } from './shell.ts'

/** nftables of one network namespace, by the nft program. */
export interface Nft {
  /** All of a script or, where it throws, nothing of it. */
  apply(script: string): Promise<void>
  /** The objects of `nft -j list table inet NAME` (libnftables-json(5)); none where there is no such table. */
  list(table: string): Promise<readonly unknown[]>
  /**
   * Calls `changed` with the name of a table, of any family, whenever somebody changed something in it, until nft ends or
   * `signal` is aborted; from `opened` on nothing is missed. What packets change, as a counter, is no change.
   */
  changes(
    changed: (table: string, line: string) => void,
    opened: () => void,
    signal: AbortSignal,
  ): Promise<void>
}

/** Until the monitor shows that it listens. */
const probeEveryMs = 50

export function connect(shell: Shell): Nft {
  const nft = async (argv: readonly string[], input?: string) => {
    try {
      return await shell.run(['nft', ...argv], input)
    } catch (error) {
      throw shorter(error)
    }
  }
  const apply = async (script: string) => {
    if (script.trim() !== '') await nft(['-f', '-'], script)
  }
  return {
    apply,
    list: async (table) => {
      let text: string
      try {
        text = await nft(['-j', 'list', 'table', 'inet', table])
      } catch (error) {
        if ((error as Error).message.includes('No such file or directory')) return []
        throw error
      }
      return listed(text)
    },
    changes: async (changed, opened, signal) => {
      const started = Promise.withResolvers<undefined>()
      let listens = false
      const line = (text: string) => {
        if (!listens) opened()
        listens = true
        const table = tableOf(text)
        if (table !== undefined && table !== probe) changed(table, text)
      }
      // The program says nothing of when it listens: only a change that it reports proves it.
      const ask = async () => {
        await started.promise
        while (!listens && !over.signal.aborted) {
          await apply(`add table inet ${probe}\ndelete table inet ${probe}\n`)
          await sleep(probeEveryMs, undefined, { signal: over.signal }).catch(() => undefined)
        }
      }
      const over = new AbortController()
      const stop = () => over.abort()
      signal.addEventListener('abort', stop, { once: true })
      const following = shell.follow(['nft', 'monitor'], line, () => started.resolve(undefined), over.signal)
      try {
        await Promise.race([following, Promise.all([ask(), following])])
      } catch (error) {
        throw shorter(error)
      } finally {
        stop()
        started.resolve(undefined)
        signal.removeEventListener('abort', stop)
      }
    },
  }
}

/** A table that is there for no time at all. */
const probe = 'arpanet_probe'

/** As in `add element inet arpanet routes4 { ... }`: the table that a line of the monitor is about. */
const tableOf = (line: string): string | undefined =>
  /^(?:add|insert|replace|delete|flush|destroy) [a-z]+ (?:inet|ip|ip6|arp|bridge|netdev) (\S+)/.exec(
    line,
  )?.[1]

function listed(text: string): readonly unknown[] {
  try {
    const { nftables } = JSON.parse(text) as { nftables?: unknown }
    if (Array.isArray(nftables)) return nftables
  } catch {
    // What it is not is said below.
  }
  throw unavailable('nft: what it listed is no JSON, nft 0.9.3 or later was expected')
}

/** As `FILE:1:25-31: Error: WHY`, and below it the line it is about and marks under its words. */
const complaint = /(?:^|: )Error: (.*)\n(.*)/m
const quoteMax = 120

function shorter(error: unknown): unknown {
  if (!(error instanceof ArpanetError)) return error
  const [, why, script = ''] = complaint.exec(error.message) ?? []
  if (why === undefined) return error
  const about = script.length > quoteMax ? `${script.slice(0, quoteMax)}...` : script
  return new ArpanetError(error.kind, `nft: ${why}${about === '' ? '' : `: ${about}`}`, { cause: error })
}
