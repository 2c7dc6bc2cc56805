import { durationMs } from './go-duration.ts'
import type { Check, CheckStatus } from './registration.ts'
import type { Endpoint } from './service-endpoint.ts'
import { isYes, type ServiceMetadata } from './service-metadata.ts'
import { quoted } from './service-name.ts'
import { splitWords } from './shell-split.ts'

/** How often Consul asks where nothing else is said, as the original has it. */
export const defaultInterval = '10s'

export interface ServiceChecks {
  readonly checks: readonly Check[]
  /** What of it makes no sense, a sentence each; the rest stands. */
  readonly faults: readonly string[]
}

/** Every check that SERVICE_CHECK_ variables ask for. What they say wrongly is left out and named. */
export function serviceChecks(
  metadata: ServiceMetadata,
  { address, port, exposed }: Endpoint,
  container: { readonly id: string; readonly allowScripts: boolean },
): ServiceChecks {
  const faults: string[] = []
  const fault = (key: string, what: string) => {
    faults.push(`SERVICE_${key.toUpperCase()} is left out: ${what}`)
  }
  const duration = (key: string): string | undefined => {
    const text = metadata.get(key)
    if (text === undefined || durationMs(text) !== undefined) return text
    fault(key, `${quoted(text)} is no duration, one such as 10s or 1m30s was expected`)
    return undefined
  }
  const word = (key: string, valid: RegExp, expected: string): string | undefined => {
    const text = metadata.get(key)
    if (text === undefined || valid.test(text)) return text
    fault(key, `${quoted(text)}, ${expected} was expected`)
    return undefined
  }
  const host = address.includes(':') ? `[${address}]` : address
  const target = `${host}:${port}`
  const checks: Check[] = []

  const isAsked = ['http', 'https', 'cmd', 'script', 'ttl', 'tcp', 'grpc'].some(
    (kind) => metadata.get(`check_${kind}`) !== undefined,
  )
  if (!isAsked) return { checks, faults }

  const initialStatus = word(
    'check_initial_status',
    /^(passing|warning|critical)$/,
    'passing, warning or critical',
  ) as CheckStatus | undefined
  const deregisterAfter = duration('check_deregister_after')
  const always = { ...(initialStatus && { initialStatus }), ...(deregisterAfter && { deregisterAfter }) }
  const timeout = duration('check_timeout')
  const asked = {
    interval: duration('check_interval') ?? defaultInterval,
    ...(timeout && { timeout }),
    ...always,
  }
  const skipTlsVerify = isYes(metadata.get('check_tls_skip_verify'))
  const skip = skipTlsVerify ? { skipTlsVerify } : {}

  for (const scheme of ['http', 'https']) {
    // Only what an address is written with: Consul would never get an answer to another.
    const path = word(`check_${scheme}`, /^[!-~]+$/, 'a path without blanks')
    if (path === undefined) continue
    const method = word(`check_${scheme}_method`, /^[A-Za-z]+$/, 'a method such as HEAD')?.toUpperCase()
    const url = `${scheme}://${target}${path.startsWith('/') ? '' : '/'}${path}`
    checks.push({ kind: 'http', url, ...(method && { method }), ...(scheme === 'https' && skip), ...asked })
  }

  const program = (key: string, split: (line: string) => string[] | undefined) => {
    const line = metadata.get(key)
    if (line === undefined) return
    const args = split(line)
    if (!container.allowScripts)
      fault(key, 'this agent does not allow containers to run programs on the host')
    else if (!args?.[0]) fault(key, `${quoted(line)} is no command, or a quote in it does not end`)
    else checks.push({ kind: 'script', args, ...asked })
  }
  program('check_cmd', (line) =>
    line.includes('\0') ? undefined : ['check-cmd', container.id.slice(0, 12), String(exposed.port), line],
  )
  // Put in before the split, as the original does: neither an address nor a port has a character that splits.
  program('check_script', (line) =>
    splitWords(
      line
        .replace(/\$(SERVICE_IP|\{SERVICE_IP\})/g, address)
        .replace(/\$(SERVICE_PORT|\{SERVICE_PORT\})/g, String(port)),
    ),
  )

  const ttl = duration('check_ttl')
  if (ttl !== undefined) checks.push({ kind: 'ttl', interval: ttl, ...always })
  if (isYes(metadata.get('check_tcp'))) checks.push({ kind: 'tcp', address: target, ...asked })

  const grpc = metadata.get('check_grpc')
  if (isYes(grpc)) {
    const service = word('check_grpc', /^([^/]|\/[!-~]+$)/, 'true, or the name of a service after a slash')
    const useTls = isYes(metadata.get('check_grpc_use_tls'))
    const path = service?.startsWith('/') ? service : ''
    if (service !== undefined) {
      checks.push({ kind: 'grpc', address: `${target}${path}`, useTls, ...(useTls && skip), ...asked })
    }
  }
  return { checks, faults }
}
