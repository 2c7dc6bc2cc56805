import type { Agent, AgentService, Cluster } from '../../src/drivers/consul/consul.ts'
import type { Member } from '../../src/model/member.ts'
import { unavailable } from '../../src/errors.ts'
import { checkId, markOf } from '../../src/model/registration.ts'

/** A server that is alive; `h3` has the address 192.0.2.3. */
export const aMember = (name: string, changes: Partial<Member> = {}): Member => ({
  name,
  address: `192.0.2.${name.replace(/\D/g, '')}`,
  role: 'server',
  status: 'alive',
  version: '1.22.3',
  ...changes,
})

export interface ClusterState {
  readonly role?: 'server' | 'client'
  readonly members?: readonly Member[]
  readonly leader?: string | undefined
  readonly voters?: readonly string[]
}

/** A cluster as one agent sees it. With a function, every question asks it again. */
export function fakeCluster(state: ClusterState | (() => ClusterState)): Cluster {
  const now = () => Promise.resolve().then(() => (typeof state === 'function' ? state() : state))
  return {
    role: async () => (await now()).role ?? 'server',
    members: async () => [...((await now()).members ?? [])],
    leader: async () => (await now()).leader,
    voters: async () => [...((await now()).voters ?? [])],
  }
}

/** An agent that keeps registrations in memory, by their ids. */
export function fakeAgent(held = new Map<string, AgentService>()): Agent {
  return {
    services: () => Promise.resolve([...held.values()]),
    register: (registration, owner) => {
      const { id, name, address, port, checks } = registration
      const statuses = checks.map((check, index) => [
        checkId(registration, index),
        check.kind === 'health' ? check.status : (check.initialStatus ?? 'critical'),
      ])
      held.set(id, {
        ...{ id, name, address, port, owner, mark: markOf(registration) },
        checks: Object.fromEntries(statuses) as AgentService['checks'],
      })
      return Promise.resolve()
    },
    changes: () => Promise.resolve(),
    deregister: (id) => Promise.resolve(void held.delete(id)),
    report: (id, status) => {
      const service = [...held.values()].find(({ checks }) => id in checks)
      if (service === undefined) return Promise.reject(unavailable(`Consul: no check ${id}`))
      held.set(service.id, { ...service, checks: { ...service.checks, [id]: status } })
      return Promise.resolve()
    },
  }
}
