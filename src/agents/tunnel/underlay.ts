import type { DeviceAddress, Ip } from '../../drivers/ip.ts'
import { precondition } from '../../errors.ts'
import { firstAddress, isWithinSubnet } from '../../model/address.ts'
import { deviceName } from './desired/links.ts'
import type { Underlay } from './desired/peer.ts'
import type { LocalAddress } from './leases/choose.ts'

/** How packets leave for hosts behind a router is asked again after so long. */
const freshMs = 60_000

/** The first address of this host's subnet, where a device has it that is not the tunnel's. */
export function ownSource(subnet: string, addresses: readonly LocalAddress[]): string | undefined {
  const own = firstAddress(subnet)
  const has = addresses.some(({ device, address }) => device !== deviceName && address.split('/')[0] === own)
  return has ? own : undefined
}

interface Far {
  readonly mtuBytes: number
  readonly via: string | undefined
  readonly at: number
}

/** The way from this host to the others, with the shortest of their MTUs. */
export class Ways {
  readonly #ip: Pick<Ip, 'wayTo'>
  readonly #now: () => number
  readonly #far = new Map<string, Far>()

  constructor(ip: Pick<Ip, 'wayTo'>, now: () => number) {
    this.#ip = ip
    this.#now = now
  }

  async underlay(
    own: string,
    addresses: readonly DeviceAddress[],
    peers: readonly string[],
  ): Promise<Underlay> {
    const found = addresses.find(({ address }) => address.startsWith(`${own}/`))
    if (found === undefined) {
      throw precondition(
        `ARPANET_IP: ${own} is no address of this host, one that it has was expected`,
        'ip address',
      )
    }
    const { device, address: segment, mtuBytes: near } = found
    const far = peers.filter((peer) => !isWithinSubnet(peer, segment))
    for (const address of this.#far.keys()) if (!far.includes(address)) this.#far.delete(address)
    const ways = await Promise.all(far.map((address) => this.#wayTo(address, near)))
    const routers = Object.fromEntries(
      far.flatMap((address, index) => {
        const via = ways[index]?.via
        return via === undefined ? [] : [[address, via]]
      }),
    )
    return { device, segment, mtuBytes: Math.min(near, ...ways.map(({ mtuBytes }) => mtuBytes)), routers }
  }

  async #wayTo(address: string, otherwise: number): Promise<Far> {
    const known = this.#far.get(address)
    if (known !== undefined && known.at + freshMs > this.#now()) return known
    const way = await this.#ip.wayTo(address)
    const far = { mtuBytes: way?.mtuBytes ?? otherwise, via: way?.via, at: this.#now() }
    this.#far.set(address, far)
    return far
  }
}
