import assert from 'node:assert/strict'
import { eventually } from '../lab/eventually.ts'
import type { Host } from '../lab/host.ts'
import { byId, instancesOf, type Check, type Identified } from './catalogue.ts'

/**
 * An instance in the catalogue. In its texts `<ip>` is the host's address, `<host>` its name, `<me>` the container's
 * name, `<id>` the first twelve digits of its number, and `<address of X on Y>` what Docker gave container X on
 * network Y.
 */
export interface Instance {
  /** Default: `<host>:<me>:80`. */
  readonly id?: string
  readonly name: string
  /** Default: `<ip>`. */
  readonly address?: string
  /** A number, or the port of the host that Docker chose for this one. */
  readonly port: number | `${number}/tcp` | `${number}/udp`
  readonly tags?: readonly string[]
  readonly meta?: Readonly<Record<string, string>>
  /** Default: none. Their ids follow from their order. */
  readonly checks?: readonly Check[]
}

/** A container, and how the catalogue should have it. */
export interface Row {
  /** Default: plain, which exposes nothing. */
  readonly image?: string
  /** The options of `docker run`, as typed in a shell. */
  readonly run?: string
  /** What is typed afterwards. */
  readonly then?: string
  /** `docker create` in the place of `docker run`. */
  readonly isOnlyCreated?: true
  readonly expected: readonly Instance[]
  /** Where an engine differs, by host. */
  readonly except?: { readonly why: string; readonly on: Readonly<Record<string, readonly Instance[]>> }
}

export type Table = Readonly<Record<string, Row>>

/** What a row is on each host, or what Docker said where it did not come to be. */
type Found = Readonly<Record<string, unknown>>

interface Facts {
  readonly Id: string
  readonly Name: string
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>
    readonly Networks: Readonly<Record<string, { IPAddress: string; GlobalIPv6Address: string }>>
  }
}

/** At a time, so that an engine is busy and not overrun. */
const startsAtOnce = 3
/** How long the catalogue may take once everything runs: the slowest is a check that Consul makes every ten seconds. */
const budgetMs = 60_000

const nameOf = (index: number): string => `row-${index + 1}`

/** Rows on a host; a row goes by its index. */
export class RowsOnHost {
  readonly host: Host
  readonly #rows: readonly Row[]
  readonly #refused = new Map<number, string>()
  #facts = new Map<string, Facts>()
  #instances: readonly Identified[] = []

  constructor(host: Host, rows: readonly Row[]) {
    this.host = host
    this.#rows = rows
  }

  /** Starts all of them, and looks at the catalogue until it is as expected or time is up. */
  async settle(): Promise<void> {
    const waiting = [...this.#rows.keys()].reverse()
    const worker = async () => {
      for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) await this.#start(row)
    }
    await Promise.all(Array.from({ length: startsAtOnce }, worker))
    const { stdout } = await this.host.run('docker inspect $(docker ps -aq)')
    const facts = JSON.parse(stdout) as Facts[]
    this.#facts = new Map(facts.map((one) => [one.Name.slice(1), one]))
    const look = async () => {
      this.#instances = await instancesOf(this.host)
      assert.deepEqual(
        this.#rows.map((_, row) => this.found(row)),
        this.#rows.map((_, row) => this.expected(row)),
      )
      return true
    }
    // Each row tells of itself what is wrong with it.
    await eventually('all is as expected', look, { budgetMs }).catch(() => undefined)
  }

  async remove(): Promise<void> {
    await this.host.run('docker ps -aq --filter label=test | xargs -r -n 10 -P 3 docker rm --force --volumes')
  }

  async #start(index: number): Promise<void> {
    const { image = 'plain', run = '', then, isOnlyCreated } = this.#rows[index]!
    const name = nameOf(index)
    const verb = isOnlyCreated ? 'create' : 'run --detach'
    const lines = [`docker ${verb} --name ${name} --label test --stop-timeout 0 ${run} ${image}`, then ?? '']
    const { exitCode, stderr } = await this.host.exec(this.#fill(lines.join('\n'), name))
    if (exitCode !== 0) this.#refused.set(index, stderr)
  }

  /** What the catalogue should have of a row. */
  expected(index: number): unknown {
    const { expected, except } = this.#rows[index]!
    const all = (except?.on[this.host.name] ?? expected).map((one) => this.#complete(one, nameOf(index)))
    return all.sort(byId)
  }

  /** What it has. */
  found(index: number): unknown {
    const own = new Set((this.expected(index) as { id: string }[]).map(({ id }) => id))
    const prefix = `${this.host.name}:${nameOf(index)}:`
    return (
      this.#refused.get(index) ??
      this.#instances.filter(({ id }) => own.has(id) || id.startsWith(prefix)).sort(byId)
    )
  }

  /** Ids in the catalogue that no row stands behind. */
  get strangers(): string[] {
    const known = new Set(this.#rows.flatMap((_, row) => this.found(row)))
    return this.#instances.filter((one) => !known.has(one)).map(({ id }) => id)
  }

  #complete(
    { id, name, address, port, tags = [], meta = {}, checks = [] }: Instance,
    me: string,
  ): Identified {
    const fill = (text: string): string => this.#fill(text, me)
    const full = fill(id ?? '<host>:<me>:80')
    return {
      id: full,
      name: fill(name),
      address: fill(address ?? '<ip>'),
      port: typeof port === 'number' ? port : this.#chosenPort(me, port),
      tags: [...tags].sort(),
      meta,
      checks: checks.map((check, index) => ({
        id: index === 0 ? `service:${full}` : `service:${full}:${index + 1}`,
        ...(JSON.parse(fill(JSON.stringify(check))) as Check),
      })),
    }
  }

  #fill(text: string, me: string): string {
    return text
      .replaceAll('<ip>', this.host.ip)
      .replaceAll('<host>', this.host.name)
      .replaceAll('<me>', me)
      .replaceAll('<id>', this.#facts.get(me)?.Id.slice(0, 12) ?? '')
      .replace(/<address of (\S+) on (\S+)>/g, (_, of: string, network: string) =>
        this.#addressOf(of, network),
      )
  }

  #addressOf(container: string, network: string): string {
    const own = this.#facts.get(container)?.NetworkSettings.Networks[network]
    return [own?.IPAddress, own?.GlobalIPv6Address].find(Boolean) ?? `no ${container} on ${network}`
  }

  /** The one on IPv4: an old engine may choose another for IPv6. */
  #chosenPort(container: string, port: string): number {
    const bindings = this.#facts.get(container)?.NetworkSettings.Ports[port] ?? []
    return Number(bindings.find(({ HostIp }) => !HostIp.includes(':'))?.HostPort)
  }
}

/** What is found of each row and what should be, so that a test shows the difference. */
export function compare(hosts: readonly RowsOnHost[], index: number): void {
  const each = (look: (rows: RowsOnHost) => unknown): Found =>
    Object.fromEntries(hosts.map((rows) => [rows.host.name, look(rows)]))
  assert.deepEqual(
    each((rows) => rows.found(index)),
    each((rows) => rows.expected(index)),
  )
}
