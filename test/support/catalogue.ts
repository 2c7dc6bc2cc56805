import type { Host } from '../lab/host.ts'

/**
 * A check as Consul has it. Status and type are what its API says, the rest is what it keeps on its disk: the API is
 * silent about it. Durations are seconds.
 */
export interface Check {
  readonly type: 'http' | 'tcp' | 'grpc' | 'script' | 'ttl'
  readonly status: 'passing' | 'warning' | 'critical'
  readonly http?: string
  readonly method?: string
  readonly tcp?: string
  readonly grpc?: string
  readonly grpcUseTls?: true
  readonly tlsSkipVerify?: true
  readonly args?: readonly string[]
  readonly intervalS?: number
  readonly timeoutS?: number
  readonly ttlS?: number
  readonly deregisterAfterS?: number
}

/** All else of it is only compared as a whole. */
export type Identified = Readonly<Record<string, unknown>> & { readonly id: string }

export const byId = (a: Identified, b: Identified): number => (a.id < b.id ? -1 : 1)

interface ListedService {
  readonly ID: string
  readonly Service: string
  readonly Address: string
  readonly Port: number
  readonly Tags: readonly string[] | null
  readonly Meta: Readonly<Record<string, string>>
}

interface ListedCheck {
  readonly CheckID: string
  readonly ServiceID: string
  readonly Type: string
  readonly Status: string
}

/** As Consul keeps it for its next start; durations are nanoseconds. */
interface KeptCheck {
  readonly Check: { readonly CheckID: string }
  readonly ChkType: {
    readonly HTTP: string
    readonly Method: string
    readonly TCP: string
    readonly GRPC: string
    readonly GRPCUseTLS: boolean
    readonly TLSSkipVerify: boolean
    readonly ScriptArgs: readonly string[] | null
    readonly Interval: number
    readonly Timeout: number
    readonly TTL: number
    readonly DeregisterCriticalServiceAfter: number
  }
}

/** All that the host's Consul agent has, the stack's own left out. */
export async function instancesOf(host: Host): Promise<Identified[]> {
  const api = 'curl -sSf 127.0.0.1:8500/v1/agent'
  const disk = 'for file in /mnt/arpanet-consul/checks/*; do cat "$file" && echo; done 2>/dev/null || true'
  const read = async (line: string) => (await host.run(line)).stdout
  const [services, checks, kept] = await Promise.all([
    read(`${api}/services`),
    read(`${api}/checks`),
    read(disk),
  ])
  const definitions = new Map(
    kept
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as KeptCheck)
      .map((one) => [one.Check.CheckID, definition(one)]),
  )
  const all = Object.values(JSON.parse(checks) as Record<string, ListedCheck>).map(
    ({ CheckID: id, ServiceID, Type: type, Status: status }) => ({
      of: ServiceID,
      check: { id, type, status, ...definitions.get(id) },
    }),
  )
  return Object.values(JSON.parse(services) as Record<string, ListedService>)
    .filter(({ Meta }) => Meta['arpanet-owner'] !== 'arpanet')
    .map(({ ID: id, Service: name, Address: address, Port: port, Tags, Meta }) => {
      const { 'arpanet-owner': owner, 'arpanet-mark': mark, ...meta } = Meta
      return {
        id,
        name,
        address,
        port,
        tags: [...(Tags ?? [])].sort(),
        meta,
        ...(owner === `registrator@${host.name}` && mark !== undefined ? {} : { owner, mark }),
        checks: all
          .filter(({ of }) => of === id)
          .map(({ check }) => check)
          .sort(byId),
      }
    })
}

/** What is said of a check, in the order of Consul's own documentation; nothing of what is not. */
function definition({ ChkType: kept }: KeptCheck): Partial<Check> {
  const seconds = (nanoseconds: number) => nanoseconds / 1e9
  const said = {
    http: kept.HTTP,
    method: kept.Method,
    tcp: kept.TCP,
    grpc: kept.GRPC,
    grpcUseTls: kept.GRPCUseTLS,
    tlsSkipVerify: kept.TLSSkipVerify,
    args: kept.ScriptArgs,
    intervalS: seconds(kept.Interval),
    timeoutS: seconds(kept.Timeout),
    ttlS: seconds(kept.TTL),
    deregisterAfterS: seconds(kept.DeregisterCriticalServiceAfter),
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => Boolean(value)))
}
