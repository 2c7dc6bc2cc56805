import {
  chains,
  clientsOf,
  commentOf,
  everyone,
  open,
  openTo,
  routesOf,
  sets,
  tableName,
  trafficOf,
} from './layout.ts'
import type { ActualPool, ActualRoute, FilledPool, PoolInstance, Route, Scripts } from '../plan.ts'
import { chainOf, memberOf } from './pool-names.ts'
import { drawing, saddr, translating } from './pool-rules.ts'
import { anyone, canonicalAddress, checkedPort, checkedProtocol, checkedSeconds, familyOf } from './table.ts'

const ours = `inet ${tableName}`

/** Everything in nft's language (nft(8)); one command a line, so that scripts can be put one after the other. */
export const scripts: Scripts = {
  table: ({ routes, pools, clients }) =>
    lines(
      // Adding what is there is no error, deleting what is not is one.
      `add table ${ours}`,
      `delete table ${ours}`,
      ...base(),
      ...pools.flatMap((pool) => poolLines(undefined, pool)),
      ...elements(routes),
      ...clients.map((address) => clientLine('add', address)),
    ),
  route: (actual, wanted) => lines(...routeLines(actual, wanted)),
  pool: (actual, wanted) => lines(...poolLines(actual, wanted)),
  client: (verb, address) => lines(clientLine(verb, address)),
}

const lines = (...all: readonly string[]): string => all.map((line) => `${line}\n`).join('')

function base(): string[] {
  return [
    `add table ${ours}`,
    ...sets.map(({ kind, name, type }) => {
      const value = kind === 'map' ? ' : verdict' : ''
      return `add ${kind} ${ours} ${name} { type ${type.join(' . ')}${value}; counter; }`
    }),
    ...chains.map(({ name, hook }) => {
      if (hook === undefined) return `add chain ${ours} ${name}`
      const place = `type ${hook.type} hook ${hook.hook} priority ${hook.prio}; policy ${hook.policy};`
      return `add chain ${ours} ${name} { ${place} }`
    }),
    ...chains.flatMap(({ name, rules }) =>
      rules.map((rule, index) => `add rule ${ours} ${name} ${rule} comment "${commentOf(name, index)}"`),
    ),
  ]
}

type Key = Omit<Route, 'pool'>

function clientLine(verb: 'add' | 'remove', client: string): string {
  const [set, elements] =
    client === anyone ? [open, openTo.join(', ')] : [clientsOf(familyOf(client)), canonicalAddress(client)]
  return `${verb === 'add' ? 'add' : 'delete'} element ${ours} ${set} { ${elements} }`
}

const keyOf = ({ client, protocol, port }: Key): string => {
  const place = `${checkedProtocol(protocol)} . ${checkedPort(port)}`
  return client === anyone ? place : `${canonicalAddress(client)} . ${place}`
}

/** The map that leads. */
const mapOf = ({ client }: Pick<Route, 'client'>): string =>
  client === anyone ? everyone : routesOf(familyOf(client))

const leading = (route: Route): string => `${keyOf(route)} : goto ${chainOf(route.pool)}`

function routeLines(actual: ActualRoute | undefined, wanted: Route | undefined): string[] {
  const isSame = actual?.leads === true && wanted !== undefined && actual.pool === wanted.pool
  const change = (verb: 'add' | 'delete', set: string, element: string) =>
    `${verb} element ${ours} ${set} { ${element} }`
  return [
    ...(actual?.leads && !isSame ? [change('delete', mapOf(actual), keyOf(actual))] : []),
    ...(actual?.counts && !wanted && actual.client !== anyone
      ? [change('delete', trafficOf(familyOf(actual.client)), keyOf(actual))]
      : []),
    ...(wanted && !actual?.counts && wanted.client !== anyone
      ? [change('add', trafficOf(familyOf(wanted.client)), keyOf(wanted))]
      : []),
    ...(wanted && !isSame ? [change('add', mapOf(wanted), leading(wanted))] : []),
  ]
}

/** Elements in one command are loaded in half the time, but for a change none may be wrong. */
function elements(routes: readonly Route[]): string[] {
  const byMap = Map.groupBy(routes, mapOf)
  return [...byMap].flatMap(([map, some]) => {
    const [{ client } = { client: anyone }] = some
    const counting =
      client === anyone
        ? []
        : [`add element ${ours} ${trafficOf(familyOf(client))} { ${some.map(keyOf).join(', ')} }`]
    return [...counting, `add element ${ours} ${map} { ${some.map(leading).join(', ')} }`]
  })
}

/** Whatever is refused keeps its former instances: all of a pool is one script. */
function poolLines(actual: ActualPool | undefined, wanted: FilledPool | undefined): string[] {
  const id = (wanted ?? actual)?.id ?? ''
  const chain = chainOf(id)
  const isKept = actual?.instances !== undefined && actual.stickySeconds === wanted?.stickySeconds
  const members = new Map(
    wanted?.stickySeconds === undefined ? [] : wanted.instances.map((one) => [memberOf(id, one), one]),
  )
  const stays = (name: string) => isKept && members.has(name)
  const gone = {
    chains: (actual?.chains ?? []).filter((name) => !stays(name)),
    sets: (actual?.sets ?? []).filter((name) => !stays(name)),
  }
  const known = new Set(isKept ? actual.chains : [])
  return [
    ...(actual ? [`flush chain ${ours} ${chain}`] : []),
    ...gone.chains.map((name) => `flush chain ${ours} ${name}`),
    ...gone.chains.map((name) => `delete chain ${ours} ${name}`),
    ...gone.sets.map((name) => `delete set ${ours} ${name}`),
    ...(actual && !wanted ? [`delete chain ${ours} ${chain}`] : []),
    ...(wanted && !actual ? [`add chain ${ours} ${chain}`] : []),
    ...[...members]
      .filter(([name]) => !known.has(name))
      .flatMap(([name, one]) => memberLines(name, one, checkedSeconds(wanted?.stickySeconds ?? 0))),
    ...(wanted ? drawing(wanted.instances, members).map((rule) => `add rule ${ours} ${chain} ${rule}`) : []),
  ]
}

/** The chain of an instance that remembers its clients, and the set that it remembers them in, as kube-proxy does. */
function memberLines(name: string, instance: PoolInstance, seconds: number): string[] {
  const { address } = instance
  return [
    `add set ${ours} ${name} { type ipv${familyOf(address)}_addr; flags dynamic,timeout; timeout ${seconds}s; }`,
    `add chain ${ours} ${name}`,
    // In a rule of its own: where the set is full, the connection is made nevertheless.
    `add rule ${ours} ${name} update @${name} { ${saddr(address)} }`,
    ...translating([instance]).map((rule) => `add rule ${ours} ${name} ${rule}`),
  ]
}
