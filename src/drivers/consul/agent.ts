import type Client from 'consul'
import { checkId, markKey, markOf, ownerKey, type Check, type CheckStatus } from '../../model/registration.ts'
import type { Attempt } from './attempt.ts'
import type { Agent } from './consul.ts'
import { isMissing } from './errors.ts'

/** A service as `/v1/agent/services` gives it. */
interface ListedService {
  readonly ID: string
  readonly Service: string
  readonly Address: string
  readonly Port: number
  readonly Meta: Readonly<Record<string, string>> | null
}

/** A check as `/v1/agent/checks` gives it. */
interface ListedCheck {
  readonly CheckID: string
  readonly ServiceID: string
  readonly Status: CheckStatus
}

/** The library's own way to send a body as it is: what it offers for services knows only some kinds of check. */
interface Sender {
  _put(
    request: { name: string; path: string; type: 'json'; body: unknown } & object,
    then: (request: unknown, next: (error: unknown) => void) => void,
  ): Promise<unknown>
}

const answered = (request: { err?: unknown }, next: (...result: unknown[]) => void): void =>
  request.err ? next(request.err) : next(false)

export function agent(client: Client, attempt: Attempt): Agent {
  const put = (path: string, body: unknown) =>
    attempt(async (options) => {
      const request = { name: `agent ${path}`, path, type: 'json' as const, body, ...options }
      await (client as unknown as Sender)._put(request, answered as never)
    })
  return {
    services: () =>
      attempt(async (options) => {
        const [services, checks] = await Promise.all([
          client.agent.service.list(options) as unknown as Promise<Record<string, ListedService>>,
          client.agent.check.list(options) as unknown as Promise<Record<string, ListedCheck>>,
        ])
        const byService = Map.groupBy(Object.values(checks), ({ ServiceID }) => ServiceID)
        return Object.values(services).map(({ ID, Service, Address, Port, Meta }) => ({
          id: ID,
          name: Service,
          address: Address,
          port: Port,
          owner: Meta?.[ownerKey],
          mark: Meta?.[markKey],
          checks: Object.fromEntries(
            (byService.get(ID) ?? []).map(({ CheckID, Status }) => [CheckID, Status]),
          ),
        }))
      }),
    register: async (registration, owner) => {
      const { id, name, address, port, tags, meta, checks } = registration
      await put('/agent/service/register?replace-existing-checks=true', {
        ID: id,
        Name: name,
        Address: address,
        Port: port,
        Tags: tags,
        Meta: { ...meta, [ownerKey]: owner, [markKey]: markOf(registration) },
        Checks: checks.map((check, index) => ({
          CheckID: checkId(registration, index),
          ...definition(check),
        })),
      })
    },
    deregister: (id) =>
      attempt(async (options) => {
        await client.agent.service.deregister({ id, ...options }).catch((error: unknown) => {
          // Consul before 1.10 takes an unknown id for done, later ones for missing.
          if (!isMissing(error)) throw error as Error
        })
      }),
    report: (id, status, note) =>
      put(`/agent/check/update/${encodeURIComponent(id)}`, { Status: status, Output: note }),
  }
}

/** Docker's word on a container holds until it says another one; the longest that it may go without being repeated. */
const healthTtl = '8760h'

/** A check as Consul's API takes it. */
function definition(check: Check): Record<string, unknown> {
  const { initialStatus, interval, timeout, deregisterAfter } = check
  const common = {
    ...(initialStatus === undefined ? {} : { Status: initialStatus }),
    ...(deregisterAfter === undefined ? {} : { DeregisterCriticalServiceAfter: deregisterAfter }),
  }
  const asked = { ...common, Interval: interval, ...(timeout === undefined ? {} : { Timeout: timeout }) }
  switch (check.kind) {
    case 'http':
      return {
        ...asked,
        HTTP: check.url,
        ...(check.method === undefined ? {} : { Method: check.method }),
        TLSSkipVerify: check.skipTlsVerify ?? false,
      }
    case 'tcp':
      return { ...asked, TCP: check.address }
    case 'grpc':
      return {
        ...asked,
        GRPC: check.address,
        GRPCUseTLS: check.useTls,
        TLSSkipVerify: check.skipTlsVerify ?? false,
      }
    case 'script':
      return { ...asked, Args: check.args }
    case 'ttl':
      return { ...common, TTL: interval }
    case 'health':
      return { ...common, TTL: healthTtl, Status: check.status, Name: "Docker's HEALTHCHECK" }
  }
}
