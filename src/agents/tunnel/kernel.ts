import type { Ip } from '../../drivers/ip.ts'
import type { Ovs } from '../../drivers/ovs.ts'
import type { Wireguard } from '../../drivers/wireguard.ts'
import type { Clock } from '../reconciler.ts'
import { isOurs } from './desired/device-steps.ts'
import type { ActualFirewall } from './desired/firewall/plan.ts'
import { deviceName } from './desired/links.ts'
import { readFirewall, type FirewallDrivers } from './firewall/read.ts'
import type { Actual as ActualLinks } from './plan.ts'
import { Remembered } from './remembered.ts'

export interface KernelDrivers extends FirewallDrivers {
  readonly ip: Pick<Ip, 'device' | 'routes'>
  /** That of the kernel, and that of a process of ours. */
  readonly wireguard: { readonly kernel: Wireguard; readonly process: Wireguard }
  readonly ovs: Pick<Ovs, 'state'>
  readonly clock: Pick<Clock, 'now'>
}

/** What this host has of the overlay. */
export interface Actual {
  readonly links: ActualLinks
  readonly firewall: ActualFirewall
}

/** Reads what there is, and remembers it while `isTold` of changes. */
export class Kernel {
  readonly #drivers: KernelDrivers
  readonly #remembered: Remembered<Actual>

  constructor(drivers: KernelDrivers, isTold: () => boolean) {
    this.#drivers = drivers
    const read = async () => {
      const [links, firewall] = await Promise.all([this.links(), readFirewall(drivers)])
      return { links, firewall }
    }
    this.#remembered = new Remembered(read, drivers.clock, isTold)
  }

  forget(): void {
    this.#remembered.forget()
  }

  async actual(): Promise<Actual> {
    const { links, firewall } = await this.#remembered.get()
    // Nobody tells of another's hand at hosts and keys of WireGuard, nor at flows.
    if (links.ovs !== undefined)
      return { firewall, links: { ...links, ovs: await this.#drivers.ovs.state() } }
    if (links.wireguard === undefined) return { firewall, links }
    const wireguard = await this.wireguardOf(links.device?.kind).state(deviceName)
    return { firewall, links: { ...links, wireguard } }
  }

  /** Asked anew. */
  async links(): Promise<ActualLinks> {
    const { ip, ovs } = this.#drivers
    const [found, routes] = await Promise.all([ip.device(deviceName), ip.routes()])
    const { device } = found
    const isWireguard = (device?.kind === 'wireguard' || device?.kind === 'tun') && isOurs(device)
    return {
      ...found,
      routes,
      ...(isWireguard && { wireguard: await this.wireguardOf(device.kind).state(deviceName) }),
      ...(device?.kind === 'tap' && isOurs(device) && { ovs: await ovs.state() }),
    }
  }

  /** Who knows of a device of that kind. */
  wireguardOf(kind: string | undefined): Wireguard {
    return kind === 'tun' ? this.#drivers.wireguard.process : this.#drivers.wireguard.kernel
  }
}
