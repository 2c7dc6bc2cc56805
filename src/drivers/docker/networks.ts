import type Dockerode from 'dockerode'
import type { Networks } from './docker.ts'
import { isMissing, type Attempt } from './errors.ts'

export function networks(dockerode: Dockerode, attempt: Attempt): Networks {
  return {
    list: () =>
      attempt('list its networks', async () => {
        const listed = await dockerode.listNetworks()
        return listed.map(({ Name, Driver, Labels }) => ({
          name: Name,
          driver: Driver,
          labels: (Labels as Readonly<Record<string, string>> | null) ?? {},
        }))
      }),
    connect: (network, container, aliases) =>
      attempt(`connect ${container} to network ${network}`, async () => {
        await dockerode
          .getNetwork(network)
          .connect({ Container: container, EndpointConfig: { Aliases: [...aliases] } })
      }),
    disconnect: (network, container) =>
      attempt(`disconnect ${container} from network ${network}`, async () => {
        try {
          await dockerode.getNetwork(network).disconnect({ Container: container, Force: true })
        } catch (error) {
          if (!isMissing(error)) throw error as Error
        }
      }),
  }
}
