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
        const { IPAM, Options } = await dockerode.getNetwork('bridge').inspect()
        const ipv4 = IPAM?.Config?.find(({ Subnet }) => Subnet?.includes('.'))
        if (ipv4?.Subnet === undefined) throw new Error('network "bridge" has no IPv4 subnet')
        const device = Options?.['com.docker.network.bridge.name'] ?? 'docker0'
        return { subnet: ipv4.Subnet, gateway: ipv4.Gateway, device }
      }),
    isRootless: () =>
      attempt('ask what it may do', async () => {
        const { SecurityOptions } = (await dockerode.info()) as { SecurityOptions?: string[] | null }
        return SecurityOptions?.includes('name=rootless') ?? false
      }),
  }
}
