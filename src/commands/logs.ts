import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { notFound, usage } from '../errors.ts'
import { parseSince } from '../model/since.ts'
import { chooseServices } from '../stack/choose.ts'
import { services } from '../services/index.ts'
import type { SettingName } from '../settings/table.ts'

export default class Logs extends BaseCommand {
  static override summary = "write what a service's container wrote, both streams as they were"
  static override examples = ['arpanet logs consul', 'arpanet logs consul -f --since 10m']
  static override args = {
    service: Args.string({
      required: true,
      ignoreStdin: true,
      description: services.map(({ name }) => name).join(' or '),
    }),
  }
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'go on with what it writes from now on' }),
    since: Flags.string({
      description: 'only what is younger: 90s, 10m, 2h, 1d or a time such as 2026-11-21T10:00:00Z',
    }),
  }
  static override uses: SettingName[] = services.map(({ named }) => named)

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs)
    const [service] = chooseServices('logs', services, [args.service])
    const since = flags.since === undefined ? undefined : sinceOf(flags.since)
    const names = await this.settings(...services.map(({ named }) => named))
    const name = service === undefined ? '' : names[service.named]
    const docker = await this.docker()
    if ((await docker.containers.find(name)) === undefined) {
      throw notFound(`logs: there is no container ${name}`, 'arpanet info')
    }
    await docker.logs.write(name, { follow: flags.follow, since }, this.world.terminal)
  }
}

function sinceOf(text: string): number {
  const since = parseSince(text, Date.now())
  if (since === undefined) {
    throw usage(
      `logs: expected --since to be an age such as 10m or a time, got "${text}"`,
      'arpanet logs --help',
    )
  }
  return since
}
