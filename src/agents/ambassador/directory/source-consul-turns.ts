import type { Asked, Heard } from '../../../drivers/consul/consul.ts'
import type { Clock } from '../../reconciler.ts'

/** How much of a Consul agent is taken up. */
export const share = {
  /** Questions that wait for a change at a time. */
  waitingMax: 64,
  /** Of the others, that are asked at a time. */
  askingMax: 4,
  /** How long each of the others rests, or longer where there are many. */
  everyMs: 3_000,
  /** Between two of the others, on average. */
  apartMs: 10,
  /** Between two questions of the same thing, however often it changes. */
  restMs: 100,
} as const

/**
 * The questions to one Consul agent. It serves one address 200 connections at a time (`http_max_conns_per_client`), and
 * all that runs on a host shares them. So no more than 64 questions wait for a change, each with a connection; what they
 * ask for is heard at once. All others are asked again in turn, four at a time: each every three seconds, from 300 on
 * every 10 ms for each of them. One of them waits instead as soon as another has ended.
 */
export class ConsulTurns {
  readonly #clock: Clock
  #waiting = 0
  #inTurn = 0
  #asking = 0
  readonly #queue: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `heard` with what is answered, and again with each other answer, until `signal` is aborted or it fails. */
  async follow<T>(
    ask: (asked: Asked) => Promise<Heard<T>>,
    heard: (value: T) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let waits = false
    let index: string | undefined
    this.#inTurn += 1
    try {
      while (!signal.aborted) {
        if (!waits && this.#waiting < share.waitingMax) {
          waits = true
          this.#waiting += 1
          this.#inTurn -= 1
        }
        const begun = this.#clock.now()
        const asked: Asked = { waits, signal, ...(index !== undefined && { index }) }
        const answer = waits ? await ask(asked) : await this.#next(() => ask(asked), signal)
        if (answer === undefined || isOver(signal)) return
        // Consul's own advice: 0 is none to wait for, and one that goes back begins anew.
        const seen = answer.index === '0' ? '1' : answer.index
        const isBehind = index !== undefined && Number(seen) < Number(index)
        if (!isBehind && seen !== index) heard(answer.value)
        index = isBehind ? undefined : seen
        const restMs = waits ? begun + share.restMs - this.#clock.now() : this.#pauseMs()
        if (restMs > 0) await this.#clock.sleep(restMs, signal)
      }
    } finally {
      if (waits) this.#waiting -= 1
      else this.#inTurn -= 1
    }
  }

  /** With a jitter of a quarter. */
  #pauseMs(): number {
    return Math.max(share.everyMs, this.#inTurn * share.apartMs) * (0.75 + this.#clock.random() / 4)
  }

  /** Undefined where `signal` was aborted before it was its turn. */
  async #next<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    while (this.#asking >= share.askingMax && !isOver(signal)) await this.#call(signal)
    if (isOver(signal)) {
      this.#queue.shift()?.()
      return undefined
    }
    this.#asking += 1
    try {
      return await ask()
    } finally {
      this.#asking -= 1
      this.#queue.shift()?.()
    }
  }

  /** Resolves when somebody else has asked, or `signal` is aborted. */
  #call(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const called = () => {
        signal.removeEventListener('abort', left)
        resolve()
      }
      const left = () => {
        this.#queue.splice(this.#queue.indexOf(called), 1)
        resolve()
      }
      signal.addEventListener('abort', left, { once: true })
      this.#queue.push(called)
    })
  }
}

const isOver = (signal: AbortSignal): boolean => signal.aborted
