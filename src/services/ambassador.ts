import type { Settings } from '../settings/table.ts'
import { agentPage, agentReady, agentRegistration, agentSpec, agentUses, type AgentService } from './agent.ts'
import type { Service } from './service.ts'

const uses = [
  ...agentUses,
  'AMBASSADORD_IMAGE',
  'AMBASSADOR_NAME',
  'AMBASSADOR_AGENT_NAME',
  'AMBASSADOR_PORT',
] as const

type AmbassadorSettings = Pick<Settings, (typeof uses)[number]>

const agent = (settings: AmbassadorSettings): AgentService => ({
  agent: 'ambassador',
  settings,
  container: settings.AMBASSADOR_AGENT_NAME,
  image: settings.AMBASSADORD_IMAGE,
  port: settings.AMBASSADOR_PORT,
  args: ['--omnimode'],
  // Ten thousand routes are compared at each change, and a new container waits for its own.
  isBusy: true,
  environment: {
    AMBASSADOR_NAME: settings.AMBASSADOR_NAME,
    ARPANET_IP: settings.ARPANET_IP,
    CONSUL_PORT: String(settings.CONSUL_PORT),
  },
})

/** Keeps the rules in `backends` what this host's containers ask for. */
export const ambassador: Service<(typeof uses)[number]> = {
  name: 'ambassador',
  summary: 'leads each container of this host to the services that it names',
  uses,
  named: 'AMBASSADOR_AGENT_NAME',
  leaves: false,
  spec: (settings) => agentSpec(agent(settings)),
  ready: (settings) => agentReady(agent(settings)),
  page: (settings) => agentPage(agent(settings)),
  registration: (settings) => agentRegistration(agent(settings)),
}
