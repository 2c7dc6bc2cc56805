import { unavailable } from '../errors.ts'

/** What ovs-vsctl lists of one table, with --format=json: a JSON value of each cell (RFC 7047, 5.1). */
interface Listing {
  readonly headings: readonly string[]
  readonly data: readonly (readonly unknown[])[]
}

type Row = Readonly<Record<string, unknown>>
type Words = Readonly<Record<string, string | undefined>>

/** A set of one is that one; of none undefined. A map is an object. */
function plain(cell: unknown): unknown {
  if (!Array.isArray(cell)) return cell
  const [kind, value] = cell as [string, readonly unknown[]]
  if (kind === 'map') return Object.fromEntries(value as [string, unknown][])
  if (kind === 'set') return value.length < 2 ? value[0] : value
  return value
}

/** The rows of each table that was listed, a table a line. */
function readTables(text: string): readonly (readonly Row[])[] {
  try {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { headings, data } = JSON.parse(line) as Listing
        return data.map((row) =>
          Object.fromEntries(headings.map((heading, index) => [heading, plain(row[index])])),
        )
      })
  } catch {
    throw unavailable('ovs-vsctl: what it listed is no JSON, Open vSwitch 3.1 or later was expected')
  }
}

/** What a switch is made of, of a listing of bridges and one of interfaces. */
export function readConfig(names: { readonly gre: string; readonly wire: string }, text: string) {
  const [bridges = [], ports = []] = readTables(text)
  const of = (name: string) => ports.find((port) => port.name === name)
  const { key, local_ip: own } = (of(names.gre)?.options ?? {}) as Words
  const mtu = of(names.wire)?.mtu
  const line = (...cells: readonly unknown[]) =>
    cells.filter((cell) => typeof cell === 'string' || typeof cell === 'number').join(' ')
  return {
    parts: [
      ...bridges.map(({ name, datapath_type: datapath, fail_mode: mode, other_config: config }) =>
        line('bridge', name, datapath, mode, (config as Words).hwaddr),
      ),
      ...ports.map(({ name, type, ofport, options }) =>
        line('port', name, type, ofport, (options as Words).remote_ip),
      ),
    ],
    key: key === undefined ? undefined : Number(key),
    own,
    mtuBytes: typeof mtu === 'number' ? mtu : undefined,
  }
}

/** The cookies of `ovs-ofctl dump-flows`, without their 0x; of a flow without one ''. */
export const readCookies = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line.includes('actions='))
    .map((line) => /\bcookie=0x([0-9a-f]+)/.exec(line)?.[1] ?? '')

/**
 * Together all there is. Open vSwitch counts 32 more for a way that it was given than for the same of the kernel
 * (lib/ovs-router.c), so that these come before each of its ways, and 0.0.0.0/0 would not.
 */
export const halves = ['0.0.0.0/1', '128.0.0.0/1'] as const

/**
 * By which address of the bridge all of GRE goes, of `ovs-appctl ovs/route/show`; undefined where it does not, or where
 * somebody gave Open vSwitch other ways.
 */
export function readRoute(bridge: string, text: string): string | undefined {
  const given = [...text.matchAll(/^User: (\S+) dev (\S+) GW (\S+)/gm)]
  const owns = new Set(given.map(([, , , own]) => own))
  const isWhole =
    given.length === text.match(/^User: /gm)?.length &&
    given.every(([, , device]) => device === bridge) &&
    halves.every((half) => given.some(([, to]) => to === half))
  return isWhole && given.length === halves.length && owns.size === 1 ? [...owns][0] : undefined
}

type Properties = Readonly<Record<string, unknown>>

/**
 * A line for each thing of a table of nftables, of what `nft -j list table` says (libnftables-json(5)): chains with their
 * hook, rules by their comment and where they forward to, and the elements of sets and maps.
 */
export function readWire(text: string): readonly string[] {
  const listing = (JSON.parse(text) as { nftables: readonly Record<string, Properties>[] }).nftables
  return listing.flatMap((object) =>
    Object.entries(object).flatMap(([kind, properties]): string[] => {
      const { name, chain, hook, prio, comment, expr, elem = [], flags } = properties
      switch (kind) {
        case 'metainfo':
          return []
        case 'table':
          return flags === undefined ? [] : [`table ${JSON.stringify(flags)}`]
        case 'chain':
          return [`chain ${String(name)} ${String(hook)} ${String(prio)}`]
        case 'rule':
          return [`rule ${String(chain)} ${String(comment)}${target(expr as readonly Properties[])}`]
        case 'set':
        case 'map':
          return (elem as readonly unknown[]).map((each) => `${String(name)} ${[each].flat().join(' ')}`)
        default:
          return [`${kind} ${String(name)}`]
      }
    }),
  )
}

function target(expressions: readonly Properties[]): string {
  const forward = expressions.find(({ fwd }) => fwd !== undefined)?.fwd as Properties | undefined
  return forward === undefined ? '' : ` to ${String(forward.dev)}`
}
