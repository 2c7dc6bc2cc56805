import type Client from 'consul'
import type { Member } from '../../model/member.ts'
import type { Attempt } from './attempt.ts'
import type { Cluster } from './consul.ts'
import { isServerFault } from './errors.ts'

const statuses: readonly Member['status'][] = ['failed', 'alive', 'leaving', 'left', 'failed']

/** A member as `/v1/agent/members` gives it. */
interface Gossip {
  readonly Name: string
  readonly Addr: string
  readonly Status: number
  readonly Tags: { readonly role?: string; readonly build?: string }
}

export function cluster(client: Client, attempt: Attempt): Cluster {
  return {
    role: () =>
      attempt(async (options) => {
        const { Config } = (await client.agent.self(options)) as { Config: { Server: boolean } }
        return Config.Server ? 'server' : 'client'
      }),
    members: () =>
      attempt(async (options) =>
        ((await client.agent.members(options)) as unknown as Gossip[]).map(
          ({ Name, Addr, Status, Tags }) => ({
            name: Name,
            address: Addr,
            role: Tags.role === 'consul' ? 'server' : 'client',
            status: statuses[Status] ?? 'failed',
            version: (Tags.build ?? '').split(':')[0] ?? '',
          }),
        ),
      ),
    leader: () =>
      attempt(async (options) => {
        const leader = await unlessNobodyKnows(client.status.leader(options))
        return leader ? withoutPort(leader) : undefined
      }),
    voters: () =>
      attempt(async (options) =>
        ((await unlessNobodyKnows(client.status.peers(options))) ?? []).map(withoutPort),
      ),
  }
}

/** A client that knows no server yet answers 500; that is an answer. */
async function unlessNobodyKnows<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isServerFault(error)) return undefined
    throw error
  }
}

const withoutPort = (address: string): string => address.slice(0, address.lastIndexOf(':'))
