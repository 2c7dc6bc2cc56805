import { BaseCommand } from '../../base-command.ts'
import { unavailable } from '../../errors.ts'
import { isUp } from '../../model/container.ts'
import { chooseServices } from '../../stack/choose.ts'
import { stack } from '../../services/index.ts'
import type { SettingName } from '../../settings/table.ts'
import { launch, waitUntilReady } from '../../stack/launch.ts'
import { waitForLeader } from '../../stack/leader.ts'
import { checkOwnAddress } from '../../stack/own-address.ts'
import { announce } from '../../stack/registration.ts'

const leaderBudgetMs = 60_000

const serviceSettings = stack.flatMap(({ uses }) => [...uses])

export default class StartStack extends BaseCommand {
  static override summary = 'start the services of the stack on this host, or bring them up to date'
  static override usage = 'start:stack [SERVICE...]'
  static override description = `Waits up to a minute for Consul to have a leader. Services: ${stack.map(({ name }) => name).join(', ')}.`
  static override examples = ['arpanet start:stack', 'arpanet start:stack cadvisor']
  static override strict = false
  static override uses: SettingName[] = [
    ...new Set<SettingName>([
      'HOSTNAME',
      'ARPANET_IP',
      'CONSUL_PORT',
      'CONSUL_EXPECT',
      'CONSUL_NAME',
      ...serviceSettings,
    ]),
  ]

  async run(): Promise<void> {
    const { argv } = await this.parse(StartStack)
    const chosen = chooseServices('start:stack', stack, argv as string[])
    const settings = await this.settings('CONSUL_EXPECT', 'CONSUL_NAME', 'HOSTNAME', ...serviceSettings)
    const host = await this.world.host(settings.HOSTNAME)
    // Consul is asked there, and whoever has the address would answer.
    checkOwnAddress(settings.ARPANET_IP, host)
    const [docker, consul, http] = await Promise.all([this.docker(), this.consul(), this.world.http()])
    const agent = await docker.containers.find(settings.CONSUL_NAME)
    if (agent === undefined || !isUp(agent)) {
      throw unavailable(
        'start:stack: Consul does not run on this host, expected it to',
        'arpanet start:consul --help',
      )
    }
    await waitForLeader(
      consul.cluster,
      { expect: settings.CONSUL_EXPECT, address: settings.ARPANET_IP, budgetMs: leaderBudgetMs },
      this.progress,
    )
    for (const service of chosen) {
      const spec = service.spec(settings, host)
      const steps = await launch(service.name, spec, docker, this.progress, this.paper())
      await waitUntilReady(service.name, spec.name, service.ready(settings), docker.containers, http)
      const registration = service.registration?.(settings)
      const told = registration !== undefined && (await announce(registration, consul.agent))
      const state = steps.length === 0 && !told ? 'is up to date' : 'runs'
      this.print(`${service.name} ${state} at ${service.page(settings)}`)
    }
  }
}
