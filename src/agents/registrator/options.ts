import { ArpanetError, usage } from '../../errors.ts'
import { parseGoFlags, type GoFlags, type GoFlagValues } from '../../model/go-flags.ts'
import { TemplateError } from '../../model/go-template-values.ts'
import { parseTemplate } from '../../model/go-template.ts'
import type { RegistrationPolicy } from '../../model/registration-policy.ts'
import { isReachable } from '../../model/service-endpoint.ts'
import { parseTarget, type Target } from '../../model/registry-target.ts'

/** Everything that a registrator is told. */
export interface RegistratorOptions extends RegistrationPolicy {
  readonly target: Target
  /** How long a key is kept that nobody refreshes; 0 for ever. Consul's services do not expire. */
  readonly ttlSeconds: number
  readonly ttlRefreshSeconds: number
  /** How often all is looked at again; 0 leaves it to the agent. */
  readonly resyncSeconds: number
  /** Accepted as the original does. What nothing stands behind is always taken away. */
  readonly cleanup: boolean
  /** How often the start is tried again; undefined for ever. */
  readonly retryAttempts: number | undefined
  readonly retryIntervalMs: number
}

/** What the command line does not say: the host, and what its operator allows. */
export type HostOptions = Pick<
  RegistratorOptions,
  'hostname' | 'hostAddress' | 'hostAddress6' | 'allowScripts' | 'owner'
>

const text = { kind: 'text', fallback: '' } as const
const off = { kind: 'switch', fallback: false } as const
const number = (fallback: number) => ({ kind: 'integer', fallback }) as const

const flags = {
  cleanup: off,
  deregister: { kind: 'text', fallback: 'always' },
  explicit: off,
  internal: off,
  ip: text,
  resync: number(0),
  'retry-attempts': number(0),
  'retry-interval': number(2000),
  tags: text,
  ttl: number(0),
  'ttl-refresh': number(0),
  useIpFromLabel: text,
} as const satisfies GoFlags

/** How it is called. */
export const synopsis = 'registrator [options] URI'
const hint = `${synopsis}\n${Object.entries(flags)
  .map(
    ([name, flag]) =>
      `  -${name}${flag.kind === 'switch' ? '' : '='}${flag.fallback === false ? '' : flag.fallback}`,
  )
  .join('\n')}`

/**
 * Options that contradict each other. The original ends with 1 where flags parse and yet make no sense, and so do we:
 * what supervises it may know that number.
 */
class ContradictionError extends ArpanetError {
  override get exitCode(): number {
    return 1
  }
}

/** The original's command line: options as Go writes them, then one URI. Throws ArpanetError. */
export function parseRegistrator(argv: readonly string[], host: HostOptions): RegistratorOptions {
  const line = parseGoFlags(flags, argv)
  if (line.kind === 'help') throw usage('registrator: help was asked for', hint)
  if (line.kind === 'wrong') throw usage(`${line.word}: ${line.fault}`, hint)
  const [uri, ...extra] = line.rest
  if (uri === undefined) {
    throw usage('registrator: there is no URI, one such as consul://127.0.0.1:8500 was expected', hint)
  }
  if (extra.length > 0) {
    throw usage(
      `${extra.join(' ')}: too many words after ${uri}, none was expected`,
      `Options go before the URI:\n${hint}`,
    )
  }
  const given = line.flags
  const fault = faultOf(given)
  if (fault !== undefined) throw new ContradictionError('usage', fault)
  const target = parseTarget(uri)
  if (typeof target === 'string') throw new ContradictionError('usage', target)
  const attempts = given['retry-attempts']
  return {
    ...host,
    ...(given.ip !== '' && { forcedAddress: given.ip }),
    ...(given.useIpFromLabel !== '' && { addressLabel: given.useIpFromLabel }),
    internal: given.internal,
    explicit: given.explicit,
    tags: given.tags,
    deregister: given.deregister === 'on-success' ? 'on-success' : 'always',
    ttlSeconds: given.ttl,
    ttlRefreshSeconds: given['ttl-refresh'],
    resyncSeconds: Math.max(0, given.resync),
    cleanup: given.cleanup,
    retryAttempts: attempts < 0 ? undefined : attempts,
    retryIntervalMs: given['retry-interval'],
    target,
  }
}

function faultOf(given: GoFlagValues<typeof flags>): string | undefined {
  const {
    ttl,
    'ttl-refresh': refresh,
    deregister,
    'retry-interval': interval,
    'retry-attempts': attempts,
  } = given
  if (ttl < 0 || refresh < 0) return '-ttl, -ttl-refresh: less than none, seconds were expected'
  if ((ttl === 0) !== (refresh === 0))
    return '-ttl, -ttl-refresh: one without the other, both or neither were expected'
  if (ttl > 0 && ttl <= refresh) {
    return `-ttl ${ttl}: no longer than -ttl-refresh ${refresh}, a greater one was expected`
  }
  if (interval <= 0) return `-retry-interval ${interval}: not above zero, milliseconds were expected`
  if (attempts < -1)
    return `-retry-attempts ${attempts}: less than -1, which is for ever; a number was expected`
  if (deregister !== 'always' && deregister !== 'on-success') {
    return `-deregister ${deregister}: there is no such policy, always or on-success was expected`
  }
  if (given.ip !== '' && !isReachable(given.ip)) {
    return `-ip ${given.ip}: no address of a host, an IP address or a host name was expected`
  }
  return given.tags.includes('{{') ? templateFault(given.tags) : undefined
}

function templateFault(tags: string): string | undefined {
  try {
    parseTemplate(tags)
    return undefined
  } catch (error) {
    if (error instanceof TemplateError) return `-tags: ${error.message}, a template of Go was expected`
    throw error
  }
}
