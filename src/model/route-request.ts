import { BackendError, parseWish, type Wish } from './backend.ts'
import { parsePort } from './backend-address.ts'
import type { DockerContainer } from './docker-container.ts'
import { hidden } from './redaction.ts'

/** What a container wants of one port of the ambassador. */
export interface RouteRequest {
  readonly port: number
  /** Never empty; tcp before udp. */
  readonly protocols: readonly Protocol[]
  /** The backend as the container names it. */
  readonly text: string
  readonly wish: Wish
}

/** A request that cannot be met. Fit to be logged: without control characters, passwords of URLs, and end. */
export interface RouteFault {
  /** The variable, or the label. */
  readonly variable: string
  /** Its value, up to 80 characters of it. */
  readonly text: string
  readonly reason: string
}

type Protocol = 'tcp' | 'udp'

/** A variable or a label that may become a request. */
interface Candidate {
  readonly variable: string
  readonly text: string
  readonly port: number
  readonly protocols: readonly Protocol[]
  /** Of two that are after the same port and protocol the higher gets it. */
  readonly rank: number
}

/** Requests that a container may have, so that one cannot fill the kernel's tables; and faults that it may. */
export const routesMax = 1_024

/**
 * What a container's variables `BACKEND_6379` and labels `connect.6379` ask for, by port. A label beats a variable, and of
 * two of a kind the one that names the protocol beats the other. A faulty one that wins is a fault: what it beat would
 * lead elsewhere.
 */
export function routeRequests({ environment, labels }: Pick<DockerContainer, 'environment' | 'labels'>): {
  readonly requests: readonly RouteRequest[]
  readonly faults: readonly RouteFault[]
} {
  const { candidates, faults } = candidatesOf(environment, labels)
  const winners = winnersOf(candidates)
  const requests: RouteRequest[] = []
  for (const { port, protocols, variable, text } of winners.slice(0, routesMax)) {
    const wish = wishOf(text)
    if (typeof wish === 'string') faults.push(fault(variable, text, wish))
    else requests.push({ port, protocols, text, wish })
  }
  const [beyond] = winners.slice(routesMax)
  const tooMany = beyond && fault(beyond.variable, beyond.text, leftOut(winners.length, 'requests'))
  return { requests, faults: [...atMost(faults), ...(tooMany ? [tooMany] : [])] }
}

const variablePattern = /^BACKEND_([0-9]+)(?:_(TCP|UDP))?$/i
const labelPattern = /^connect\.([0-9]+)(?:\/(tcp|udp))?$/i

type Texts = Readonly<Record<string, string>>

function candidatesOf(environment: Texts, labels: Texts) {
  const faults: RouteFault[] = []
  const candidates = new Map<string, Candidate>()
  const collect = (texts: Texts, pattern: RegExp, rank: number) => {
    for (const [variable, value] of Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [, digits, suffix] = pattern.exec(variable) ?? []
      const text = value.trim()
      if (digits === undefined || text === '') continue
      const [key, protocol] = [variable.toLowerCase(), suffix?.toLowerCase()]
      const [port, other] = [parsePort(digits), candidates.get(key)]
      if (port === undefined) {
        faults.push(fault(variable, text, 'names a port that is none, 1 to 65535 was expected'))
      } else if (other !== undefined) {
        faults.push(fault(variable, text, `is there as ${other.variable} too, once was expected`))
      } else if (protocol === 'tcp' || protocol === 'udp') {
        candidates.set(key, { variable, text, port, protocols: [protocol], rank: rank + 1 })
      } else candidates.set(key, { variable, text, port, protocols: ['tcp', 'udp'], rank })
    }
  }
  collect(environment, variablePattern, 0)
  collect(labels, labelPattern, 2)
  return { candidates: [...candidates.values()], faults }
}

/** Each with the protocols it won, by port and then tcp before udp. */
function winnersOf(candidates: readonly Candidate[]): Candidate[] {
  const holders = new Map<string, Candidate>()
  for (const candidate of candidates.toSorted((a, b) => a.rank - b.rank)) {
    for (const protocol of candidate.protocols) holders.set(`${candidate.port}/${protocol}`, candidate)
  }
  const isHeld = (candidate: Candidate) => (protocol: Protocol) =>
    holders.get(`${candidate.port}/${protocol}`) === candidate
  return candidates
    .map((candidate) => ({ ...candidate, protocols: candidate.protocols.filter(isHeld(candidate)) }))
    .filter(({ protocols }) => protocols.length > 0)
    .sort((a, b) => a.port - b.port || (a.protocols.includes('tcp') ? -1 : 1))
}

function wishOf(text: string): Wish | string {
  try {
    return parseWish(text)
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    return error.message
  }
}

function atMost(faults: readonly RouteFault[]): readonly RouteFault[] {
  const [beyond] = faults.slice(routesMax)
  if (beyond === undefined) return faults
  return [...faults.slice(0, routesMax), { ...beyond, reason: leftOut(faults.length, 'faults') }]
}

const leftOut = (count: number, of: string): string =>
  `is one of ${count - routesMax} ${of} that are left out, ${routesMax} of a container were expected at most`

const textMax = 80

const fault = (variable: string, text: string, reason: string): RouteFault => ({
  variable: shown(variable),
  text: shown(withoutCredentials(text)),
  reason: escaped(reason),
})

/** A password may have any character: it is what stands between a colon and the last @. */
function withoutCredentials(text: string): string {
  const before = text.slice(0, Math.max(text.lastIndexOf('@'), 0))
  if (!before.includes(':')) return text
  const scheme = before.slice(0, before.indexOf('://') + 1)
  return `${scheme && `${scheme}//`}${hidden}${text.slice(before.length)}`
}

function shown(text: string): string {
  const line = escaped(text.slice(0, textMax + 1))
  return line.length <= textMax ? line : `${line.slice(0, textMax - 1).toWellFormed()}…`
}

/** Characters that a log or a terminal would act upon, not show. */
const escaped = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
