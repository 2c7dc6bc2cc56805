import { createHash } from 'node:crypto'
import { formatBackend, type Wish } from '../../../model/backend.ts'
import type { DockerContainer } from '../../../model/docker-container.ts'
import type { Instance } from '../../../model/instance.ts'
import { defaultNetwork, isClient } from './clients.ts'
import type { Pool } from '../plan.ts'

/** Who the ambassador is, and where. */
export interface Place {
  /** The container that its rules are in. */
  readonly container: string
  /** This host's, on the hosts' network. */
  readonly hostAddress: string
}

/** What is behind a backend, as far as it is known. */
export interface Found {
  /** Undefined while nobody could be asked. */
  readonly instances: readonly Instance[] | undefined
  /** Why there are none, or why nobody could be asked. */
  readonly why?: string
  /** Why nobody can be asked any more; the instances are the last known. */
  readonly stale?: string
}

/** What tells one pool from another. */
export type PoolWish = Pick<Wish, 'backend' | 'near' | 'stickySeconds'>

export const poolKey = ({ backend, near, stickySeconds }: PoolWish): string =>
  [formatBackend(backend), near ? 'near' : '', stickySeconds ?? ''].join('\n')

/** Of a key: the same for ever, and fit for the name of a chain. The digits keep two names apart that look alike. */
function poolId(key: string): string {
  const [name = ''] = key.split('\n')
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .slice(0, 32)
  return `to_${slug}_${createHash('sha256').update(key).digest('hex').slice(0, 16)}`
}

export function poolOf(
  wish: PoolWish,
  { instances }: Found,
  containers: readonly DockerContainer[],
  { hostAddress }: Place,
): Pool {
  const { near, stickySeconds } = wish
  const id = poolId(poolKey(wish))
  const options = stickySeconds === undefined ? {} : { stickySeconds }
  if (instances === undefined) return { id, instances, ...options }
  const isHere = ({ address, node }: Instance) => address === hostAddress || node === hostAddress
  const here = near ? instances.filter(isHere) : []
  const chosen = (here.length > 0 ? here : instances).map(({ address, port, weight }) => ({
    ...(address === hostAddress ? direct(address, port, containers) : { address, port }),
    weight,
  }))
  return { id, instances: chosen, ...options }
}

/** A published port of this host's containers leads through a process of Docker's; the container itself does not. */
function direct(
  address: string,
  port: number,
  containers: readonly DockerContainer[],
): { address: string; port: number } {
  for (const container of containers.filter(isClient)) {
    const own = container.networks[defaultNetwork]?.ipv4
    if (own === undefined || own === '') continue
    const binding = container.bindings.find(
      ({ hostAddress, hostPort }) => hostPort === port && ['0.0.0.0', address].includes(hostAddress),
    )
    if (binding !== undefined) return { address: own, port: binding.port }
  }
  return { address, port }
}
