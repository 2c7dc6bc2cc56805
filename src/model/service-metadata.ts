import type { ContainerPort, DockerContainer } from './docker-container.ts'

/** What a container's SERVICE_ variables and labels say of one of its ports, by the rest of the name in lower case. */
export interface ServiceMetadata {
  /** Undefined where it is absent or empty. */
  get(key: string): string | undefined
  /** It was said of this port, or of a range with this port in it. */
  isOfPort(key: string): boolean
  readonly entries: readonly (readonly [string, string])[]
}

const prefix = 'SERVICE_'

/**
 * `SERVICE_80_tcp_X` beats `SERVICE_80_X`, that beats `SERVICE_70-90_X` (the narrower range first), and that beats
 * `SERVICE_X`; of two that are equal the label beats the environment.
 */
export function serviceMetadata(container: DockerContainer, port: ContainerPort): ServiceMetadata {
  const found = new Map<string, { value: string; weight: number }>()
  for (const source of [container.environment, container.labels]) {
    for (const [variable, value] of Object.entries(source)) {
      if (!variable.startsWith(prefix)) continue
      const entry = entryOf(variable.slice(prefix.length).toLowerCase(), port)
      if (entry === undefined || entry.weight < (found.get(entry.key)?.weight ?? 0)) continue
      // Half of a surrogate pair would come back from Consul as another character, and differ for ever.
      found.set(entry.key, { value: value.toWellFormed(), weight: entry.weight })
    }
  }
  return {
    get: (key) => {
      const value = found.get(key)?.value
      return value === '' ? undefined : value
    },
    isOfPort: (key) => (found.get(key)?.weight ?? 0) > 0,
    entries: [...found].map(([key, { value }]) => [key, value] as const),
  }
}

/** Undefined for what is said of other ports. */
function entryOf(name: string, port: ContainerPort): { key: string; weight: number } | undefined {
  const [, first, last, rest = ''] = /^(\d+)(?:-(\d+))?_([^]*)$/.exec(name) ?? []
  if (first === undefined) return { key: name, weight: 0 }
  const [from, to] = [Number(first), Number(last ?? first)]
  if (port.port < from || port.port > to) return undefined
  if (last !== undefined) return { key: rest, weight: 1 + 1 / (to - from + 2) }
  const [, protocol, key = ''] = /^(tcp|udp|sctp)_([^]*)$/.exec(rest) ?? []
  if (protocol === undefined) return { key: rest, weight: 2 }
  return protocol === port.protocol ? { key, weight: 3 } : undefined
}

/** `0`, `no`, `off` and `false` are no, whatever their case, as is nothing; all else is yes. */
export const isYes = (value: string | undefined): boolean =>
  value !== undefined && !/^(|0|no|off|false)$/i.test(value.trim())

/** The parts between commas that hold something; `\,` is a comma within one. */
export const splitTags = (text: string): string[] =>
  (text.match(/(?:\\,|[^,])+/g) ?? []).map((tag) => tag.replaceAll('\\,', ','))
