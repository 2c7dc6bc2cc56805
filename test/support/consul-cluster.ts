import type { Agent, Cluster } from '../../src/drivers/consul/consul.ts'
import type { Member } from '../../src/model/member.ts'
import { formatRegistration } from '../../src/model/registration.ts'

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

/** An agent that keeps registrations in memory: their texts by their ids. */
export function fakeAgent(held = new Map<string, string>()): Agent {
  return {
    has: (registration) => Promise.resolve(held.get(registration.id) === formatRegistration(registration)),
    register: (registration) =>
      Promise.resolve(void held.set(registration.id, formatRegistration(registration))),
    deregister: (id) => Promise.resolve(void held.delete(id)),
  }
}
