/** A host folder seen inside a container; made by Docker where it is missing. */
export interface Mount {
  readonly source: string
  readonly target: string
  readonly readOnly?: boolean
}

/** The container that a service wants, in our words. Only what is said here is compared: Docker's defaults are Docker's. */
export interface ContainerSpec {
  readonly name: string
  readonly image: string
  /** In place of the image's own. */
  readonly entrypoint?: readonly string[]
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  /** Of the host, by their paths, which are the same in the container. */
  readonly devices?: readonly string[]
  /** The host's own, or Docker's default bridge. */
  readonly network: 'host' | 'bridge'
  /** Of the container's network namespace, by their names with dots. */
  readonly sysctls?: Readonly<Record<string, string>>
  /** Who it runs as, where the image says otherwise. */
  readonly user?: string
  /** Every capability is dropped but these. */
  readonly capabilities: readonly string[]
  readonly restart: 'unless-stopped'
  /** Others hold on to it, and what its image brings hardly matters: it is not made anew for another image. */
  readonly outlivesImage?: true
}

/** Marks a container as ours; its value is the service's name. */
export const serviceLabel = 'arpanet.service'
/** The spec that a container was made from, so that a later one can be compared with it, not with Docker's defaults. */
export const specLabel = 'arpanet.spec'

/** Marks a container as one command line of arpanet, which ends by itself; the wrapper sets it too. */
export const commandLabel = 'arpanet.command'

/** One text per spec: keys sorted, so that the order in which a spec is written does not matter. */
export function formatSpec(spec: ContainerSpec): string {
  return JSON.stringify(spec, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

/** A flag and the value that follows it are one argument to a reader. */
function argumentsOf(args: readonly string[]): string[] {
  const joined: string[] = []
  for (const arg of args) {
    const flag = joined.at(-1)
    const isValue = !arg.startsWith('-') && flag !== undefined && /^-[^= ]+$/.test(flag)
    if (isValue) joined[joined.length - 1] = `${flag} ${arg}`
    else joined.push(arg)
  }
  return joined
}

const lines = (spec: ContainerSpec): string[] => [
  `image ${spec.image}`,
  `network ${spec.network}`,
  ...(spec.entrypoint === undefined ? [] : [`entrypoint ${spec.entrypoint.join(' ')}`]),
  ...Object.entries(spec.sysctls ?? {}).map(([name, value]) => `sysctl ${name}=${value}`),
  `restart ${spec.restart}`,
  ...(spec.user === undefined ? [] : [`user ${spec.user}`]),
  ...argumentsOf(spec.args).map((arg) => `argument ${arg}`),
  ...Object.entries(spec.environment).map(([name, value]) => `variable ${name}=${value}`),
  ...spec.mounts.map((mount) => `mount ${mount.source}:${mount.target}${mount.readOnly ? ':ro' : ''}`),
  ...(spec.devices ?? []).map((device) => `device ${device}`),
  ...spec.capabilities.map((capability) => `capability ${capability}`),
]

/** Consul's gossip key and whatever else is named like a secret stays out of terminals and logs. */
const masked = (line: string): string =>
  line.replace(
    /^((?:argument|variable) .*?(?:encrypt|token|secret|password)[^\s=:]*[\s=:]+).+$/is,
    '$1(hidden)',
  )

/**
 * What differs between the spec that a container was made from and the one wanted now, a line each, `-` for what goes
 * and `+` for what comes. A label that does not parse counts as one difference, for the container is ours but not
 * what we would make.
 */
export function differences(was: string | undefined, wanted: ContainerSpec): string[] {
  const former = parseSpec(was)
  const spec = wanted.outlivesImage && former !== undefined ? { ...wanted, image: former.image } : wanted
  if (was === formatSpec(spec)) return []
  if (former === undefined) return ['made by another version of arpanet']
  const [before, after] = [lines(former), lines(spec)]
  const gone = before.filter((line) => !after.includes(line)).map((line) => `- ${masked(line)}`)
  const come = after.filter((line) => !before.includes(line)).map((line) => `+ ${masked(line)}`)
  return gone.length + come.length > 0 ? [...gone, ...come] : ['order of arguments']
}

function parseSpec(label: string | undefined): ContainerSpec | undefined {
  try {
    const spec = JSON.parse(label ?? '') as Partial<ContainerSpec>
    const isComplete = [spec.args, spec.mounts, spec.capabilities].every(Array.isArray) && spec.environment
    if (!isComplete) return undefined
    // What has another shape cannot be told of, line by line.
    lines(spec as ContainerSpec)
    return spec as ContainerSpec
  } catch {
    return undefined
  }
}

/** The `docker run` that makes the same container, as words. */
export function dockerRun(spec: ContainerSpec, labels: Readonly<Record<string, string>>): string[] {
  const pairs = (flag: string, table: Readonly<Record<string, string>>) =>
    Object.entries(table).flatMap(([name, value]) => [flag, `${name}=${value}`])
  // The docker client takes only the program itself as the entrypoint.
  const [program, ...rest] = spec.entrypoint ?? []
  return [
    ...['docker', 'run', '--detach', '--name', spec.name],
    ...['--network', spec.network, '--restart', spec.restart, '--cap-drop', 'ALL'],
    ...spec.capabilities.flatMap((capability) => ['--cap-add', capability]),
    ...(spec.devices ?? []).flatMap((device) => ['--device', device]),
    ...(spec.user === undefined ? [] : ['--user', spec.user]),
    ...pairs('--sysctl', spec.sysctls ?? {}),
    ...(program === undefined ? [] : ['--entrypoint', program]),
    ...spec.mounts.flatMap(({ source, target, readOnly }) => [
      '--volume',
      `${source}:${target}${readOnly ? ':ro' : ''}`,
    ]),
    ...pairs('--env', spec.environment),
    ...pairs('--label', labels),
    spec.image,
    ...rest,
    ...spec.args,
  ]
}
