import { fleetstreet } from '../agents/fleetstreet/agent.ts'
import { parseFleetstreet } from '../agents/fleetstreet/options.ts'
import { AgentCommand } from '../base-agent.ts'

/** Takes the command line of binocarlos/fleetstreet, whose part it plays. */
export default class Fleetstreet extends AgentCommand {
  static override summary =
    "keep what this host's containers are in Consul's key-value store until told to end"
  static override usage = 'fleetstreet [OPTIONS] URI'
  static override examples = [
    'arpanet fleetstreet -ip 192.168.8.120 consul://192.168.8.120:8500/arpanet/containers',
  ]
  static override strict = false
  static override uses: ('HOSTNAME' | 'FLEETSTREET_ENV')[] = ['HOSTNAME', 'FLEETSTREET_ENV']

  async run(): Promise<void> {
    const argv = this.verbatim()
    const settings = await this.settings(...Fleetstreet.uses)
    const options = parseFleetstreet(argv, { host: settings.HOSTNAME, shown: settings.FLEETSTREET_ENV })
    const { watch } = await this.docker()
    const { host, port } = options.consul
    const { kv, sessions, agent } = await this.world.consul({ ARPANET_IP: host, CONSUL_PORT: port })
    const { clock } = await this.world.agency()
    await this.runAgent('fleetstreet', (log) =>
      fleetstreet(options, { watch, kv, sessions, agent, clock, log }),
    )
  }
}
