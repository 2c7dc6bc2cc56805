import { createHash } from 'node:crypto'

/** How Consul finds out whether an instance is well (https://developer.hashicorp.com/consul/api-docs/agent/check). */
export type Check = (
  | {
      readonly kind: 'http'
      readonly url: string
      /** GET where it is not said. */
      readonly method?: string
      readonly skipTlsVerify?: boolean
    }
  /** `HOST:PORT`, an IPv6 host in brackets. */
  | { readonly kind: 'tcp'; readonly address: string }
  | {
      readonly kind: 'grpc'
      /** `HOST:PORT` or `HOST:PORT/SERVICE`. */
      readonly address: string
      readonly useTls: boolean
      readonly skipTlsVerify?: boolean
    }
  /** Consul's agent runs a program. */
  | { readonly kind: 'script'; readonly args: readonly string[] }
  /** Somebody tells the agent again and again that all is well. */
  | { readonly kind: 'ttl' }
  /** We tell the agent what Docker says of the container's HEALTHCHECK. */
  | { readonly kind: 'health'; readonly status: CheckStatus }
) & {
  /** Durations as Go writes them: 10s, 1m30s. Of ttl, how long a word holds; of no use to health. */
  readonly interval: string
  readonly timeout?: string
  readonly initialStatus?: CheckStatus
  /** Consul forgets an instance that has been critical for so long. */
  readonly deregisterAfter?: string
}

export type CheckStatus = 'passing' | 'warning' | 'critical'

/** An instance of a service, as Consul's agent keeps it. */
export interface Registration {
  /** One per host's agent. */
  readonly id: string
  /** What others ask for, as in NAME.service.consul. */
  readonly name: string
  readonly address: string
  readonly port: number
  readonly tags: readonly string[]
  readonly meta: Readonly<Record<string, string>>
  readonly checks: readonly Check[]
}

/** Who wrote a registration, so that nobody takes another's back. */
export const ownerKey = 'arpanet-owner'
/** What a registration was made from, so that it can be compared with a later one: Consul does not tell of checks. */
export const markKey = 'arpanet-mark'

/**
 * Equal for registrations that are equal, whatever the order of their keys: 16 hexadecimal digits. What Docker says of
 * a container's health is no part of it.
 */
export function markOf(registration: Registration): string {
  const checks = registration.checks.map((check) =>
    check.kind === 'health' ? { ...check, status: undefined } : check,
  )
  const text = JSON.stringify({ ...registration, checks }, (_key, value: unknown) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** What Consul calls a check: the first as it would itself, so that who reports to it finds it. */
export const checkId = ({ id }: Pick<Registration, 'id'>, index: number): string =>
  index === 0 ? `service:${id}` : `service:${id}:${index + 1}`
