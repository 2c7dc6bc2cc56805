import type { Settings } from '../settings/table.ts'
import { agentPage, agentReady, agentRegistration, agentSpec, agentUses, type AgentService } from './agent.ts'
import type { Service } from './service.ts'

const uses = [
  ...agentUses,
  'REGISTRATOR_IMAGE',
  'REGISTRATOR_NAME',
  'REGISTRATOR_PORT',
  'REGISTRATOR_INTERNAL',
  'REGISTRATOR_SCRIPTS',
] as const

type RegistratorSettings = Pick<Settings, (typeof uses)[number]>

const agent = (settings: RegistratorSettings): AgentService => ({
  agent: 'registrator',
  settings,
  container: settings.REGISTRATOR_NAME,
  image: settings.REGISTRATOR_IMAGE,
  port: settings.REGISTRATOR_PORT,
  args: [
    ...(settings.REGISTRATOR_INTERNAL ? ['-internal'] : ['-ip', settings.ARPANET_IP]),
    '-cleanup',
    '-resync=30',
    '-retry-attempts=-1',
    `consul://${settings.ARPANET_IP}:${settings.CONSUL_PORT}`,
  ],
  environment: {
    ARPANET_IP: settings.ARPANET_IP,
    REGISTRATOR_SCRIPTS: settings.REGISTRATOR_SCRIPTS ? '1' : '0',
  },
})

/** Puts every container of this host into Consul's catalogue, and takes it out again. */
export const registrator: Service<(typeof uses)[number]> = {
  name: 'registrator',
  summary: "puts this host's containers into Consul's catalogue",
  uses,
  named: 'REGISTRATOR_NAME',
  leaves: false,
  spec: (settings) => agentSpec(agent(settings)),
  ready: (settings) => agentReady(agent(settings)),
  page: (settings) => agentPage(agent(settings)),
  registration: (settings) => agentRegistration(agent(settings)),
}
