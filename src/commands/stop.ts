import { BaseCommand } from '../base-command.ts'
import { services } from '../services/index.ts'
import type { SettingName } from '../settings/table.ts'
import { farewell, stopService, type Farewell } from '../stack/stop.ts'

export default class Stop extends BaseCommand {
  static override summary = "stop arpanet's containers on this host, the last started first; data is kept"
  static override examples = ['arpanet stop']
  static override uses: SettingName[] = ['ARPANET_IP', 'CONSUL_PORT', ...services.map(({ named }) => named)]

  async run(): Promise<void> {
    await this.parse(Stop)
    const names = await this.settings(...services.map(({ named }) => named))
    const docker = await this.docker()
    let stopped = 0
    for (const service of services.toReversed()) {
      const container = names[service.named]
      let goodbye: Farewell = { signal: 'SIGTERM', reason: '' }
      const ran = await stopService(service.name, container, docker, async () => {
        if (service.leaves) goodbye = await farewell((await this.consul()).cluster)
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
