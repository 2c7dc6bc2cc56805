import type Dockerode from 'dockerode'
import type { Engine } from './docker.ts'
import type { Attempt } from './errors.ts'

export function engine(dockerode: Dockerode, attempt: Attempt): Engine {
  return {
    version: () =>
      attempt('ask its version', async () => {
        const { Version, ApiVersion } = await dockerode.version()
        return { version: Version, api: ApiVersion }
      }),
    bridge: () =>
      attempt('look at its default bridge', async () => {
        const { IPAM } = await dockerode.getNetwork('bridge').inspect()
        const ipv4 = IPAM?.Config?.find(({ Subnet }) => Subnet?.includes('.'))
        if (ipv4?.Subnet === undefined) throw new Error('network "bridge" has no IPv4 subnet')
        return { subnet: ipv4.Subnet, gateway: ipv4.Gateway }
      }),
  }
}
