import { ambassador } from '../agents/ambassador/agent.ts'
import { Directory } from '../agents/ambassador/directory.ts'
import { AgentCommand } from '../base-agent.ts'
import { usage } from '../errors.ts'
import type { SettingName } from '../settings/table.ts'

/** Takes the command line of progrium/ambassadord, whose part it plays. */
export default class Ambassador extends AgentCommand {
  static override summary =
    'lead the containers of this host to the services that they name, until told to end'
  static override usage = 'ambassador --omnimode'
  static override examples = ['arpanet ambassador --omnimode']
  static override strict = false
  static override uses: SettingName[] = ['ARPANET_IP', 'CONSUL_PORT', 'AMBASSADOR_NAME']

  async run(): Promise<void> {
    const argv = this.verbatim()
    if (argv.length !== 1 || !/^--?omnimode$/.test(argv[0] ?? '')) {
      throw usage(
        `ambassador: expected --omnimode, got "${argv.join(' ')}"`,
        'arpanet start:stack backends ambassador',
      )
    }
    const settings = await this.settings('ARPANET_IP', 'CONSUL_PORT', 'AMBASSADOR_NAME')
    const [docker, consul, records, { clock }] = await Promise.all([
      this.docker(),
      this.world.inquiry(settings.ARPANET_IP, settings.CONSUL_PORT),
      this.world.records(),
      this.world.agency(),
    ])
    const shell = docker.shell(settings.AMBASSADOR_NAME)
    const kernel = await this.world.kernel(shell)
    const place = { container: settings.AMBASSADOR_NAME, hostAddress: settings.ARPANET_IP }
    await this.runAgent(
      'ambassador',
      (log) => {
        const directory = new Directory(
          {
            consul,
            consulAt: (host, port) => this.world.inquiry(host, port),
            etcdAt: (host, port) => this.world.etcd(host, port),
            records,
          },
          clock,
          log,
        )
        const { watch, networks } = docker
        return ambassador(place, { watch, networks, ...kernel, directory, clock, log })
      },
      (telemetry, agent) => {
        telemetry.page('/routes', () => agent.view())
        const each = (of: 'opened' | 'bytes') => async () =>
          (await agent.view()).routes.map((route) => ({
            labels: { container: route.container, port: String(route.port), backend: route.asked },
            value: route[of],
          }))
        telemetry.counter(
          'arpanet_route_connections',
          'Connections that a container opened, since its route was made.',
          each('opened'),
        )
        telemetry.counter('arpanet_route_bytes', 'Bytes of these connections, both ways.', each('bytes'))
      },
    )
    shell.close()
  }
}
