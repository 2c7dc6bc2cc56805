import { BaseCommand } from '../base-command.ts'
import { conflict, unavailable, usage } from '../errors.ts'
import { serviceLabel } from '../model/container-spec.ts'
import { consul } from '../services/consul.ts'

export default class ConsulCommand extends BaseCommand {
  static override summary = "run the consul program in this host's Consul container"
  static override usage = 'consul CONSUL_ARGS...'
  static override description = 'Its terminal, its signals and its exit status are passed on.'
  static override examples = [
    'arpanet consul members',
    'arpanet consul monitor',
    'arpanet consul kv export > kv.json',
  ]
  static override uses = ['CONSUL_NAME'] as const

  async run(): Promise<void> {
    const args = this.verbatim()
    if (args.length === 0)
      throw usage('consul: expected a command of the consul program', 'arpanet consul members')
    const { CONSUL_NAME: name } = await this.settings('CONSUL_NAME')
    const docker = await this.docker()
    const container = await docker.containers.find(name)
    if (container !== undefined && container.labels[serviceLabel] !== consul.name) {
      throw conflict(`consul: container ${name} (${container.image}) was not made by arpanet`)
    }
    if (container?.state !== 'running') {
      const found =
        container === undefined ? `there is no container ${name}` : `container ${name} is ${container.state}`
      throw unavailable(`consul: ${found}, expected it running`, 'arpanet start:consul --help')
    }
    process.exitCode = await docker.exec.run(name, ['consul', ...args], this.world.terminal)
  }
}
