import { unavailable } from '../errors.ts'
import type { DeviceAddress, DeviceLinks, LinkDevice, MainRoute, Way } from './ip-links.ts'

/** As `ip -N -j -d address show` gives it, as far as we look. */
interface Link {
  readonly ifname?: string
  readonly ifalias?: string
  readonly group?: string
  readonly flags?: readonly string[]
  readonly mtu?: number
  readonly address?: string
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: LinkData }
  readonly addr_info?: readonly {
    readonly family?: string
    readonly local?: string
    readonly prefixlen?: number
  }[]
}

interface LinkData {
  readonly type?: string
  readonly id?: number
  readonly local?: string
  readonly port?: number
  readonly learning?: boolean
  readonly external?: unknown
  readonly remote?: string
  readonly group?: string
  readonly ikey?: string
  readonly okey?: string
  readonly iseq?: boolean
  readonly oseq?: boolean
  readonly icsum?: boolean
  readonly ocsum?: boolean
}

interface Route {
  readonly type?: string
  readonly dst?: string
  readonly gateway?: string
  readonly dev?: string
  readonly protocol?: string
  readonly metric?: number
  readonly prefsrc?: string
  readonly flags?: readonly string[]
  readonly nexthops?: readonly unknown[]
  readonly metrics?: readonly { readonly mtu?: number }[]
}

/** What a program listed; some of iproute2 write nothing where they have nothing to list. */
function listed(text: string): readonly unknown[] {
  if (text.trim() === '') return []
  try {
    const found: unknown = JSON.parse(text)
    if (Array.isArray(found)) return found
  } catch {
    // What it is not is said below.
  }
  throw unavailable('ip: what it listed is no JSON, iproute2 5.10 or later was expected')
}

/** RTN_UNICAST and RTN_UNREACHABLE of rtnetlink(7). */
const routeTypes: Readonly<Record<string, MainRoute['type']>> = { 1: 'unicast', 7: 'unreachable' }
const ethernet = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

export function readDevice(text: string): { device: LinkDevice; addresses: readonly string[] } {
  const link = (listed(text) as readonly Link[]).find(({ ifname }) => ifname !== undefined) ?? {}
  const { info_kind = '', info_data: data = {} } = link.linkinfo ?? {}
  const kind = info_kind === 'tun' && data.type === 'tap' ? 'tap' : info_kind
  const device: LinkDevice = {
    kind,
    alias: link.ifalias,
    group: Number(link.group ?? 0),
    isUp: link.flags?.includes('UP') ?? false,
    mtuBytes: link.mtu ?? 0,
    local: data.local,
    key: kind === 'gre' ? keyOf(data) : data.id,
    mac: link.address !== undefined && ethernet.test(link.address) ? link.address : undefined,
    port: data.port,
    isPlain:
      (data.remote ?? 'any') === 'any' &&
      data.group === undefined &&
      data.external === undefined &&
      data.learning !== true &&
      ![data.iseq, data.oseq, data.icsum, data.ocsum].includes(true),
  }
  return { device, addresses: addressesOf(link) }
}

const addressesOf = ({ addr_info: all = [] }: Link): string[] =>
  all.flatMap(({ family, local, prefixlen }) => (family === 'inet' ? [`${local}/${prefixlen}`] : []))

/** A key of gre is written as an address; undefined where it is not the same in both directions. */
function keyOf({ ikey, okey }: LinkData): number | undefined {
  if (ikey === undefined || ikey !== okey) return undefined
  return ikey.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
}

export const readAllAddresses = (text: string): DeviceAddress[] =>
  (listed(text) as readonly Link[]).flatMap((link) =>
    addressesOf(link).map((address) => ({ device: link.ifname ?? '', address, mtuBytes: link.mtu ?? 0 })),
  )

export const readNeighbours = (text: string): DeviceLinks['neighbours'] =>
  (listed(text) as readonly { dst?: string; lladdr?: string }[]).flatMap(({ dst, lladdr }) =>
    dst === undefined ? [] : [{ address: dst, lladdr: lladdr ?? '' }],
  )

export const readForwarding = (text: string): DeviceLinks['forwarding'] =>
  (listed(text) as readonly { mac?: string; dst?: string }[]).flatMap(({ mac, dst }) =>
    mac === undefined || dst === undefined ? [] : [{ mac, address: dst }],
  )

export const readRoutes = (text: string): readonly MainRoute[] =>
  (listed(text) as readonly Route[]).flatMap(
    ({ type, dst, gateway, dev, prefsrc, protocol, metric = 0, flags = [] }) =>
      dst === undefined
        ? []
        : [
            {
              // Without a prefix it is one address.
              subnet: dst === 'default' || dst.includes('/') ? dst : `${dst}/32`,
              via: gateway,
              device: dev,
              isOnlink: flags.includes('onlink'),
              source: prefsrc,
              protocol: Number(protocol),
              metric,
              type: routeTypes[type ?? ''] ?? 'other',
            },
          ],
  )

export const deviceOfRoute = (route: string): string | undefined =>
  (listed(route) as readonly Route[])[0]?.dev

/** From `ip route get` and the addresses of the device that it names. */
export function readWay(route: string, addresses: string): Way | undefined {
  const [{ dev, prefsrc, gateway, metrics = [] } = {}] = listed(route) as readonly Route[]
  const [link = {}] = listed(addresses) as readonly Link[]
  if (dev === undefined || prefsrc === undefined) return undefined
  const mtuBytes = metrics.find(({ mtu }) => mtu !== undefined)?.mtu ?? link.mtu ?? 0
  const segment = addressesOf(link).find((each) => each.startsWith(`${prefsrc}/`)) ?? `${prefsrc}/32`
  return { device: dev, source: prefsrc, via: gateway, mtuBytes, segment }
}
