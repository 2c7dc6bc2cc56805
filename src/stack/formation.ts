import type { Cluster } from '../drivers/consul/consul.ts'
import { until } from '../drivers/clock.ts'
import { isAliveServer, type Member } from '../model/member.ts'

/** How far the Consul cluster is, seen from this host. */
export interface Formation {
  readonly members: readonly Member[]
  /** The leader's name, or its address while its name is not known here. */
  readonly leader: string | undefined
  /** Addresses of the servers with a vote; none before the first leader. */
  readonly voters: readonly string[]
}

export async function readFormation(cluster: Cluster): Promise<Formation> {
  const [members, address, voters] = await Promise.all([
    cluster.members(),
    cluster.leader(),
    cluster.voters(),
  ])
  const name = members.find((member) => member.address === address)?.name
  return { members, leader: name ?? address, voters }
}

/** Reads until `done`, for `budgetMs` at most; the last that was read either way. */
export async function watchFormation(
  cluster: Cluster,
  done: (formation: Formation) => boolean,
  budgetMs: number,
): Promise<Formation> {
  const found = await until(
    async () => {
      const formation = await readFormation(cluster)
      return done(formation) ? formation : undefined
    },
    budgetMs,
    200,
  )
  return found ?? (await readFormation(cluster))
}

/** Whether anybody but `self` is there. */
export const hasPeers = ({ members }: Formation, self: string): boolean =>
  members.some(({ address, status }) => address !== self && status === 'alive')

/**
 * Servers that must still come before there is a leader; 0 once there is one. The first election waits for `expect`
 * servers, every later one for most of those with a vote.
 */
export function missingServers({ members, leader, voters }: Formation, expect: number): number {
  if (leader !== undefined) return 0
  const alive = members.filter(isAliveServer)
  if (voters.length === 0) return Math.max(0, expect - alive.length)
  const aliveVoters = alive.filter(({ address }) => voters.includes(address)).length
  return Math.max(0, Math.floor(voters.length / 2) + 1 - aliveVoters)
}

/** The formation in one clause: `3 servers and 1 client, leader h2`. */
export function describe(formation: Formation, expect: number): string {
  const alive = formation.members.filter(({ status }) => status === 'alive')
  const servers = alive.filter(isAliveServer).length
  const clients = alive.length - servers
  const counts =
    clients > 0 ? `${count(servers, 'server')} and ${count(clients, 'client')}` : count(servers, 'server')
  if (formation.leader !== undefined) return `${counts}, leader ${formation.leader}`
  const missing = missingServers(formation, expect)
  if (missing === 0) return `${counts}, no leader yet`
  return `${counts}, ${missing} more ${missing === 1 ? 'is' : 'are'} needed for a leader`
}

/** `1 server`, `2 servers`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
