import { isIP, isIPv6, SocketAddress } from 'node:net'
import { ArpanetError } from '../../../errors.ts'
import { routeKey, type Pool, type PoolInstance, type Route, type Table } from '../plan.ts'

export { routeKey, type Pool, type PoolInstance, type Route, type Table }

/**
 * The same in the one form that is also read back from the kernel: addresses as it writes them, an instance once, the
 * smallest weights of the same proportion, all in order; of several routes with one key the first. Throws where
 * something of it must not get into a script, or a route leads to no pool of the table.
 */
export function canonical({ routes, pools, clients }: Table): Table {
  const ids = new Set(pools.map(({ id }) => checkedId(id)))
  if (ids.size !== pools.length) throw nonsense('pools: two have one id, one of each was expected')
  const byKey = new Map<string, Route>()
  for (const route of routes) {
    if (!ids.has(route.pool)) throw nonsense(`route ${routeKey(route)}: there is no pool ${route.pool}`)
    const client = route.client === anyone ? anyone : canonicalAddress(route.client)
    const one = {
      client,
      protocol: checkedProtocol(route.protocol),
      port: checkedPort(route.port),
      pool: route.pool,
    }
    if (!byKey.has(routeKey(one))) byKey.set(routeKey(one), one)
  }
  return {
    routes: [...byKey.values()],
    clients: [...new Set(clients.map((one) => (one === anyone ? anyone : canonicalAddress(one))))],
    pools: pools.map(({ id, instances, stickySeconds }) => ({
      id,
      instances: instances && canonicalInstances(instances),
      ...(stickySeconds !== undefined && { stickySeconds: checkedSeconds(stickySeconds) }),
    })),
  }
}

/** Instead of a client's address. */
export const anyone = '*'

const spot = ({ address, port }: PoolInstance) => `${address} ${port}`

function canonicalInstances(instances: readonly PoolInstance[]): PoolInstance[] {
  const bySpot = new Map<string, PoolInstance>()
  for (const { address, port, weight } of instances) {
    const one = { address: canonicalAddress(address), port: checkedPort(port), weight: checkedWeight(weight) }
    const other = bySpot.get(spot(one))
    bySpot.set(spot(one), other ? { ...one, weight: one.weight + other.weight } : one)
  }
  const sorted = [...bySpot.values()].sort((a, b) => (spot(a) < spot(b) ? -1 : 1))
  // Each address family is drawn from by itself.
  const divisors = { 4: 0, 6: 0 }
  for (const { address, weight } of sorted)
    divisors[familyOf(address)] = divisor(weight, divisors[familyOf(address)])
  return sorted.map((one) => ({ ...one, weight: one.weight / divisors[familyOf(one.address)] }))
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

export const familyOf = (address: string): 4 | 6 => (isIPv6(address) ? 6 : 4)

/** As the kernel writes it. Throws where it is no IP address, or one of a zone. */
export function canonicalAddress(text: string): string {
  if (isIP(text) === 0 || text.includes('%'))
    throw nonsense(`'${text}': no IP address was found, one was expected`)
  if (!isIPv6(text)) return text
  const { address } = new SocketAddress({ address: text, family: 'ipv6' })
  // The kernel sees such a connection as one of IPv4.
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}

export function checkedId(id: string): string {
  if (!/^[a-z0-9_]{1,60}$/.test(id)) throw nonsense(`'${id}': no id of a pool, [a-z0-9_]{1,60} was expected`)
  return id
}

export function checkedPort(port: number): number {
  return checkedNumber('port', port, 65_535)
}

export function checkedWeight(weight: number): number {
  return checkedNumber('weight', weight, 65_535)
}

/** A year is longer than anybody means. */
export function checkedSeconds(seconds: number): number {
  return checkedNumber('seconds', seconds, 31_536_000)
}

export function checkedProtocol(protocol: string): 'tcp' | 'udp' {
  if (protocol !== 'tcp' && protocol !== 'udp') throw nonsense(`'${protocol}': tcp or udp was expected`)
  return protocol
}

function checkedNumber(what: string, value: number, highest: number): number {
  const isGood = Number.isInteger(value) && value >= 1 && value <= highest
  if (!isGood) throw nonsense(`${what} ${value}: a whole number from 1 to ${highest} was expected`)
  return value
}

/** A fault of the caller's, who knows what he asks for. */
const nonsense = (message: string): ArpanetError => new ArpanetError('unexpected', message)
