import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { ArpanetError } from '../errors.ts'
import type { Member } from '../model/member.ts'
import { networkSummary, type NetworkView } from '../model/network-view.ts'
import { serviceLabel } from '../model/container-spec.ts'
import { services } from '../services/index.ts'
import type { SettingName } from '../settings/table.ts'
import { readFormation } from '../stack/formation.ts'

interface Info {
  readonly host: string
  readonly address: string
  readonly engine: { readonly version: string; readonly api: string }
  readonly consul: {
    readonly role: 'server' | 'client' | null
    readonly leader: string | null
    readonly members: readonly Member[]
    /** Why nothing is known of it; null where it answers. */
    readonly fault: string | null
  }
  /** What the tunnel of this host tells; null where it does not run or does not answer. */
  readonly network: NetworkView | null
  readonly containers: readonly {
    readonly service: string
    readonly name: string
    readonly state: string
    readonly image: string | null
  }[]
}

export default class InfoCommand extends BaseCommand {
  static override summary = 'show this host, its part in the cluster and its containers'
  static override examples = ['arpanet info', 'arpanet info --json']
  static override uses: SettingName[] = [
    'HOSTNAME',
    'ARPANET_IP',
    'CONSUL_PORT',
    'TUNNEL_PORT',
    ...services.map(({ named }) => named),
  ]
  static override flags = { json: Flags.boolean({ description: 'print JSON' }) }

  async run(): Promise<void> {
    const { flags } = await this.parse(InfoCommand)
    const info = await this.read()
    if (flags.json) this.print(JSON.stringify(info, null, 2))
    else for (const line of lines(info)) this.print(line)
  }

  private async read(): Promise<Info> {
    const settings = await this.settings(...InfoCommand.uses)
    const docker = await this.docker()
    // First and alone: without Docker nobody waits for a Consul that does not answer either.
    const engine = await docker.engine.version()
    const [consul, containers] = await Promise.all([
      this.readConsul(),
      Promise.all(
        services.map(async (service) => {
          const name = settings[service.named]
          const found = await docker.containers.find(name)
          const foreign = found !== undefined && found.labels[serviceLabel] !== service.name
          const state =
            found === undefined ? 'absent' : foreign ? `${found.state}, not arpanet's` : found.state
          return { service: service.name, name, state, image: found?.image ?? null }
        }),
      ),
    ])
    const runsTunnel = containers.some(({ service, state }) => service === 'tunnel' && state === 'running')
    const network = runsTunnel ? await this.readNetwork() : null
    return { host: settings.HOSTNAME, address: settings.ARPANET_IP, engine, consul, network, containers }
  }

  private async readNetwork(): Promise<NetworkView | null> {
    const { ARPANET_IP, TUNNEL_PORT } = await this.settings('ARPANET_IP', 'TUNNEL_PORT')
    try {
      const read = await this.world.httpJson()
      const at = `http://${ARPANET_IP}:${TUNNEL_PORT}/network`
      return (await read(at, { of: 'the tunnel', hint: 'arpanet network' }, 3_000)) as NetworkView
    } catch (error) {
      if (!(error instanceof ArpanetError)) throw error
      return null
    }
  }

  private async readConsul(): Promise<Info['consul']> {
    const { cluster } = await this.consul()
    try {
      const [role, { leader, members }] = await Promise.all([cluster.role(), readFormation(cluster)])
      const byName = members.toSorted((a, b) => a.name.localeCompare(b.name))
      return { role, leader: leader ?? null, members: byName, fault: null }
    } catch (error) {
      if (!(error instanceof ArpanetError)) throw error
      return { role: null, leader: null, members: [], fault: error.message }
    }
  }
}

function lines({ host, address, engine, consul, network, containers }: Info): string[] {
  const row = (name: string, value: string) => `${name.padEnd(12)}${value}`
  const width = Math.max(...consul.members.map(({ name }) => name.length), 4)
  return [
    row('host', host),
    row('address', address),
    row('engine', `Docker ${engine.version} (API ${engine.api})`),
    row('consul', consul.role ?? consul.fault ?? ''),
    ...(consul.role === null ? [] : [row('leader', consul.leader ?? 'none')]),
    ...consul.members.map(({ name, address: at, role, status, version }, index) =>
      row(
        index === 0 ? 'members' : '',
        `${name.padEnd(width)}  ${at.padEnd(15)}  ${role}  ${status.padEnd(7)}  ${version}`,
      ),
    ),
    ...(network === null ? [] : [row('network', networkSummary(network))]),
    ...containers.map(({ name, state, image }, index) =>
      row(index === 0 ? 'containers' : '', [name, state, image].filter(Boolean).join('  ')),
    ),
  ]
}
