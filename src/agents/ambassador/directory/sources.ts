import type { Inquiry } from '../../../drivers/consul/consul.ts'
import type { Etcd } from '../../../drivers/etcd.ts'
import type { Records } from '../../../drivers/names.ts'
import type { Backend } from '../../../model/backend.ts'
import type { Clock } from '../../reconciler.ts'
import { addresses } from './source-addresses.ts'
import { ConsulTurns } from './source-consul-turns.ts'
import { consulKeys, etcdKeys } from './source-keys.ts'
import { service } from './source-service.ts'
import { srv } from './source-srv.ts'
import type { Listen } from './source.ts'

/** Whom a directory asks. */
export interface DirectoryWorld {
  /** This host's Consul. */
  readonly consul: Pick<Inquiry, 'health' | 'values'>
  /** One that a container named: this host's token is not for it. */
  readonly consulAt: (host: string, port: number) => Promise<Pick<Inquiry, 'values'>>
  readonly etcdAt: (host: string, port: number) => Promise<Pick<Etcd, 'keys' | 'watch'>>
  readonly records: Records
}

/** Who says what is behind a backend, for each kind of them. */
export class Sources {
  readonly #world: DirectoryWorld
  readonly #clock: Clock
  /** By the agent's address; '' is this host's. */
  readonly #turns = new Map<string, ConsulTurns>()

  constructor(world: DirectoryWorld, clock: Clock) {
    this.#world = world
    this.#clock = clock
  }

  of(backend: Backend): Listen {
    const { consul, consulAt, etcdAt, records } = this.#world
    switch (backend.kind) {
      case 'address':
        return addresses([{ host: backend.host, port: backend.port }])
      case 'list':
        return addresses(backend.members)
      case 'srv':
        return srv(records, backend.name, this.#clock)
      case 'service':
        return service(this.#turnsOf(backend), consul.health, backend)
      case 'keys': {
        const { store, host, port = usualPorts[store], path } = backend
        if (store === 'etcd') return etcdKeys(() => etcdAt(host ?? '127.0.0.1', port), path, this.#clock)
        const turns = this.#turnsOf(backend)
        const asked = async () => (host === undefined ? consul : await consulAt(host, port))
        return consulKeys(async () => ({ turns, values: (await asked()).values }), path)
      }
    }
  }

  /** Forgets the Consul agents that none of these is asked of. */
  keepOnly(backends: readonly Backend[]): void {
    const consuls = new Set(backends.map(consulOf))
    for (const consul of this.#turns.keys()) if (!consuls.has(consul)) this.#turns.delete(consul)
  }

  #turnsOf(backend: Backend): ConsulTurns {
    const consul = consulOf(backend) ?? ''
    const turns = this.#turns.get(consul) ?? new ConsulTurns(this.#clock)
    this.#turns.set(consul, turns)
    return turns
  }
}

const usualPorts = { consul: 8500, etcd: 2379 } as const

/** Which Consul a backend is asked of; undefined where it is none. */
function consulOf(backend: Backend): string | undefined {
  if (backend.kind === 'service') return ''
  if (backend.kind !== 'keys' || backend.store !== 'consul') return undefined
  return backend.host === undefined ? '' : `${backend.host} ${backend.port ?? usualPorts.consul}`
}
