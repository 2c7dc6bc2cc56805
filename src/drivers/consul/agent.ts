import type Client from 'consul'
import { EventEmitter } from 'node:events'
import { checkId, markKey, markOf, ownerKey, type Check, type CheckStatus } from '../../model/registration.ts'
import { onceMs, type Attempt } from './attempt.ts'
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
    changes: (changed, opened, signal) =>
      attempt(async (options) => {
        const { Config } = (await client.agent.self(options)) as { Config: { NodeName: string } }
        // The library's own way to end a question, and to be given the headers of its answer.
        const cancel = Object.assign(new EventEmitter(), { includeResponse: true })
        const stop = () => cancel.emit('cancel')
        signal.addEventListener('abort', stop, { once: true })
        try {
          for (let index: string | undefined; !signal.aborted;) {
            const seen = await nodeIndex(client, Config.NodeName, index, cancel)
            if (index === undefined) opened()
            else if (seen !== index) changed()
            // Consul's own advice: an index that goes back begins anew.
            index = index !== undefined && Number(seen) < Number(index) ? '0' : seen
          }
        } catch (error) {
          if (!signal.aborted) throw error
        } finally {
          signal.removeEventListener('abort', stop)
        }
      }, onceMs),
    report: (id, status, note) =>
      put(`/agent/check/update/${encodeURIComponent(id)}`, { Status: status, Output: note }),
  }
}

/** How long one question waits for a change. */
const waitSeconds = 60

/** The index of what the catalogue has for a node, once it is another than `index`. */
async function nodeIndex(
  client: Client,
  node: string,
  index: string | undefined,
  cancel: EventEmitter,
): Promise<string> {
  const wait = index === undefined ? {} : { index, wait: `${waitSeconds}s` }
  const answer: unknown = await client.catalog.node.services({
    node,
    ...wait,
    ctx: cancel,
    // Consul adds up to a sixteenth to the time, so that not all ask again at once.
    timeout: waitSeconds * 1_100 + 5_000,
  } as never)
  const [response] = answer as [{ headers: Record<string, string> }]
  return response.headers['x-consul-index'] ?? '0'
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
