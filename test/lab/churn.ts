import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from './host.ts'

/** So that whoever is watched, and not the machine, is what is tested. */
const pauseMs = 200
/** Of one host at a time. */
const livingMax = 4

/** Runs a container of this name, or fails. */
type Start = (host: Host, name: string) => Promise<{ readonly exitCode: number | null }>

/** Containers that come, and go at random, on several hosts at once, until they are told to stop. */
export class Churn {
  /** How many came, since it was made. */
  total = 0
  readonly #start: Start
  #isOver = true
  #running: Promise<unknown> = Promise.resolve()

  constructor(start: Start) {
    this.#start = start
  }

  begin(hosts: readonly Host[]): void {
    this.#isOver = false
    this.#running = Promise.all(hosts.map((host) => this.#comeAndGo(host)))
  }

  /** Those that live then stay. */
  async end(): Promise<void> {
    this.#isOver = true
    await this.#running
  }

  async #comeAndGo(host: Host): Promise<void> {
    const living: string[] = []
    for (let number = 0; !this.#isOver; number += 1) {
      const name = `passing${number}`
      if ((await this.#start(host, name)).exitCode === 0) {
        this.total += 1
        living.push(name)
      }
      const at = Math.floor(Math.random() * living.length)
      const [victim] = living.splice(at, living.length > livingMax ? 1 : 0)
      if (victim !== undefined) await host.exec(['docker', 'rm', '-f', victim])
      await sleep(pauseMs)
    }
  }
}
