import type { ContainerSpec } from '../model/container-spec.ts'
import type { Settings } from '../settings/table.ts'
import { agentPage, agentReady, agentRegistration, agentSpec, agentUses, type AgentService } from './agent.ts'
import type { Service } from './service.ts'

const uses = [
  ...agentUses,
  'ARPANET_BRIDGE',
  'ARPANET_CIDR',
  'ARPANET_LEASE_TTL',
  'ARPANET_SUBNET',
  'ARPANET_TUNNEL',
  'CONSUL_KV_PATH',
  'TUNNEL_NAME',
  'TUNNEL_PORT',
] as const

type TunnelSettings = Pick<Settings, (typeof uses)[number]>

const agent = (settings: TunnelSettings): AgentService => ({
  agent: 'tunnel',
  settings,
  container: settings.TUNNEL_NAME,
  image: settings.ARPANET_IMAGE,
  port: settings.TUNNEL_PORT,
  args: [],
  environment: {
    ARPANET_IMAGE: settings.ARPANET_IMAGE,
    ARPANET_BRIDGE: settings.ARPANET_BRIDGE,
    ARPANET_CIDR: settings.ARPANET_CIDR,
    ARPANET_IP: settings.ARPANET_IP,
    ARPANET_LEASE_TTL: `${settings.ARPANET_LEASE_TTL}ms`,
    ...(settings.ARPANET_SUBNET === undefined ? {} : { ARPANET_SUBNET: settings.ARPANET_SUBNET }),
    ARPANET_TUNNEL: settings.ARPANET_TUNNEL,
    CONSUL_KV_PATH: settings.CONSUL_KV_PATH,
    CONSUL_PORT: String(settings.CONSUL_PORT),
    TUNNEL_NAME: settings.TUNNEL_NAME,
    TUNNEL_PORT: String(settings.TUNNEL_PORT),
  },
})

/**
 * On the host's network, where it may change devices, routes and rules (NET_ADMIN); the programs of an iptables without
 * nftables open a raw socket for that (NET_RAW).
 */
const spec = (settings: TunnelSettings): ContainerSpec => ({
  ...agentSpec(agent(settings)),
  capabilities: ['NET_ADMIN', 'NET_RAW'],
})

/** Keeps the ways to the other hosts' containers. */
export const tunnel: Service<(typeof uses)[number]> = {
  name: 'tunnel',
  summary: "lets this host's containers reach those of the others by their addresses",
  uses,
  named: 'TUNNEL_NAME',
  leaves: true,
  spec,
  ready: (settings) => agentReady(agent(settings)),
  page: (settings) => agentPage(agent(settings)),
  registration: (settings) => agentRegistration(agent(settings)),
}
