import { BaseCommand } from '../base-command.ts'
import { services } from '../services/index.ts'
import { farewell, stopService } from '../stack/stop.ts'

export default class Stop extends BaseCommand {
  static override summary = "stop arpanet's containers on this host, the last started first; data is kept"
  static override examples = ['arpanet stop']
  static override uses = ['ARPANET_IP', 'CONSUL_PORT', 'CONSUL_NAME'] as const

  async run(): Promise<void> {
    await this.parse(Stop)
    const settings = await this.settings(...Stop.uses)
    const docker = await this.docker()
    let stopped = 0
    for (const service of services.toReversed()) {
      let reason = ''
      const container = settings.CONSUL_NAME
      const ran = await stopService(service.name, container, docker, async () => {
        const { cluster } = await this.consul()
        const bye = await farewell(cluster)
        reason = `; ${bye.reason}`
        this.progress(`stopping ${container}`)
        return bye.signal
      })
      if (!ran) continue
      stopped += 1
      this.print(`${service.name} is stopped${reason}`)
    }
    if (stopped === 0) this.print('nothing runs')
  }
}
