import { unavailable } from '../errors.ts'

/** What ovs-vsctl lists of one table, with --format=json: a JSON value of each cell (RFC 7047, 5.1). */
interface Listing {
  readonly headings: readonly string[]
  readonly data: readonly (readonly unknown[])[]
}

export type Row = Readonly<Record<string, unknown>>

/** A set of one is that one; of none undefined. A map is an object. */
function plain(cell: unknown): unknown {
  if (!Array.isArray(cell)) return cell
  const [kind, value] = cell as [string, readonly unknown[]]
  if (kind === 'map') return Object.fromEntries(value as [string, unknown][])
  if (kind === 'set') return value.length < 2 ? value[0] : value
  return value
}

/** The rows of each table that was listed, a table a line. */
export function readTables(text: string): readonly (readonly Row[])[] {
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

/** The cookies of `ovs-ofctl dump-flows`, without their 0x; of a flow without one ''. */
export const readCookies = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line.includes('actions='))
    .map((line) => /\bcookie=0x([0-9a-f]+)/.exec(line)?.[1] ?? '')

/** Ways that somebody gave to Open vSwitch itself, of `ovs-appctl ovs/route/show`. */
export const readWays = (text: string): readonly { readonly to: string; readonly rest: string }[] =>
  [...text.matchAll(/^User: (\S+) (.*)$/gm)].map(([, to = '', rest = '']) => ({ to, rest: rest.trim() }))

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
