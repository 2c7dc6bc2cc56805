import { commandLabel, specLabel } from '../../model/container-spec.ts'
import { hasControlCharacter, hasDotSegment, normaliseKey, valueLimitBytes } from '../../model/key.ts'
import { part } from '../../model/published-container.ts'
import { namePatterns, redactEnvironment, secretArguments, withoutSecrets } from '../../model/redaction.ts'

/** What fleetstreet is told of the host and of what to publish. */
export interface Policy {
  /** This host's name, different on every host. */
  readonly host: string
  /** This host's address. */
  readonly ip: string
  /** The folder of the keys, no slash at either end. */
  readonly folder: string
  /** The variable that names a container's key. */
  readonly variable: string
  /** Leaves out containers without that variable. */
  readonly ensure: boolean
  /** The variables whose values are shown, as `namePatterns` takes them. */
  readonly shown: string
}

/** A container that is published. */
export interface Wanted {
  readonly container: string
  /** Its keys, relative to the folder: the first that is free. */
  readonly keys: readonly string[]
  /** By ISO 8601. */
  readonly createdAt: string
  /** Its inspect as published, as JSON; what was trimmed of it follows. */
  readonly text: string
}

/** The label that shows more variables of its container: a list as in FLEETSTREET_ENV, or `all`. */
export const shownLabel = 'arpanet.fleetstreet.env'

/** Longer ones are hard to type, and leave no room for the value. */
const keyMaxBytes = 256
/** Of a value, for all that is not the inspect. */
const reservedBytes = 4 * 1024

/**
 * What is published of an inspected container; undefined where it does not run, is one of arpanet's command lines, or
 * has no name and needs one. Its key is what its variable says, or else `<name>.<host>`, as arpanet's own containers
 * were always called. Where somebody else has that one it is `<host>:<id>`, which nobody else's can be.
 */
export function wantedOf(inspect: unknown, policy: Policy): Wanted | undefined {
  const id = part(inspect, 'Id')
  const name = part(inspect, 'Name')
  if (typeof id !== 'string' || typeof name !== 'string') return undefined
  if (part(part(inspect, 'State'), 'Running') !== true) return undefined
  // A command line of arpanet's is gone before anybody could look at it.
  if (part(part(part(inspect, 'Config'), 'Labels'), commandLabel) !== undefined) return undefined
  const chosen = chosenName(textsOf(part(part(inspect, 'Config'), 'Env')), policy.variable)
  if (chosen === undefined && policy.ensure) return undefined
  const usual = `${name.replace(/^\//, '')}.${policy.host}`
  const createdAt = part(inspect, 'Created')
  return {
    container: id,
    keys: [chosen ?? usual, `${policy.host}:${id}`],
    createdAt: typeof createdAt === 'string' ? createdAt : '',
    text: trimmed(published(inspect as object, policy), valueLimitBytes - reservedBytes),
  }
}

/** The last of several counts. A name that makes no key is none. */
function chosenName(environment: readonly string[], variable: string): string | undefined {
  const line = environment.findLast((each) => each.startsWith(`${variable}=`))
  const name = normaliseKey(line?.slice(variable.length + 1) ?? '')
  const isKey =
    name !== '' &&
    Buffer.byteLength(name) <= keyMaxBytes &&
    !hasDotSegment(name) &&
    !hasControlCharacter(name) &&
    name.isWellFormed()
  return isKey ? name : undefined
}

/** What is a fact about the container and may be shown: no secrets, nothing that changes by itself. */
function published(inspect: object, { shown, variable }: Policy): object {
  const facts = less(inspect, 'ExecIDs', 'SizeRw', 'SizeRootFs')
  const config = objectOf(facts.Config)
  const labels = less(objectOf(config.Labels), specLabel)
  const patterns = namePatterns(shown)
  const more = labels[shownLabel]
  if (typeof more === 'string') patterns.push(...namePatterns(more.trim() === 'all' ? '*' : more))
  const { lines, secrets: hidden } = redactEnvironment(
    textsOf(config.Env),
    (name) => name === variable || patterns.some((pattern) => pattern.test(name)),
  )
  const words = [config.Entrypoint, config.Cmd, facts.Args].flatMap(textsOf)
  const secrets = [...hidden, ...secretArguments(words)]
  // Hidden wherever programs are given them; what names things stays, for a name may be a value by chance.
  const clean = (value: unknown) => withoutSecrets(value, secrets)
  return replaced(facts, {
    Path: clean(facts.Path),
    Args: clean(facts.Args),
    State: replaced(objectOf(facts.State), {
      Error: clean(part(facts.State, 'Error')),
      Health: healthOf(part(facts.State, 'Health')),
    }),
    Config: replaced(config, {
      Cmd: clean(config.Cmd),
      Entrypoint: clean(config.Entrypoint),
      Shell: clean(config.Shell),
      OnBuild: clean(config.OnBuild),
      Healthcheck: clean(config.Healthcheck),
      Labels: config.Labels && clean(labels),
      Env: config.Env && lines,
    }),
    HostConfig: replaced(objectOf(facts.HostConfig), {
      LogConfig: clean(part(facts.HostConfig, 'LogConfig')),
      Annotations: clean(part(facts.HostConfig, 'Annotations')),
    }),
    Mounts: sortedBy(facts.Mounts, 'Destination'),
    NetworkSettings: replaced(objectOf(facts.NetworkSettings), {
      Ports: portsOf(part(facts.NetworkSettings, 'Ports')),
    }),
  })
}

const less = (object: object, ...names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

/** The properties that are there, with others' values. */
function replaced(object: Record<string, unknown>, by: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, Object.hasOwn(by, name) ? by[name] : value]),
  )
}

/** Without its log and how often it failed, which every probe changes. */
const healthOf = (health: unknown): unknown =>
  health === null || typeof health !== 'object' ? health : { Status: part(health, 'Status') }

/** Docker gives them in another order each time. */
function sortedBy(list: unknown, ...names: readonly string[]): unknown {
  if (!Array.isArray(list)) return list
  const order = (each: unknown) => JSON.stringify(names.map((name) => part(each, name)))
  return (list as unknown[]).toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
}

const portsOf = (ports: unknown): unknown =>
  ports === null || typeof ports !== 'object' || Array.isArray(ports)
    ? ports
    : Object.fromEntries(
        Object.entries(ports).map(([port, bindings]) => [port, sortedBy(bindings, 'HostIp', 'HostPort')]),
      )

const objectOf = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []

/** The container as JSON. Where it is too long its largest parts are left out and named behind it. */
function trimmed(container: object, roomBytes: number): string {
  const whole = JSON.stringify(container)
  if (Buffer.byteLength(whole) <= roomBytes) return whole
  for (const depth of [2, 1]) {
    const rest = withoutLargest(container, depth, Buffer.byteLength(whole) - roomBytes)
    if (Buffer.byteLength(rest) <= roomBytes) return rest
  }
  return `{},"Trimmed":["Container"]`
}

interface Part {
  readonly path: readonly string[]
  readonly bytes: number
}

/** Less its largest parts of a depth, so many that it is shorter by `excessBytes`, what names them included. */
function withoutLargest(container: object, depth: number, excessBytes: number): string {
  const parts = partsOf(container, depth).sort((a, b) => b.bytes - a.bytes)
  const names: string[] = []
  const gone = new Set<string>()
  let excess = excessBytes + Buffer.byteLength(',"Trimmed":[]')
  for (const { path, bytes } of parts) {
    if (excess <= 0) break
    const name = path.join('.').slice(0, 200).toWellFormed()
    names.push(name)
    gone.add(JSON.stringify(path))
    excess -= bytes - Buffer.byteLength(JSON.stringify(name)) - 1
  }
  const rest = without(container, [], gone)
  return `${JSON.stringify(rest)},"Trimmed":${JSON.stringify(names.sort())}`
}

function partsOf(of: object, depth: number, path: readonly string[] = []): Part[] {
  return Object.entries(of).flatMap(([name, value]: [string, unknown]): Part[] => {
    const here = [...path, name]
    const inner = depth > 1 && value !== null && typeof value === 'object' && !Array.isArray(value)
    if (inner) return partsOf(value, depth - 1, here)
    const written = JSON.stringify(value) as string | undefined
    return written === undefined ? [] : [{ path: here, bytes: Buffer.byteLength(written) }]
  })
}

function without(of: object, path: readonly string[], gone: ReadonlySet<string>): object {
  return Object.fromEntries(
    Object.entries(of).flatMap(([name, value]: [string, unknown]): [string, unknown][] => {
      const here = [...path, name]
      if (gone.has(JSON.stringify(here))) return []
      const inner = path.length === 0 && value !== null && typeof value === 'object' && !Array.isArray(value)
      return [[name, inner ? without(value, here, gone) : value]]
    }),
  )
}
