import type { Settings } from '../settings/table.ts'
import { agentPage, agentReady, agentRegistration, agentSpec, agentUses, type AgentService } from './agent.ts'
import type { Service } from './service.ts'

const uses = [
  ...agentUses,
  'CONSUL_KV_PATH',
  'FLEETSTREET_IMAGE',
  'FLEETSTREET_NAME',
  'FLEETSTREET_PORT',
  'FLEETSTREET_ENV',
] as const

type FleetstreetSettings = Pick<Settings, (typeof uses)[number]>

const agent = (settings: FleetstreetSettings): AgentService => ({
  agent: 'fleetstreet',
  settings,
  container: settings.FLEETSTREET_NAME,
  image: settings.FLEETSTREET_IMAGE,
  port: settings.FLEETSTREET_PORT,
  // The original arpanet told it -ensure too, and so left out all containers but the stack's own.
  args: [
    `-ip=${settings.ARPANET_IP}`,
    `consul://${settings.ARPANET_IP}:${settings.CONSUL_PORT}/${folderOf(settings)}`,
  ],
  environment: { FLEETSTREET_ENV: settings.FLEETSTREET_ENV },
})

/** Tells the whole cluster what this host's containers are. */
export const fleetstreet: Service<(typeof uses)[number]> = {
  name: 'fleetstreet',
  summary: 'tells the cluster what runs on this host',
  uses,
  named: 'FLEETSTREET_NAME',
  leaves: false,
  spec: (settings) => agentSpec(agent(settings)),
  ready: (settings) => agentReady(agent(settings)),
  page: (settings) => agentPage(agent(settings)),
  registration: (settings) => agentRegistration(agent(settings)),
}

/** Without slashes at its ends, as in keys. */
const folderOf = ({ CONSUL_KV_PATH }: FleetstreetSettings): string =>
  `${CONSUL_KV_PATH.replace(/^\/|\/$/g, '')}/containers`
