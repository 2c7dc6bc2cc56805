import { BaseCommand } from '../base-command.ts'
import { chooseServices } from '../stack/choose.ts'
import { services, stack } from '../services/index.ts'
import type { SettingName } from '../settings/table.ts'
import { farewell, stopService, withdraw, type Farewell } from '../stack/stop.ts'

export default class Stop extends BaseCommand {
  static override summary = "stop arpanet's containers on this host, the last started first; data is kept"
  static override usage = 'stop [SERVICE...]'
  static override examples = ['arpanet stop', 'arpanet stop cadvisor']
  static override strict = false
  static override uses: SettingName[] = ['ARPANET_IP', 'CONSUL_PORT', ...services.map(({ named }) => named)]

  async run(): Promise<void> {
    const { argv } = await this.parse(Stop)
    const chosen = chooseServices('stop', services, argv as string[])
    const names = await this.settings(...services.map(({ named }) => named))
    const docker = await this.docker()
    const registered = new Set<string>(
      stack.filter(({ registration }) => registration).map(({ name }) => name),
    )
    let stopped = 0
    for (const service of chosen.toReversed()) {
      const container = names[service.named]
      let goodbye: Farewell = { signal: 'SIGTERM', reason: '' }
      const ran = await stopService(service.name, container, docker, async () => {
        if (service.leaves === true)
          goodbye = { signal: 'SIGINT', reason: 'its links to the others are gone' }
        else if (service.leaves) goodbye = await farewell((await this.consul()).cluster)
        // Before it stops, so that nobody is sent to it.
        if (registered.has(service.name)) await withdraw(container, (await this.consul()).agent)
        this.progress(`stopping ${container}`)
        return goodbye.signal
      })
      if (!ran) continue
      stopped += 1
      this.print(`${service.name} is stopped${goodbye.reason === '' ? '' : `; ${goodbye.reason}`}`)
    }
    if (stopped === 0) this.print('nothing runs')
  }
}
