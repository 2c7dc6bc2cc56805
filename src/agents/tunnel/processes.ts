import type { Containers } from '../../drivers/docker/docker.ts'
import type { Shell } from '../../drivers/shell.ts'
import { ArpanetError, conflict, precondition } from '../../errors.ts'
import { formatSpec, serviceLabel, specLabel, type ContainerSpec } from '../../model/container-spec.ts'

const service = 'datapath'

/** The container that processes live in: on the host's network, where they may make devices. */
export const datapathSpec = (name: string, image: string): ContainerSpec => ({
  name,
  image,
  entrypoint: ['/bin/sleep'],
  args: ['infinity'],
  environment: { SERVICE_IGNORE: 'true' },
  mounts: [],
  devices: ['/dev/net/tun'],
  network: 'host',
  // Its one process has no right to anything; those that are started in it are root with this capability.
  user: '65534:65534',
  capabilities: ['NET_ADMIN'],
  restart: 'unless-stopped',
  outlivesImage: true,
})

type Engine = Pick<Containers, 'find' | 'create' | 'start' | 'remove'>

/**
 * Processes that carry packets where the kernel does not. They live in a container of their own, so that neither the end
 * of the agent nor its next version ends them.
 */
export class Processes {
  readonly #spec: ContainerSpec
  readonly #containers: Engine
  readonly #shell: Shell

  constructor(spec: ContainerSpec, containers: Engine, shell: Shell) {
    this.#spec = spec
    this.#containers = containers
    this.#shell = shell
  }

  /** Has the container run. Throws a precondition where this host has no device for it. */
  async ready(): Promise<void> {
    const { name } = this.#spec
    const found = await this.#containers.find(name)
    if (found !== undefined && found.labels[serviceLabel] !== service) throw taken(name)
    if (found?.state === 'running') return
    if (found !== undefined) await this.#containers.remove(name)
    const labels = { [serviceLabel]: service, [specLabel]: formatSpec(this.#spec) }
    try {
      await this.#containers.create(this.#spec, labels)
      await this.#containers.start(name)
    } catch (error) {
      await this.#containers.remove(name)
      if (error instanceof ArpanetError && error.message.includes('/dev/net/tun')) throw noTun(error)
      throw error
    }
  }

  /** Runs lines of a shell one after the other, the next only where the last has worked. */
  async run(lines: readonly string[]): Promise<void> {
    await this.ready()
    // Of a session of their own, which does not end with the one that starts them.
    await this.#shell.run(['setsid', '--wait', 'sh', '-c', lines.join(' && ')])
  }

  /** Ends all of them. */
  async end(): Promise<void> {
    const found = await this.#containers.find(this.#spec.name)
    if (found?.labels[serviceLabel] === service) await this.#containers.remove(this.#spec.name)
  }
}

const taken = (name: string) =>
  conflict(
    `tunnel: container ${name} was not made by it, expected the name free`,
    `docker rename ${name} ${name}_other`,
  )

const noTun = (cause: Error) =>
  precondition(
    'tunnel: this kernel has neither wireguard nor /dev/net/tun, one of them was expected',
    'modprobe wireguard, or modprobe tun, or on every host: export ARPANET_TUNNEL=vxlan',
    cause,
  )
