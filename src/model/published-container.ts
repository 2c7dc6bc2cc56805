/** Who published a container, and under which name. */
export interface Publisher {
  readonly id: string
  readonly ip: string
  /** Undefined where the original fleetstreet did. */
  readonly host: string | undefined
}

const text = String.raw`("(?:[^"\\]|\\.)*")`
const beginning = new RegExp(String.raw`^\{"ID":${text},"IP":${text},(?:"Host":${text},)?"Container":`)
/** Of a value, in which its publisher must be found. */
const beginningBytes = 4 * 1024

/** The value of a container's key: whose it is comes first, so that a thousand values are told apart without parsing. */
export function formatPublished({ id, ip, host }: Publisher, container: string): string {
  return `{"ID":${JSON.stringify(id)},"IP":${JSON.stringify(ip)},"Host":${JSON.stringify(host)},"Container":${container}}`
}

/** Whose a value is; undefined for one that no fleetstreet wrote. */
export function publisherOf(value: Buffer): Publisher | undefined {
  const [, id, ip, host] = beginning.exec(value.toString('utf8', 0, beginningBytes)) ?? []
  if (id === undefined || ip === undefined) return undefined
  try {
    const [known, address] = [JSON.parse(id), JSON.parse(ip)] as [string, string]
    return { id: known, ip: address, host: host === undefined ? undefined : (JSON.parse(host) as string) }
  } catch {
    return undefined
  }
}

/** A published container, as far as a table shows it; what nobody told is empty. */
export interface PublishedContainer {
  /** Its key, relative to the folder. */
  readonly key: string
  readonly name: string
  /** Of the original fleetstreet's containers only the host's address is known. */
  readonly host: string
  readonly address: string
  /** 64 hexadecimal digits. */
  readonly id: string
  readonly image: string
  readonly state: string
  readonly health: string
  /** As 192.0.2.1:8080->80/tcp, or 80/tcp where no port of the host leads to it. */
  readonly ports: readonly string[]
  /** By ISO 8601. */
  readonly createdAt: string
}

/** The container that a value tells of; undefined where no fleetstreet wrote it. */
export function parsePublished(key: string, value: Buffer): PublishedContainer | undefined {
  const publisher = publisherOf(value)
  if (publisher === undefined) return undefined
  let whole: unknown
  try {
    whole = JSON.parse(value.toString())
  } catch {
    return undefined
  }
  const container = part(whole, 'Container')
  const state = part(container, 'State')
  return {
    key,
    name: word(part(container, 'Name')).replace(/^\//, '') || publisher.id,
    host: publisher.host ?? publisher.ip,
    address: publisher.ip,
    id: word(part(container, 'Id')),
    image: word(part(part(container, 'Config'), 'Image')),
    state: word(part(state, 'Status')),
    health: word(part(part(state, 'Health'), 'Status')).replace(/^none$/, ''),
    ports: portsOf(part(part(container, 'NetworkSettings'), 'Ports')),
    createdAt: word(part(container, 'Created')),
  }
}

function portsOf(ports: unknown): string[] {
  if (ports === null || typeof ports !== 'object') return []
  return Object.entries(ports)
    .sort(([a], [b]) => parseInt(a) - parseInt(b) || (a < b ? -1 : 1))
    .flatMap(([port, bindings]: [string, unknown]) => {
      if (!Array.isArray(bindings) || bindings.length === 0) return [port]
      return bindings.map((binding: unknown) => {
        const address = word(part(binding, 'HostIp')) || '0.0.0.0'
        const host = address.includes(':') ? `[${address}]` : address
        return `${host}:${word(part(binding, 'HostPort'))}->${port}`
      })
    })
}

/** A property of what came from elsewhere, whatever that is. */
export const part = (of: unknown, name: string): unknown =>
  of !== null && typeof of === 'object' && Object.hasOwn(of, name)
    ? (of as Record<string, unknown>)[name]
    : undefined

const word = (value: unknown): string => (typeof value === 'string' ? value : '')
