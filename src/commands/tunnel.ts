import { tunnel } from '../agents/tunnel/agent.ts'
import type { Place } from '../agents/tunnel/place.ts'
import { datapathSpec, Processes } from '../agents/tunnel/processes.ts'
import { AgentCommand } from '../base-agent.ts'
import { knowsDirectRouting } from '../model/engine-version.ts'
import { normaliseKey } from '../model/key.ts'
import type { SettingName } from '../settings/table.ts'

const uses = [
  'HOSTNAME',
  'ARPANET_IMAGE',
  'ARPANET_IP',
  'ARPANET_BRIDGE',
  'ARPANET_CIDR',
  'ARPANET_LEASE_TTL',
  'ARPANET_SUBNET',
  'ARPANET_TUNNEL',
  'CONSUL_KV_PATH',
  'CONSUL_PORT',
  'TUNNEL_NAME',
  'TUNNEL_PORT',
] as const

export default class Tunnel extends AgentCommand {
  static override summary =
    "keep the ways to the other hosts' containers until told to end; with SIGINT take them away"
  static override usage = 'tunnel'
  static override examples = ['arpanet tunnel']
  static override uses: SettingName[] = [...uses]

  async run(): Promise<void> {
    await this.parse(Tunnel)
    const settings = await this.settings(...uses)
    const place: Place = {
      host: settings.HOSTNAME,
      address: settings.ARPANET_IP,
      cidr: settings.ARPANET_CIDR,
      subnet: settings.ARPANET_SUBNET,
      driver: settings.ARPANET_TUNNEL as Place['driver'],
      bridge: settings.ARPANET_BRIDGE,
      leaseTtlMs: settings.ARPANET_LEASE_TTL,
      port: settings.TUNNEL_PORT,
    }
    const shell = await this.world.shell()
    const [docker, { kv }, { values, nodes }, { clock }, ways] = await Promise.all([
      this.docker(),
      this.world.consul(settings),
      this.world.inquiry(settings.ARPANET_IP, settings.CONSUL_PORT),
      this.world.agency(),
      this.world.ways(shell),
    ])
    const { watch, networks, engine, containers } = docker
    const datapath = datapathSpec(`${settings.TUNNEL_NAME}_datapath`, settings.ARPANET_IMAGE)
    const inside = docker.shell(datapath.name)
    const processes = new Processes(datapath, containers, inside)
    const within = await this.world.ways(inside)
    const wireguard = { kernel: ways.wireguard, process: within.wireguard }
    let doesTrust: boolean | undefined
    const mustTrust = async () => (doesTrust ??= knowsDirectRouting((await engine.version()).version))
    const outside = {
      ...{
        ...ways,
        watch,
        networks,
        mustTrust,
        kv,
        values,
        nodes,
        clock,
        processes,
        wireguard,
        ovs: within.ovs,
      },
      date: () => new Date(),
    }
    const folder = `${normaliseKey(settings.CONSUL_KV_PATH)}/network`
    const make = (log: Parameters<Parameters<typeof this.runAgent>[1]>[0]) =>
      tunnel(place, folder, { ...outside, log })
    await make({ info: () => undefined, warn: () => undefined }).check()
    await this.runAgent(
      'tunnel',
      make,
      (telemetry, agent) => telemetry.page('/network', () => agent.view()),
      (agent) => agent.takeDown(),
    )
  }
}
