import { BaseCommand } from '../../base-command.ts'
import { unavailable, usage } from '../../errors.ts'
import { isPeer } from '../../model/address.ts'
import { consul, modes, type ConsulOptions, type Mode } from '../../services/consul.ts'
import { describe, hasPeers, missingServers, watchFormation, type Formation } from '../../stack/formation.ts'
import { launch, waitUntilReady } from '../../stack/launch.ts'
import { checkOwnAddress } from '../../stack/own-address.ts'

/** Long enough for a first election; the cluster goes on forming after it. */
const formationBudgetMs = 15_000

export default class StartConsul extends BaseCommand {
  static override summary = 'start Consul on this host, or bring it up to date'
  static override usage = 'start:consul boot|server|client [JOINIP] [CONSUL_ARGS...]'
  static override description = `boot    the first server of a new cluster; takes no JOINIP
server  a further server, which joins the cluster through the host at JOINIP
client  an agent that keeps no data, on every other host

What follows is passed on to consul agent as it is, after arpanet's own arguments.`
  static override examples = [
    'arpanet start:consul boot',
    'arpanet start:consul server 192.168.8.120',
    'arpanet start:consul client 192.168.8.120 -node mycustomname -datacenter dc34',
  ]
  static override uses = consul.uses

  async run(): Promise<void> {
    const options = parseArguments(this.verbatim())
    const settings = await this.settings(...consul.uses)
    const host = await this.world.host(settings.HOSTNAME)
    checkOwnAddress(settings.ARPANET_IP, host)
    checkPeer(options.join, settings.ARPANET_IP)

    const docker = await this.docker()
    const spec = consul.spec(settings, host, options)
    const steps = await launch(consul.name, spec, docker, this.progress, this.paper())
    const http = await this.world.http()
    await waitUntilReady(consul.name, spec.name, consul.ready(settings), docker.containers, http)
    if (steps.length === 0) this.print('consul is up to date')

    const { cluster } = await this.consul()
    const expect = settings.CONSUL_EXPECT
    const joined = (formation: Formation) =>
      options.mode === 'boot' || hasPeers(formation, settings.ARPANET_IP)
    const settled = (formation: Formation) =>
      joined(formation) && (formation.leader !== undefined || missingServers(formation, expect) > 0)
    const formation = await watchFormation(cluster, settled, formationBudgetMs)
    if (!joined(formation)) {
      throw unavailable(
        `consul: runs on ${host.name} but has not reached ${options.join ?? ''}:8301 in ${formationBudgetMs / 1000} s; it keeps trying`,
        `docker logs --tail 20 ${spec.name}`,
      )
    }
    const address = `http://${settings.ARPANET_IP}:${settings.CONSUL_PORT}`
    this.print(`consul runs on ${host.name} at ${address}: ${describe(formation, expect)}`)
    for (const line of nextSteps(options.mode, formation, settings.ARPANET_IP)) this.print(line)
  }
}

function nextSteps(mode: Mode, { leader }: Formation, address: string): string[] {
  if (mode !== 'boot') return leader === undefined ? [] : ['Look at it:     arpanet info']
  return [
    `Add a server:   ssh HOST arpanet start:consul server ${address}`,
    `Add a client:   ssh HOST arpanet start:consul client ${address}`,
  ]
}

/** `boot [CONSUL_ARGS...]` or `server|client JOINIP [CONSUL_ARGS...]`. */
export function parseArguments(argv: readonly string[]): ConsulOptions {
  const [mode, ...rest] = argv
  if (mode === undefined)
    throw usage('start:consul: expected boot, server or client', 'arpanet start:consul boot')
  if (!isMode(mode)) {
    throw usage(
      `start:consul: unknown mode "${mode}", expected boot, server or client`,
      'arpanet start:consul --help',
    )
  }
  const [first] = rest
  const hasWord = first !== undefined && !first.startsWith('-')
  if (mode === 'boot') {
    if (hasWord) {
      throw usage(
        `start:consul boot: does not take a JOINIP, got "${first}"`,
        `arpanet start:consul server ${first}`,
      )
    }
    return { mode, args: rest }
  }
  if (!hasWord) {
    throw usage(
      `start:consul ${mode}: needs a JOINIP, the address of a member`,
      `arpanet start:consul ${mode} 192.168.8.120`,
    )
  }
  if (!isPeer(first)) {
    throw usage(
      `start:consul ${mode}: expected JOINIP to be the IPv4 address or the name of another host, got "${first}"`,
    )
  }
  return { mode, join: first, args: rest.slice(1) }
}

const isMode = (text: string): text is Mode => (modes as readonly string[]).includes(text)

function checkPeer(join: string | undefined, address: string): void {
  if (join === address) {
    throw usage(`start:consul: expected JOINIP to be another host, got this host's own ${address}`)
  }
}
