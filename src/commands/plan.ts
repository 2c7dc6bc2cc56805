import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { dockerRun } from '../model/container-spec.ts'
import { shellLine } from '../model/shell-words.ts'
import { chooseServices } from '../stack/choose.ts'
import { stack } from '../services/index.ts'
import type { SettingName } from '../settings/table.ts'
import { labelsOf, type Step } from '../stack/plan.ts'
import { readPlan } from '../stack/launch.ts'

const serviceSettings = stack.flatMap(({ uses }) => [...uses])

interface Planned {
  readonly service: string
  readonly steps: readonly Step[]
  /** The line that makes the same container. */
  readonly run: string
}

export default class Plan extends BaseCommand {
  static override summary = 'show what start:stack would do, and change nothing'
  static override usage = 'plan [SERVICE...] [--json]'
  static override description = 'Exits with 0 when there is nothing to do, and with 7 when there is.'
  static override examples = ['arpanet plan', 'arpanet plan --json cadvisor']
  static override strict = false
  static override flags = { json: Flags.boolean({ description: 'print JSON' }) }
  static override uses: SettingName[] = [...new Set<SettingName>(['HOSTNAME', ...serviceSettings])]

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Plan)
    const chosen = chooseServices('plan', stack, argv as string[])
    const settings = await this.settings('HOSTNAME', ...serviceSettings)
    const docker = await this.docker()
    const host = await this.world.host(settings.HOSTNAME)
    const planned: Planned[] = []
    for (const service of chosen) {
      const spec = service.spec(settings, host)
      const { steps } = await readPlan(service.name, spec, docker)
      planned.push({
        service: service.name,
        steps,
        run: shellLine(dockerRun(spec, labelsOf(service.name, spec))),
      })
    }
    if (flags.json) this.print(JSON.stringify(planned, null, 2))
    else for (const line of planned.flatMap(lines)) this.print(line)
    if (planned.some(({ steps }) => steps.length > 0)) process.exitCode = pendingExitCode
  }
}

/** Of `plan`, when there is something to do. */
const pendingExitCode = 7

function lines({ service, steps, run }: Planned): string[] {
  if (steps.length === 0) return [`${service} is up to date`]
  const each = steps.flatMap(({ verb, target, reason, details = [] }) => [
    `${verb} ${target}: ${reason}`,
    ...details.map((detail) => `  ${detail}`),
  ])
  return [...each, `  ${run}`]
}
