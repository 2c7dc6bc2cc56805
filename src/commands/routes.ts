import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { notFound } from '../errors.ts'
import { columns } from '../model/columns.ts'
import type { RoutesView, RouteView } from '../model/route-view.ts'
import type { SettingName } from '../settings/table.ts'

export default class Routes extends BaseCommand {
  static override summary = 'show which container of this host is led where'
  static override description =
    "Shows what this host's containers ask for with BACKEND_PORT variables and connect.PORT labels, the instances that " +
    'they are led to, how many connections are open to each, and why there are none.'
  static override examples = ['arpanet routes', 'arpanet routes web', 'arpanet routes --json']
  static override uses: SettingName[] = ['ARPANET_IP', 'AMBASSADOR_PORT']
  static override args = {
    container: Args.string({ description: 'only those of this container', ignoreStdin: true }),
  }
  static override flags = { json: Flags.boolean({ description: 'print JSON' }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Routes)
    const { ARPANET_IP, AMBASSADOR_PORT } = await this.settings('ARPANET_IP', 'AMBASSADOR_PORT')
    const read = await this.world.httpJson()
    const all = (await read(`http://${ARPANET_IP}:${AMBASSADOR_PORT}/routes`, {
      of: 'the ambassador',
      hint: 'arpanet start:stack ambassador',
    })) as RoutesView
    const { container } = args
    const isMeant = (each: { container: string }) => container === undefined || each.container === container
    const [routes, faults] = [all.routes.filter(isMeant), all.faults.filter(isMeant)]
    if (container !== undefined && routes.length + faults.length === 0) {
      throw notFound(
        `routes: container "${container}" asks for nothing here, expected a BACKEND_PORT variable or a connect.PORT label`,
        'arpanet routes',
      )
    }
    if (flags.json) {
      this.print(JSON.stringify({ routes, faults }, null, 2))
      return
    }
    if (routes.length > 0) for (const line of table(routes)) this.print(line)
    else this.print('no container of this host asks for a service: docker run --env BACKEND_6379=redis …')
    for (const { container: name, variable, text, reason } of faults) {
      this.progress(`${name}: ${variable}=${text} ${reason}`)
    }
  }
}

function table(routes: readonly RouteView[]): string[] {
  const rows = routes.flatMap(({ container, port, protocols, asked, instances, why, stale }) => {
    const of = [container, `${port}${protocols.length === 1 ? `/${protocols[0]}` : ''}`, asked]
    const lines = instances.map(({ address, port: at, weight, open }) => [
      address.includes(':') ? `[${address}]:${at}` : `${address}:${at}`,
      String(open),
      weight === 0 ? 'leaves' : '',
    ])
    if (why !== undefined) lines.push(['none', '', why])
    if (stale !== undefined) lines.push(['', '', `last known: ${stale}`])
    return lines.map((line, at) => [...(at === 0 ? of : ['', '', '']), ...line])
  })
  return columns([['CONTAINER', 'PORT', 'ASKS FOR', 'INSTANCE', 'OPEN', ''], ...rows])
}
