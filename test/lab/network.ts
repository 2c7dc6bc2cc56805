import { netnsOf } from './places.ts'
import { run } from './program.ts'

/** Where a host is plugged in: its name is the port's, its number makes its addresses. */
export type Port = { name: string; ip: string; mac: string }

export const switchIp = '192.0.2.254'

/** The port of the lab's n-th host, counted from 1. */
export function port(name: string, n: number): Port {
  return { name, ip: `192.0.2.${n}`, mac: `02:00:c0:00:02:${n.toString(16).padStart(2, '0')}` }
}

/**
 * The wire between a lab's hosts: a bridge in a namespace of its own. In the machine's namespace the firewall of a
 * Docker engine would eat the frames.
 */
export class Network {
  readonly netns: string
  readonly #lab: string

  constructor(lab: string) {
    this.#lab = lab
    this.netns = netnsOf(lab, 'switch')
  }

  async create(): Promise<void> {
    await run(['ip', 'netns', 'add', this.netns])
    await this.#ip(`
      link set lo up
      link add br0 type bridge
      address add ${switchIp}/24 dev br0
      link set br0 up`)
    // A cut drops frames and leaves the cable in: no host is told that its peer is gone.
    await this.#nft(`
      table bridge lab {
        set isolated { type ether_addr; }
        set parted { type ether_addr . ether_addr; }
        chain forward {
          type filter hook forward priority 0;
          ether saddr @isolated drop
          ether daddr @isolated drop
          ether saddr . ether daddr @parted drop
        }
        chain input { type filter hook input priority 0; ether saddr @isolated drop; }
        chain output { type filter hook output priority 0; ether daddr @isolated drop; }
      }`)
  }

  /** Makes a host's namespace with an eth0 that is plugged into the switch. */
  async plug({ name, ip, mac }: Port): Promise<void> {
    const netns = netnsOf(this.#lab, name)
    await run(['ip', 'netns', 'add', netns])
    await this.#ip(`
      link add ${name} type veth peer name eth0 address ${mac} netns ${netns}
      link set ${name} master br0 up`)
    await run(['ip', '-n', netns, '-batch', '-'], {
      input: `link set lo up
        address add ${ip}/24 dev eth0
        link set eth0 up
        route add default via ${switchIp}\n`,
    })
  }

  /** Pulls the cable out: both its ends are gone. */
  async unplug({ name }: Port): Promise<void> {
    await this.#ip(`link delete ${name}`)
  }

  /** Takes the namespace of a host away that has no process any more. */
  async forget({ name }: Port): Promise<void> {
    await run(['ip', 'netns', 'delete', netnsOf(this.#lab, name)])
  }

  /** Nothing passes between a host and the others any more, or between it and one peer. */
  async cut(host: Port, peer?: Port): Promise<void> {
    await this.#nft(partition('add', host, peer))
  }

  async heal(host: Port, peer?: Port): Promise<void> {
    // Adding first makes it no error to heal what is whole.
    await this.#nft(partition('add', host, peer) + partition('delete', host, peer))
  }

  #ip(batch: string) {
    return run(['ip', '-n', this.netns, '-batch', '-'], { input: `${batch}\n` })
  }

  #nft(script: string) {
    return run(['nsenter', `--net=/run/netns/${this.netns}`, 'nft', '-f', '-'], { input: script })
  }
}

function partition(verb: 'add' | 'delete', host: Port, peer: Port | undefined): string {
  return peer === undefined
    ? `${verb} element bridge lab isolated { ${host.mac} }\n`
    : `${verb} element bridge lab parted { ${host.mac} . ${peer.mac}, ${peer.mac} . ${host.mac} }\n`
}
