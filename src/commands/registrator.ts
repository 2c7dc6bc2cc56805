import { AgentCommand } from '../base-agent.ts'
import { parseRegistrator, type RegistratorOptions } from '../agents/registrator/options.ts'
import { registrator } from '../agents/registrator/agent.ts'
import { usage } from '../errors.ts'

/** Takes the command line of gliderlabs/registrator, whose part it plays. */
export default class Registrator extends AgentCommand {
  static override summary = "keep this host's containers in Consul's catalogue until told to end"
  static override usage = 'registrator [OPTIONS] URI'
  static override examples = ['arpanet registrator -ip 192.168.8.120 consul://192.168.8.120:8500']
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
    const docker = await this.docker()
    const consul = await this.world.consul(endpointOf(options))
    await this.runAgent('registrator', (log) => registrator(docker.watch, consul.agent, options, log))
  }
}

const usual = { ARPANET_IP: '127.0.0.1', CONSUL_PORT: 8500 }

function endpointOf({ target }: RegistratorOptions): typeof usual {
  const notYet = (what: string) => usage(`registrator: ${what} is not there yet, expected consul://HOST:PORT`)
  if (target.kind !== 'consul') throw notYet(`${target.kind}://`)
  const { endpoint } = target
  if (endpoint.at === 'default') return usual
  if (endpoint.at === 'unix') throw notYet('consul-unix://')
  if (endpoint.tls) throw notYet('consul-tls://')
  return { ARPANET_IP: endpoint.host, CONSUL_PORT: endpoint.port }
}
