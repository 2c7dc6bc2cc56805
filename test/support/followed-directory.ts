import assert from 'node:assert/strict'
import {
  Directory,
  type DirectoryWorld,
  type Found,
} from '../../src/agents/ambassador/directory/directory.ts'
import type { Clock } from '../../src/agents/reconciler.ts'
import { monotonic } from '../../src/drivers/clock.ts'
import { connect } from '../../src/drivers/consul/connect.ts'
import { connect as connectEtcd } from '../../src/drivers/etcd.ts'
import { recordsOf } from '../../src/drivers/names.ts'
import { formatBackend, parseWish } from '../../src/model/backend.ts'
import { eventually } from '../lab/eventually.ts'
import type { ConsulServer } from './consul-server.ts'

/** A directory, with what it said to its loop and to its log. */
export class FollowedDirectory {
  readonly directory: Directory
  readonly lines: string[] = []
  /** What it triggered, an urgent one with a mark before it. */
  readonly triggers: string[] = []
  readonly #end = new AbortController()
  readonly #listening: Promise<void>

  constructor(world: DirectoryWorld, clock: Clock) {
    const log = {
      info: (line: string) => void this.lines.push(line),
      warn: (line: string) => void this.lines.push(`warning: ${line}`),
    }
    this.directory = new Directory(world, clock, log)
    this.#listening = this.directory.source.listen(
      (reason, urgency) => void this.triggers.push(`${urgency === undefined ? '' : '!'}${reason}`),
      () => undefined,
      this.#end.signal,
    )
  }

  /** As a container would write them; gives their keys. */
  follow(...texts: string[]): string[] {
    const backends = texts.map((text) => parseWish(text).backend)
    this.directory.follow(new Map(backends.map((backend) => [formatBackend(backend), backend])))
    return backends.map(formatBackend)
  }

  /** What was found of a backend on one line, as `192.0.2.1:80*2`, a host that it runs on behind an @. */
  line(text: string): string {
    const key = formatBackend(parseWish(text).backend)
    const found = this.directory.found(key)
    if (found === undefined) return `unknown: ${this.directory.trouble(key) ?? ''}`
    return [
      placesOf(found) || `none: ${found.why ?? ''}`,
      ...(found.stale === undefined ? [] : ['stale']),
    ].join(' ')
  }

  /** Looks until what was found of a backend is so. */
  async finds(text: string, expected: string | RegExp, budgetMs = 5_000): Promise<void> {
    await eventually(
      `${text} is ${String(expected)}`,
      (seen) => {
        const line = seen(this.line(text))
        return typeof expected === 'string' ? line === expected : expected.test(line)
      },
      { budgetMs, everyMs: 20 },
    )
  }

  /** Through its source, as the loop does it, and until nothing of it runs. */
  async end(): Promise<void> {
    this.#end.abort()
    await this.#listening
    await this.directory.end()
    assert.deepEqual(
      this.follow('192.0.2.1:1').map((key) => this.directory.found(key)),
      [undefined],
    )
  }
}

/** One that asks a real Consul, its DNS, and any etcd. */
export const directoryOf = (consul: Pick<ConsulServer, 'port' | 'dnsPort'>): FollowedDirectory =>
  new FollowedDirectory(
    {
      consul: connect({ host: '127.0.0.1', port: consul.port }),
      consulAt: (host, port) => Promise.resolve(connect({ host, port })),
      etcdAt: (host, port) => Promise.resolve(connectEtcd(host, port)),
      records: recordsOf([`127.0.0.1:${consul.dnsPort}`]),
    },
    monotonic,
  )

const placesOf = ({ instances }: Found): string =>
  instances
    .map(({ address, port, weight, node }) => {
      const host = address.includes(':') ? `[${address}]` : address
      const rest = `${weight === 1 ? '' : `*${weight}`}${node === undefined ? '' : `@${node}`}`
      return `${host}:${port}${rest}`
    })
    .join(' ')
