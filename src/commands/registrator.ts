import { registrator } from '../agents/registrator/agent.ts'
import { consulKeys } from '../agents/registrator/key-store-consul.ts'
import { etcdKeys } from '../agents/registrator/key-store-etcd.ts'
import { keyRegistrator } from '../agents/registrator/key-store.ts'
import { parseRegistrator } from '../agents/registrator/options.ts'
import { AgentCommand } from '../base-agent.ts'

/** Takes the command line of gliderlabs/registrator, whose part it plays. */
export default class Registrator extends AgentCommand {
  static override summary = "keep this host's containers in Consul's catalogue until told to end"
  static override usage = 'registrator [OPTIONS] URI'
  static override examples = [
    'arpanet registrator -ip 192.168.8.120 consul://192.168.8.120:8500',
    'arpanet registrator -ip 192.168.8.120 -ttl 60 -ttl-refresh 20 etcd://192.168.8.120:2379/services',
  ]
  static override strict = false
  static override uses: ('HOSTNAME' | 'ARPANET_IP' | 'REGISTRATOR_SCRIPTS')[] = [
    'HOSTNAME',
    'ARPANET_IP',
    'REGISTRATOR_SCRIPTS',
  ]

  async run(): Promise<void> {
    const argv = this.verbatim()
    const settings = await this.settings(...Registrator.uses)
    const options = parseRegistrator(argv, {
      hostname: settings.HOSTNAME,
      hostAddress: settings.ARPANET_IP,
      allowScripts: settings.REGISTRATOR_SCRIPTS,
      owner: `registrator@${settings.HOSTNAME}`,
    })
    const { watch } = await this.docker()
    const { target } = options
    if (target.kind === 'consul') {
      const { agent } = await this.world.consulAt(target.endpoint)
      return this.runAgent('registrator', (log) => registrator(watch, agent, options, log))
    }
    const store =
      target.kind === 'consulkv'
        ? consulKeys(await this.world.consulAt(target.endpoint), target.prefix, options)
        : etcdKeys(await this.world.etcd(target.host, target.port), target.prefix, options)
    const { clock } = await this.world.agency()
    return this.runAgent('registrator', (log) =>
      keyRegistrator(store, options, { docker: watch, clock, log }),
    )
  }
}
