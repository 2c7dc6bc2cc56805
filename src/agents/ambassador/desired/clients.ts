import type { DockerContainer } from '../../../model/docker-container.ts'

/** A network of this host as the ambassador sees it. */
export interface Network {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** Opts a user-defined network in: there the ambassador is known as `backends`. */
export const networkLabel = 'arpanet.backends'

/** Docker's default bridge, on which the ambassador always is. */
export const defaultNetwork = 'bridge'

/** Where a container's connections come from, or why none of them can be led anywhere. */
export type Client =
  { readonly addresses: readonly string[]; readonly networks: readonly string[] } | { readonly why: string }

/** The networks that the ambassador may be in. */
export const optedIn = (networks: readonly Network[]): ReadonlySet<string> =>
  new Set([
    defaultNetwork,
    ...networks.filter(({ labels }) => isYes(labels[networkLabel])).map(({ name }) => name),
  ])

const isYes = (value: string | undefined): boolean =>
  value !== undefined && !/^(0|false|no|off)$/i.test(value.trim())

/** Who runs, and may connect; a container that was told to stop still ends its work. */
export const isClient = ({ state }: DockerContainer): boolean => state === 'running' || state === 'paused'

export function clientOf(
  container: DockerContainer,
  byId: ReadonlyMap<string, DockerContainer>,
  allowed: ReadonlySet<string>,
): Client {
  const { networkMode } = container
  if (networkMode === 'host')
    return { why: "it is on the host's network, from which no container is told apart" }
  const shared = /^container:(.+)$/.exec(networkMode)?.[1]
  if (shared !== undefined) {
    const owner = byId.get(shared)
    return owner === undefined || owner === container
      ? { why: 'the container whose network it shares is not there' }
      : clientOf(owner, new Map(), allowed)
  }
  const networks = Object.entries(container.networks).filter(([name]) => allowed.has(name))
  const addresses = networks.flatMap(([, { ipv4, ipv6 }]) => [ipv4, ipv6].filter((each) => each !== ''))
  if (addresses.length > 0) return { addresses, networks: networks.map(([name]) => name) }
  const names = Object.keys(container.networks).filter((name) => name !== 'none')
  return {
    why:
      names.length === 0
        ? 'it is on no network'
        : `it is on ${names.join(', ')}, where backends is not: expected ${defaultNetwork}, or a network made with --label ${networkLabel}`,
  }
}
