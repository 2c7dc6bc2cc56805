import { isDeepStrictEqual } from 'node:util'
import type { Records } from '../../../drivers/names.ts'
import type { Log } from '../../../log.ts'
import { placeOf, type Instance } from '../../../model/instance.ts'
import { backOffMs, type Clock } from '../../reconciler.ts'
import { foundOf, namesIn, type Found } from './found.ts'
import { FollowedNames } from './source-names.ts'
import { sentenceOf, type Listen, type Said } from './source.ts'

/** What an entry is followed with. */
export interface EntryWorld {
  readonly records: Pick<Records, 'addresses'>
  readonly clock: Clock
  readonly log: Log
  /** Is told of each other `found` or `trouble`, and what left. */
  readonly changed: (reason: string, left: readonly Instance[]) => void
}

/** Lines for the log of one answer. */
const remarksMax = 5

/** One backend that is followed. */
export class DirectoryEntry {
  readonly #key: string
  readonly #world: EntryWorld
  readonly #names: FollowedNames
  readonly #end = new AbortController()
  readonly #running: Promise<void>
  readonly #first = Promise.withResolvers<undefined>()
  #said: Said | undefined
  #failure: string | undefined
  #remarks = new Set<string>()
  #found: Found | undefined
  #trouble: string | undefined
  #state = ''

  constructor(key: string, listen: Listen, world: EntryWorld) {
    this.#key = key
    this.#world = world
    this.#names = new FollowedNames(world.records, world.clock, () => this.#look())
    this.#running = this.#keepListening(listen, this.#end.signal)
  }

  get found(): Found | undefined {
    return this.#found
  }

  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Resolves when it was heard once, or could not be asked, or has ended. */
  get settled(): Promise<undefined> {
    return this.#first.promise
  }

  /** Resolves when nothing of it runs any more. */
  async end(): Promise<void> {
    this.#end.abort()
    this.#first.resolve(undefined)
    await Promise.all([this.#names.follow(new Set()), this.#running])
  }

  async #keepListening(listen: Listen, signal: AbortSignal): Promise<void> {
    const isOver = () => signal.aborted
    let failures = 0
    while (!isOver()) {
      try {
        await listen((said) => {
          if (isOver()) return
          failures = 0
          this.#heard(said)
        }, signal)
      } catch (error) {
        if (isOver()) return
        failures += 1
        this.#failure = sentenceOf(error)
        this.#look()
      }
      await this.#world.clock.sleep(backOffMs(failures, this.#world.clock), signal)
    }
  }

  #heard(said: Said): void {
    this.#said = said
    this.#failure = undefined
    void this.#names.follow(namesIn(said))
    const news = (said.remarks ?? []).filter((line) => !this.#remarks.has(line))
    for (const line of news.slice(0, remarksMax)) this.#world.log.warn(`${this.#key}: ${line}`)
    if (news.length > remarksMax) {
      this.#world.log.warn(`${this.#key}: and ${news.length - remarksMax} more like that`)
    }
    this.#remarks = new Set(said.remarks)
    this.#look()
  }

  /** Puts together what was said and what its names stand for. */
  #look(): void {
    const [before, troubleBefore] = [this.#found, this.#trouble]
    const { found, failure } = foundOf({
      said: this.#said,
      failure: this.#failure,
      named: (name) => this.#names.known(name),
      last: before,
    })
    this.#trouble = failure
    this.#found = found
    if (this.#found === undefined && failure === undefined) return
    this.#first.resolve(undefined)
    if (isDeepStrictEqual(before, this.#found) && (before !== undefined || failure === troubleBefore)) return
    this.#tell()
    const stay = new Set((this.#found?.instances ?? []).map(placeOf))
    const left = (before?.instances ?? []).filter((each) => !stay.has(placeOf(each)))
    const [gone] = left
    const reason = gone === undefined ? 'it is another' : `${gone.address} port ${gone.port} left`
    this.#world.changed(`${this.#key}: ${reason}`, left)
  }

  /** One line for each change of what can be said of it. */
  #tell(): void {
    const { log } = this.#world
    const { instances = [], why = '', stale } = this.#found ?? {}
    const count = instances.length === 1 ? '1 instance' : `${instances.length} instances`
    const say = (state: string, how: 'info' | 'warn', line: string) => {
      if (state !== this.#state) log[how](`${this.#key}: ${line}`)
      this.#state = state
    }
    if (this.#found === undefined) {
      say('unknown', 'warn', `cannot be asked, and nothing is known of it: ${this.#trouble ?? ''}`)
    } else if (stale !== undefined) say('stale', 'warn', `cannot be asked, ${count} as before: ${stale}`)
    else if (instances.length === 0) say('none', 'warn', `no instance: ${why}`)
    else say('well', 'info', count)
  }
}
