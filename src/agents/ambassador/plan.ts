/** What `client` sends to `port` of `backends` goes to the instances of `pool`. */
export interface Route {
  /** IP literal; `*` is everybody who has no route of its own for this port. */
  readonly client: string
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
  /** Id of a pool. */
  readonly pool: string
}

export interface PoolInstance {
  /** IP literal. */
  readonly address: string
  readonly port: number
  /** Its share of new connections, a whole number from 1 on. */
  readonly weight: number
}

/** Where connections can go to. */
export interface Pool {
  /** `[a-z0-9_]{1,60}`. */
  readonly id: string
  /** Undefined where they are not known: then the kernel keeps those it has. */
  readonly instances: readonly PoolInstance[] | undefined
  /** For so long after its last connection a client is sent to the same instance again. */
  readonly stickySeconds?: number | undefined
}

/** What the kernel should carry. */
export interface Table {
  readonly routes: readonly Route[]
  readonly pools: readonly Pool[]
  /** IP literals of those who are refused what they have no route for, `*` is everybody; what others send is not answered. */
  readonly clients: readonly string[]
}

/** A pool of which everything is known. */
export interface FilledPool extends Pool {
  readonly instances: readonly PoolInstance[]
}

/** A route of the kernel, and what it has carried. */
export interface ActualRoute extends Omit<Route, 'pool'> {
  /** Undefined where it leads to no pool. */
  readonly pool: string | undefined
  /** Whether there is an element of it in the map that leads, and one in the set that counts. */
  readonly leads: boolean
  readonly counts: boolean
  /** First packets of connections, those included that found no instance. */
  readonly connections: number
  /** In both directions, with all headers of IP. */
  readonly bytes: number
}

/** A pool of the kernel; its instances are undefined where its chains hold something that we did not write. */
export interface ActualPool extends Pool {
  /** The chains, and the sets, that it has beside its own chain. */
  readonly chains: readonly string[]
  readonly sets: readonly string[]
}

/** What the kernel carries. */
export interface Actual {
  /** Why nothing of it can stay; undefined where all is in order but perhaps routes and pools. */
  readonly fault: string | undefined
  readonly routes: readonly ActualRoute[]
  readonly pools: readonly ActualPool[]
  readonly clients: readonly string[]
}

/** A smallest change. The scripts of several, one after the other, are one transaction of nft. */
export interface Step {
  readonly verb: 'set up' | 'add' | 'change' | 'remove'
  readonly target: string
  readonly reason: string
  readonly script: string
}

/** How steps are written in nft's language. */
export interface Scripts {
  /** Makes the whole table anew, in one transaction. */
  table(table: { [Part in keyof Table]: Part extends 'pools' ? readonly FilledPool[] : Table[Part] }): string
  /** From what is to what is wanted; undefined is nothing. */
  route(actual: ActualRoute | undefined, wanted: Route | undefined): string
  pool(actual: ActualPool | undefined, wanted: FilledPool | undefined): string
  client(verb: 'add' | 'remove', address: string): string
}

/** One text for each client, protocol and port. */
export const routeKey = ({ client, protocol, port }: Omit<Route, 'pool'>): string =>
  `${client} ${protocol}/${port}`

/** In which order steps are taken. */
export const order = [
  // Each new connection to an instance that is gone fails.
  'change pools',
  // Another container can be given the address at any moment.
  'remove clients',
  // The kernel keeps a chain that a route leads to: routes go before their pools, and come after them.
  'remove routes',
  'add pools',
  'add routes',
  'change routes',
  // Nobody is refused for a route that is still on its way.
  'add clients',
  'remove pools',
] as const

/** What turns `actual` into `desired`, as `canonical` gives it; nothing where it is so. */
export function plan(desired: Table, actual: Actual, scripts: Scripts): readonly Step[] {
  const pools = new Map(actual.pools.map((pool) => [pool.id, pool]))
  const filled = desired.pools.map((pool) => ({
    ...pool,
    instances: pool.instances ?? pools.get(pool.id)?.instances ?? [],
  }))
  if (actual.fault !== undefined) {
    const script = scripts.table({ ...desired, pools: filled })
    return [{ verb: 'set up', target: 'the routing table', reason: actual.fault, script }]
  }
  const ranked: Record<(typeof order)[number], Step[]> = {
    'change pools': [],
    'remove clients': [],
    'remove routes': [],
    'add pools': [],
    'add routes': [],
    'change routes': [],
    'add clients': [],
    'remove pools': [],
  }

  for (const wanted of filled) {
    const there = pools.get(wanted.id)
    pools.delete(wanted.id)
    const reason = whyPool(wanted, there)
    if (reason === undefined) continue
    const [verb, rank] =
      there === undefined ? (['add', 'add pools'] as const) : (['change', 'change pools'] as const)
    ranked[rank].push({ verb, target: `pool ${wanted.id}`, reason, script: scripts.pool(there, wanted) })
  }
  for (const there of pools.values()) {
    const script = scripts.pool(there, undefined)
    const reason = 'no route asks for it'
    ranked['remove pools'].push({ verb: 'remove', target: `pool ${there.id}`, reason, script })
  }

  const routes = new Map(actual.routes.map((route) => [routeKey(route), route]))
  for (const wanted of desired.routes) {
    const key = routeKey(wanted)
    const there = routes.get(key)
    routes.delete(key)
    const reason = whyRoute(wanted, there)
    if (reason === undefined) continue
    const [verb, rank] =
      there === undefined ? (['add', 'add routes'] as const) : (['change', 'change routes'] as const)
    ranked[rank].push({ verb, target: `route ${key}`, reason, script: scripts.route(there, wanted) })
  }
  for (const [key, there] of routes) {
    const script = scripts.route(there, undefined)
    const reason = 'its client does not ask for it'
    ranked['remove routes'].push({ verb: 'remove', target: `route ${key}`, reason, script })
  }

  const step = (verb: 'add' | 'remove', address: string, reason: string): Step => ({
    verb,
    target: `client ${address}`,
    reason,
    script: scripts.client(verb, address),
  })
  const [before, now] = [new Set(actual.clients), new Set(desired.clients)]
  for (const one of before)
    if (!now.has(one)) ranked['remove clients'].push(step('remove', one, 'it is gone'))
  for (const one of now) if (!before.has(one)) ranked['add clients'].push(step('add', one, 'it runs'))
  return order.flatMap((rank) => ranked[rank])
}

function whyRoute(wanted: Route, there: ActualRoute | undefined): string | undefined {
  if (there === undefined) return `it leads to pool ${wanted.pool}`
  if (!there.leads || !there.counts) return 'a part of it is gone'
  if (there.pool === wanted.pool) return undefined
  return `it leads to ${there.pool === undefined ? 'no pool' : `pool ${there.pool}`}, and to pool ${wanted.pool} from now on`
}

function whyPool(wanted: FilledPool, there: ActualPool | undefined): string | undefined {
  const names = wanted.instances.map(nameOf)
  if (there === undefined) return names.length === 0 ? 'it has no instance' : `it has ${listed(names)}`
  if (there.instances === undefined) return 'somebody else wrote into it'
  const before = new Set(there.instances.map(nameOf))
  const gone = there.instances.map(nameOf).filter((name) => !names.includes(name))
  const come = names.filter((name) => !before.has(name))
  if (gone.length + come.length > 0) {
    return [
      ...(gone.length > 0 ? [`less ${listed(gone)}`] : []),
      ...(come.length > 0 ? [`with ${listed(come)}`] : []),
    ].join(', ')
  }
  // Without an instance there is nothing that could remember.
  if (names.length === 0 || there.stickySeconds === wanted.stickySeconds) return undefined
  return wanted.stickySeconds === undefined
    ? 'it is sticky no more'
    : `it is sticky for ${wanted.stickySeconds} s`
}

const nameOf = ({ address, port, weight }: PoolInstance): string => {
  const host = address.includes(':') ? `[${address}]` : address
  return `${host}:${port}${weight === 1 ? '' : ` (weight ${weight})`}`
}

const listedMost = 5

const listed = (names: readonly string[]): string =>
  names.length <= listedMost
    ? names.join(' ')
    : `${names.slice(0, listedMost).join(' ')} and ${names.length - listedMost} more`
