import type { Agent } from '../drivers/consul/consul.ts'
import type { Registration } from '../model/registration.ts'

/** Tells Consul of a service unless it knows already. True when something was written. */
export async function announce(registration: Registration, agent: Agent): Promise<boolean> {
  if (await agent.has(registration)) return false
  await agent.register(registration)
  return true
}
