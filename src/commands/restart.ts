import { Args } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { conflict, notFound } from '../errors.ts'
import { serviceLabel } from '../model/container-spec.ts'
import { chooseServices } from '../stack/choose.ts'
import { services } from '../services/index.ts'
import type { SettingName } from '../settings/table.ts'
import { waitUntilReady } from '../stack/launch.ts'

const serviceSettings = services.flatMap(({ uses }) => [...uses])

/** Longer than Consul takes to write its data. */
const stopBudgetMs = 20_000

export default class Restart extends BaseCommand {
  static override summary = "stop a service's container and start the same one again"
  static override description =
    'Changed settings are not taken up: that is what start:consul and start:stack do.'
  static override examples = ['arpanet restart cadvisor']
  static override args = {
    service: Args.string({
      required: true,
      ignoreStdin: true,
      description: services.map(({ name }) => name).join(' or '),
    }),
  }
  static override uses: SettingName[] = [...new Set<SettingName>(serviceSettings)]

  async run(): Promise<void> {
    const { args } = await this.parse(Restart)
    const settings = await this.settings(...serviceSettings)
    const docker = await this.docker()
    const http = await this.world.http()
    for (const service of chooseServices('restart', services, [args.service])) {
      const name = settings[service.named]
      const found = await docker.containers.find(name)
      if (found === undefined) throw notFound(`restart: there is no container ${name}`, 'arpanet info')
      if (found.labels[serviceLabel] !== service.name) {
        throw conflict(
          `restart: container ${name} (${found.image}) was not made by arpanet and stays as it is`,
        )
      }
      this.progress(`stopping ${name}`)
      await docker.containers.stop(name, 'SIGTERM', stopBudgetMs)
      await docker.containers.start(name)
      await waitUntilReady(service.name, name, service.ready(settings), docker.containers, http)
      this.print(`${service.name} runs at ${service.page(settings)}`)
    }
  }
}
