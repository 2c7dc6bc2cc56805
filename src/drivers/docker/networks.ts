import type Dockerode from 'dockerode'
import type { Networks } from './docker.ts'
import { ifThere, isMissing, type Attempt } from './errors.ts'

/** What Docker tells of a network, as far as we look. */
interface Inspected {
  readonly Name: string
  readonly Id: string
  readonly Driver: string
  readonly Labels?: Readonly<Record<string, string>> | null
  readonly Options?: Readonly<Record<string, string>> | null
  readonly IPAM?: {
    readonly Config?: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null
  }
  readonly Containers?: Readonly<Record<string, { readonly Name?: string }>> | null
}

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
    find: (name) =>
      attempt(`look at network ${name}`, async () => {
        const found = await ifThere(dockerode.getNetwork(name).inspect() as Promise<Inspected>)
        if (found === undefined) return undefined
        const ipv4 = found.IPAM?.Config?.find(({ Subnet }) => Subnet?.includes('.'))
        return {
          name: found.Name,
          id: found.Id,
          driver: found.Driver,
          labels: found.Labels ?? {},
          options: found.Options ?? {},
          subnet: ipv4?.Subnet,
          gateway: ipv4?.Gateway,
          users: Object.values(found.Containers ?? {}).map(({ Name }) => Name ?? ''),
        }
      }),
    create: ({ name, subnet, gateway, options, labels }) =>
      attempt(`create network ${name}`, async () => {
        await dockerode.createNetwork({
          Name: name,
          Driver: 'bridge',
          // Engines before 25 would else make a second one of the same name.
          CheckDuplicate: true,
          IPAM: { Config: [{ Subnet: subnet, Gateway: gateway }] },
          Options: { ...options },
          Labels: { ...labels },
        })
      }),
    remove: (name) =>
      attempt(`remove network ${name}`, async () => {
        await ifThere(dockerode.getNetwork(name).remove() as Promise<unknown>)
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
