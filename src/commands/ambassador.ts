import { ambassador } from '../agents/ambassador/agent.ts'
import { Directory } from '../agents/ambassador/directory/directory.ts'
import { parseAmbassador, throughDns, type Listener } from '../agents/ambassador/options.ts'
import { checkNamespace, standard } from '../agents/ambassador/standard.ts'
import { AgentCommand } from '../base-agent.ts'
import type { Inquiry } from '../drivers/consul/consul.ts'
import type { Log } from '../log.ts'
import { shellLine } from '../model/shell-words.ts'
import type { SettingName } from '../settings/table.ts'

/** Takes the command line of progrium/ambassadord, whose part it plays. */
export default class Ambassador extends AgentCommand {
  static override summary =
    'lead the containers of this host to the services that they name, until told to end'
  static override usage = 'ambassador BACKEND | --links | --omnimode | --setup-iptables'
  static override examples = ['arpanet ambassador --omnimode', 'arpanet ambassador redis']
  static override strict = false
  static override uses: SettingName[] = ['ARPANET_IP', 'CONSUL_PORT', 'AMBASSADOR_NAME']

  async run(): Promise<void> {
    const argv = this.verbatim()
    const options = parseAmbassador(argv, this.world.variables)
    switch (options.mode) {
      case 'setup-iptables':
        this.print('ambassador: there is nothing to set up; its rules are in its own network namespace')
        return
      case 'standard':
        return this.#standard(options.listeners, argv)
      case 'omnimode':
        return this.#omnimode()
    }
  }

  async #standard(listeners: readonly Listener[], argv: readonly string[]): Promise<void> {
    const { ARPANET_IP: ownAddress = '', CONSUL_HTTP_ADDR: agentAddress = '' } = this.world.variables
    const hostAddress = ownAddress === '' ? '' : (await this.settings('ARPANET_IP')).ARPANET_IP
    const { CONSUL_PORT: consulPort } = await this.settings('CONSUL_PORT')
    const consul =
      hostAddress === ''
        ? await this.world.inquiryByVariables()
        : await this.world.inquiry(hostAddress, consulPort)
    const hasAgent = hostAddress !== '' || agentAddress !== ''
    const asked = listeners.map((listener) => {
      const { wish } = listener
      return { ...listener, wish: hasAgent ? wish : { ...wish, backend: throughDns(wish.backend) } }
    })
    const { shell, nft, conntrack } = await this.world.kernel(await this.world.shell())
    await checkNamespace(shell, nft, shellLine(argv))
    const { clock } = await this.world.agency()
    const directoryWith = await this.#directory(consul)
    await this.runAgent('ambassador', (log) =>
      standard(asked, hostAddress, { nft, conntrack, directory: directoryWith(log), clock }),
    )
  }

  async #omnimode(): Promise<void> {
    const settings = await this.settings('ARPANET_IP', 'CONSUL_PORT', 'AMBASSADOR_NAME')
    const [docker, consul, { clock }] = await Promise.all([
      this.docker(),
      this.world.inquiry(settings.ARPANET_IP, settings.CONSUL_PORT),
      this.world.agency(),
    ])
    const shell = docker.shell(settings.AMBASSADOR_NAME)
    const kernel = await this.world.kernel(shell)
    const directoryWith = await this.#directory(consul)
    const place = { container: settings.AMBASSADOR_NAME, hostAddress: settings.ARPANET_IP }
    await this.runAgent(
      'ambassador',
      (log) => {
        const { watch, networks } = docker
        return ambassador(place, { watch, networks, ...kernel, directory: directoryWith(log), clock, log })
      },
      (telemetry, agent) => {
        telemetry.page('/routes', () => agent.view())
        const each = (of: 'opened' | 'bytes') => async () =>
          (await agent.view()).routes.map((route) => ({
            labels: { container: route.container, port: String(route.port), backend: route.asked },
            value: route[of],
          }))
        const labels = ['container', 'port', 'backend']
        telemetry.counter(
          'arpanet_route_connections',
          'Connections that a container opened, since its route was made.',
          labels,
          each('opened'),
        )
        telemetry.counter('arpanet_route_bytes', 'Bytes of these, both ways.', labels, each('bytes'))
        telemetry.counter(
          'arpanet_route_faults',
          'Variables and labels of a container that make no sense.',
          ['container'],
          async () => {
            const byContainer = Map.groupBy((await agent.view()).faults, ({ container }) => container)
            return [...byContainer].map(([container, all]) => ({ labels: { container }, value: all.length }))
          },
        )
      },
    )
    shell.close()
  }

  /** What is behind backends, asked of this Consul among others. */
  async #directory(consul: Inquiry): Promise<(log: Log) => Directory> {
    const { world } = this
    const [records, { clock }] = await Promise.all([world.records(), world.agency()])
    const asked = {
      consul,
      consulAt: (host: string, port: number) => world.inquiry(host, port),
      etcdAt: (host: string, port: number) => world.etcd(host, port),
      records,
    }
    return (log) => new Directory(asked, clock, log)
  }
}
