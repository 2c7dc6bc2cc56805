import type { Agent, Cluster } from '../drivers/consul/consul.ts'
import type { Docker } from '../drivers/docker/docker.ts'
import { ArpanetError, conflict } from '../errors.ts'
import { isUp } from '../model/container.ts'
import { serviceLabel } from '../model/container-spec.ts'
import { isAliveServer } from '../model/member.ts'
import { count } from './formation.ts'
import { mayLeave } from './leave.ts'

const budgetMs = 30_000

/** Stops a service's container. `signal` is asked for only where there is one to stop. False when none runs. */
export async function stopService(
  service: string,
  container: string,
  docker: Docker,
  signal: () => Promise<'SIGTERM' | 'SIGINT'>,
): Promise<boolean> {
  const actual = await docker.containers.find(container)
  if (actual !== undefined && actual.labels[serviceLabel] !== service) {
    throw conflict(
      `${service}: container ${container} (${actual.image}) was not made by arpanet and stays as it is`,
    )
  }
  if (actual === undefined || !(isUp(actual) || actual.state === 'restarting')) return false
  await docker.containers.stop(container, await signal(), budgetMs)
  return true
}

/** How a Consul agent goes, and the reason in words. */
export interface Farewell {
  readonly signal: 'SIGTERM' | 'SIGINT'
  readonly reason: string
}

/** A client leaves; a server leaves unless the cluster would stop deciding; one that cannot be asked is only stopped. */
export async function farewell(cluster: Cluster): Promise<Farewell> {
  try {
    if ((await cluster.role()) === 'client') return { signal: 'SIGINT', reason: 'it has left the cluster' }
    const [voters, members] = await Promise.all([cluster.voters(), cluster.members()])
    if (voters.length === 0) return { signal: 'SIGTERM', reason: 'there was no cluster to leave yet' }
    const alive = new Set(members.filter(isAliveServer).map(({ address }) => address))
    const quorum = { voters: voters.length, alive: voters.filter((voter) => alive.has(voter)).length }
    if (mayLeave(quorum)) {
      return {
        signal: 'SIGINT',
        reason: `it has left the cluster, which goes on with ${count(quorum.voters - 1, 'server')}`,
      }
    }
    return {
      signal: 'SIGTERM',
      reason: `it stays a member, for without its vote the cluster would lose quorum (${quorum.alive} of ${quorum.voters} servers alive)`,
    }
  } catch {
    return { signal: 'SIGTERM', reason: 'it stays a member, for it could not be asked about the cluster' }
  }
}

/** Takes a service out of Consul's catalogue. A Consul that does not answer sees by its check that it is gone. */
export async function withdraw(id: string, agent: Agent): Promise<void> {
  try {
    await agent.deregister(id)
  } catch (error) {
    if (!(error instanceof ArpanetError)) throw error
  }
}
