import type { Networks } from '../../drivers/docker/docker.ts'
import type { Ip } from '../../drivers/ip.ts'
import type { Ovs } from '../../drivers/ovs.ts'
import type { Wireguard } from '../../drivers/wireguard.ts'
import type { BridgeStep } from './desired/bridge.ts'
import type { FirewallStep } from './desired/firewall/step.ts'
import { deviceName } from './desired/links.ts'
import type { Step as LinkStep } from './desired/step.ts'
import { takeFirewall, type FirewallHands } from './firewall/take.ts'
import type { Processes } from './processes.ts'

export type Step = LinkStep | FirewallStep | BridgeStep

export interface HandsDrivers extends FirewallHands {
  readonly ip: Pick<Ip, 'apply'>
  readonly networks: Pick<Networks, 'create' | 'remove'>
  readonly processes: Pick<Processes, 'run'>
  readonly ovs: Pick<Ovs, 'apply'>
  /** Whoever has the device. */
  readonly wireguard: () => Pick<Wireguard, 'set'>
}

interface Waiting {
  readonly step: Step
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Takes steps that are handed in at the same moment in their order, those of one program that follow one another at once. */
export class Hands {
  readonly #drivers: HandsDrivers
  #waiting: Waiting[] = []
  #taken: Promise<void> = Promise.resolve()

  constructor(drivers: HandsDrivers) {
    this.#drivers = drivers
  }

  take(step: Step): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) {
        queueMicrotask(() => {
          const all = this.#waiting
          this.#waiting = []
          this.#taken = this.#taken.then(() => this.#takeAll(all))
        })
      }
      this.#waiting.push({ step, resolve, reject })
    })
  }

  async #takeAll(all: readonly Waiting[]): Promise<void> {
    for (let rest = all; rest.length > 0;) {
      const program = rest[0]?.step.program
      const end = rest.findIndex(({ step }) => step.program !== program)
      const batch = end === -1 ? rest : rest.slice(0, end)
      rest = rest.slice(batch.length)
      try {
        await this.#takeBatch(batch.map(({ step }) => step))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        // What of it was done the next look sees.
        for (const { reject } of batch) reject(error)
      }
    }
  }

  async #takeBatch(steps: readonly Step[]): Promise<void> {
    const { ip, networks, ovs, processes, wireguard } = this.#drivers
    const [first] = steps
    const lines = steps.flatMap((step) => ('lines' in step ? step.lines : []))
    switch (first?.program) {
      case 'ip':
      case 'bridge':
        return ip.apply(first.program, lines)
      case 'process':
        return processes.run(lines)
      case 'wg':
        return wireguard().set(deviceName, lines)
      case 'ovs':
        return ovs.apply(lines)
      case 'docker':
        for (const step of steps) {
          if (step.program !== 'docker') continue
          if (step.verb === 'create') await networks.create(step.network)
          else await networks.remove(step.network.name)
        }
        return
      default:
        return takeFirewall(
          steps.filter((step) => step.program === 'nft' || step.program === 'iptables'),
          this.#drivers,
        )
    }
  }
}
