import type Dockerode from 'dockerode'
import { networkInterfaces } from 'node:os'
import type { Engine } from './docker.ts'
import type { Attempt } from './errors.ts'

export function engine(dockerode: Dockerode, attempt: Attempt): Engine {
  return {
    version: () =>
      attempt('ask its version', async () => {
        const { Version, ApiVersion } = await dockerode.version()
        return { version: Version, api: ApiVersion }
      }),
    bridgeAddress: () =>
      attempt('look at its default bridge', async () => {
        const bridge = await dockerode.getNetwork('bridge').inspect()
        const gateway = bridge.IPAM?.Config?.find(({ Gateway }) => Gateway?.includes('.'))?.Gateway
        // Engines name no gateway until the first container joins; then the interface tells.
        const name = bridge.Options?.['com.docker.network.bridge.name'] ?? 'docker0'
        const address = gateway ?? networkInterfaces()[name]?.find(({ family }) => family === 'IPv4')?.address
        if (address === undefined) throw new Error(`network "bridge" has no IPv4 address`)
        return address
      }),
  }
}
