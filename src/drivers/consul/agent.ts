import type Client from 'consul'
import { formatRegistration } from '../../model/registration.ts'
import type { Attempt } from './attempt.ts'
import type { Agent } from './consul.ts'

/** Where the registration itself is kept with it, to be compared with a later one. */
const registrationKey = 'arpanet-registration'

/** A service as `/v1/agent/services` gives it. */
interface Listed {
  readonly Meta: Readonly<Record<string, string>> | null
}

export function agent(client: Client, attempt: Attempt): Agent {
  return {
    has: (registration) =>
      attempt(async (options) => {
        const listed = (await client.agent.service.list(options)) as unknown as Readonly<
          Record<string, Listed>
        >
        return listed[registration.id]?.Meta?.[registrationKey] === formatRegistration(registration)
      }),
    register: (registration) =>
      attempt(async (options) => {
        const { id, name, address, port, check } = registration
        const http = {
          http: check.url,
          interval: `${check.intervalSeconds}s`,
          timeout: '5s',
          status: 'passing',
        }
        const meta = { [registrationKey]: formatRegistration(registration) }
        await client.agent.service.register({
          id,
          name,
          address,
          port,
          meta,
          check: http as never,
          ...options,
        })
      }),
    deregister: (id) =>
      attempt(async (options) => {
        await client.agent.service.deregister({ id, ...options })
      }),
  }
}
