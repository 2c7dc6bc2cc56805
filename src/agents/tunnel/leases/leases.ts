import type { KeyValue, Tree } from '../../../drivers/consul/consul.ts'
import { conflict, unavailable } from '../../../errors.ts'
import type { Lease } from '../../../model/lease.ts'
import type { OverlayConfig } from '../../../model/overlay-config.ts'
import { ownSubnet, type Claim } from './choose.ts'
import { next } from './next.ts'
import { leaseKey, peersIn, seenIn } from './seen.ts'

/** What a host knows once it has a lease. */
export interface Held {
  readonly lease: Lease
  readonly config: OverlayConfig
  /** The leases of the others, those of hosts that are gone included. */
  readonly peers: readonly Lease[]
  /** Leases of others that make no sense, a sentence for each. */
  readonly faults: readonly string[]
  /** What was written for it, and why; nothing where it was so already. */
  readonly done: readonly string[]
}

export interface Outside {
  readonly kv: Pick<KeyValue, 'tree' | 'set' | 'remove'>
  /** By the host's clock, which other hosts read, too. */
  readonly now: () => Date
}

/**
 * Each try is lost to somebody who won it, so this many hosts may begin at the same instant with the same first choice;
 * more of them have theirs after a pass or two.
 */
const triesMax = 32

/** The leases of an overlay, which are keys under a folder of Consul. */
export class Leases {
  readonly #folder: string
  readonly #outside: Outside
  #tree: Tree | undefined

  /** The folder without a slash at either end. */
  constructor(folder: string, outside: Outside) {
    this.#folder = folder
    this.#outside = outside
  }

  /**
   * Has a lease for this host, and renews it where it is time. Each key is set only if it still is as it was seen, so
   * that no two hosts ever have the same subnet. Throws where Consul cannot be asked: then nothing was taken that the next
   * call would not find; and where somebody has to act.
   */
  async hold(claim: Claim): Promise<Held> {
    const { kv, now } = this.#outside
    const done: string[] = []
    for (let tries = 0; tries < triesMax; tries += 1) {
      this.#tree = await kv.tree(this.#folder, this.#tree)
      const seen = seenIn(this.#folder, this.#tree)
      const found = next(claim, seen, now())
      if (found.verb === 'refuse') throw conflict(found.faults.join('\n'))
      if (found.verb === 'none')
        return { lease: found.lease, config: found.config, ...peersIn(claim, seen), done }
      const { key, value, index, reason } = found
      const isDone = await kv.set(`${this.#folder}/${key}`, value, index)
      if (isDone) done.push(`${key}: ${reason}`)
    }
    throw unavailable(`${this.#folder}: others were quicker ${triesMax} times, a free subnet was expected`)
  }
  /**
   * The configuration of the overlay; undefined where there is none yet. Throws where somebody has to act before this host
   * can have a lease, as `hold` would. Writes nothing.
   */
  async check(claim: Claim): Promise<OverlayConfig | undefined> {
    const { kv, now } = this.#outside
    const seen = seenIn(this.#folder, await kv.tree(this.#folder))
    const found = next(claim, seen, now())
    if (found.verb === 'refuse') throw conflict(found.faults.join('\n'))
    return typeof seen.config === 'string' ? undefined : seen.config
  }

  /** Gives this host's lease back, so that the others no longer send it anything; none is no error. */
  async release(claim: Pick<Claim, 'config' | 'host' | 'address' | 'wished'>): Promise<void> {
    const { kv } = this.#outside
    const { taken } = seenIn(this.#folder, await kv.tree(this.#folder))
    const own = ownSubnet(claim, taken)
    if (own !== undefined) await kv.remove(`${this.#folder}/${leaseKey(own)}`)
  }
}
