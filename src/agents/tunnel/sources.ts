import type { Watch } from '../../drivers/docker/docker.ts'
import type { Ip } from '../../drivers/ip.ts'
import type { Nft } from '../../drivers/nft.ts'
import { tunnelProtocol } from '../../model/route-protocol.ts'
import type { Source, Trigger } from '../reconciler.ts'
import { deviceName } from './desired/links.ts'
import { wireName } from './desired/ovs/switch.ts'
import { followFirewall } from './firewall/read.ts'

/** Lines of iproute2 about what we keep: our devices, and routes with our mark. */
const isAboutUs = new RegExp(`\\b(${deviceName}|${wireName})\\b|\\bproto ${tunnelProtocol}\\b`)

/** What of this host says when to look again, and when what was read of it no longer counts. */
export class Hereabouts {
  readonly sources: readonly Source[]
  /** Of Docker's events, for who has a reason of its own to look. */
  trigger: Trigger = () => undefined
  readonly #open = new Set<string>()

  constructor(
    { ip, nft, watch }: { ip: Pick<Ip, 'changes'>; nft: Pick<Nft, 'changes'>; watch: Pick<Watch, 'events'> },
    forget: () => void,
  ) {
    const source = (name: string, listen: Source['listen']): Source => ({
      name,
      listen: async (trigger, opened, signal) => {
        const isOpen = () => {
          // What happened before nobody told.
          forget()
          this.#open.add(name)
          opened()
        }
        try {
          await listen(trigger, isOpen, signal)
        } finally {
          this.#open.delete(name)
        }
      },
    })
    this.sources = [
      source("the kernel's devices and routes", (trigger, opened, signal) => {
        const changed = (line: string) => {
          forget()
          if (isAboutUs.test(line)) trigger('a device, route or neighbour is another')
        }
        return ip.changes(changed, opened, signal)
      }),
      source("the kernel's rules", (trigger, opened, signal) => {
        const changed = (isOurs: boolean) => {
          forget()
          if (isOurs) trigger('a rule is another')
        }
        return followFirewall(nft, changed, opened, signal)
      }),
      // Docker that starts writes its rules anew.
      source("Docker's events", (trigger, opened, signal) => {
        this.trigger = trigger
        return watch.events(() => undefined, opened, signal)
      }),
    ]
  }

  /** Whether nothing can change without a word. */
  get isTold(): boolean {
    return this.#open.size === this.sources.length
  }
}
