import { sleep } from '../drivers/clock.ts'
import type { Cluster } from '../drivers/consul/consul.ts'
import type { Progress } from './launch.ts'
import { ArpanetError, unavailable } from '../errors.ts'
import { describe, readFormation, type Formation } from './formation.ts'

/**
 * Waits until the cluster has a leader and says each time that it has come further. Throws when the budget is spent,
 * with the line that brings the next server.
 */
export async function waitForLeader(
  cluster: Cluster,
  { expect, address, budgetMs }: { expect: number; address: string; budgetMs: number },
  progress: Progress,
): Promise<void> {
  const end = performance.now() + budgetMs
  for (let said = ''; ;) {
    const { leader, state } = await look(cluster, expect)
    if (leader !== undefined) return
    if (state !== said) progress(`waiting for a leader: ${state}`)
    said = state
    if (performance.now() > end) {
      throw unavailable(
        `start:stack: no leader after ${budgetMs / 1000} s: ${state}`,
        `ssh HOST arpanet start:consul server ${address}`,
      )
    }
    await sleep(500)
  }
}

/** An agent that is still starting does not answer yet, which is a state like others here. */
async function look(
  cluster: Cluster,
  expect: number,
): Promise<{ leader: string | undefined; state: string }> {
  try {
    const formation: Formation = await readFormation(cluster)
    return { leader: formation.leader, state: describe(formation, expect) }
  } catch (error) {
    if (!(error instanceof ArpanetError)) throw error
    return { leader: undefined, state: error.message }
  }
}
