import type { Agent } from '../drivers/consul/consul.ts'
import { markOf, type Registration } from '../model/registration.ts'

/** In whose name the stack's own services are in the catalogue. */
const owner = 'arpanet'

/** Tells Consul of a service unless it knows already. True when something was written. */
export async function announce(registration: Registration, agent: Agent): Promise<boolean> {
  const known = (await agent.services()).find(({ id }) => id === registration.id)
  if (known?.mark === markOf(registration) && known.owner === owner) return false
  await agent.register(registration, owner)
  return true
}
