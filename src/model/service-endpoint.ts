import { isIP } from 'node:net'
import { isHostname } from './address.ts'
import type { Binding, ContainerPort, DockerContainer } from './docker-container.ts'
import type { RegistrationPolicy } from './registration-policy.ts'
import { quoted } from './service-name.ts'

/** A port inside a container, and where others reach it. */
export interface Endpoint {
  readonly exposed: ContainerPort
  readonly address: string
  readonly port: number
}

export interface Endpoints {
  readonly found: readonly Endpoint[]
  /** Ports that nobody reaches, or with no port: why none of the container's is. */
  readonly ignored: readonly { readonly exposed?: ContainerPort; readonly reason: string }[]
}

/** Of most containers, and nothing to be told of. */
export const noPort = 'it exposes and publishes no port'

type Where = { readonly address: string } | { readonly reason: string }

/** `containers` are those of this host, for the ones that live in another's network. */
export function endpointsOf(
  container: DockerContainer,
  containers: readonly DockerContainer[],
  policy: RegistrationPolicy,
): Endpoints {
  const ports = portsOf(container)
  if (ports.length === 0) return { found: [], ignored: [{ reason: noPort }] }

  const label = labelAddress(container, policy)
  const elsewhere = inside(container, containers, policy)
  if (elsewhere === undefined && !policy.internal) {
    // The port stays the host's under an address from a label, as the original has it.
    return published(container, ports, label === undefined ? policy : { ...policy, forcedAddress: label })
  }
  const isJoined = container.networkMode.startsWith('container:')
  const where = label !== undefined && !isJoined ? { address: label } : (elsewhere ?? ownAddress(container))
  const checked = 'address' in where ? checkedAddress(where.address) : where
  if ('reason' in checked) return { found: [], ignored: [checked] }
  return { found: ports.map((exposed) => ({ exposed, ...checked, port: exposed.port })), ignored: [] }
}

function published(
  container: DockerContainer,
  ports: readonly ContainerPort[],
  policy: RegistrationPolicy,
): Endpoints {
  const found: Endpoint[] = []
  const ignored: { exposed: ContainerPort; reason: string }[] = []
  for (const exposed of ports) {
    const binding = firstBinding(container, exposed)
    const where = binding ? boundAddress(binding, policy) : { reason: 'it is not published on the host' }
    const checked = 'address' in where ? checkedAddress(where.address) : where
    if (binding && 'address' in checked) found.push({ exposed, ...checked, port: binding.hostPort })
    else if ('reason' in checked) ignored.push({ exposed, reason: checked.reason })
  }
  return { found, ignored }
}

const order = ['tcp', 'udp', 'sctp']

/** Each port once, the lowest first. */
function portsOf({ exposed, bindings }: DockerContainer): ContainerPort[] {
  const all = new Map(
    [...exposed, ...bindings].map(({ port, protocol }) => [`${port}/${protocol}`, { port, protocol }]),
  )
  return [...all.values()].sort(
    (a, b) => a.port - b.port || order.indexOf(a.protocol) - order.indexOf(b.protocol),
  )
}

/** The first counts, and an IPv6 one only where there is no other: Docker opens most ports on both. */
function firstBinding({ bindings }: DockerContainer, exposed: ContainerPort): Binding | undefined {
  const all = bindings.filter(
    (one) => one.port === exposed.port && one.protocol === exposed.protocol && one.hostPort > 0,
  )
  return all.find((one) => !one.hostAddress.includes(':')) ?? all[0]
}

function boundAddress({ hostAddress }: Binding, policy: RegistrationPolicy): Where {
  if (policy.forcedAddress !== undefined) return { address: policy.forcedAddress }
  if (hostAddress === '' || hostAddress === '0.0.0.0') return { address: policy.hostAddress }
  if (hostAddress !== '::') return { address: hostAddress }
  return policy.hostAddress6 === undefined
    ? { reason: 'it is published on IPv6 only, and this host has no IPv6 address to register' }
    : { address: policy.hostAddress6 }
}

/** Where a container answers whose ports Docker does not publish; undefined for one with a network of its own. */
function inside(
  container: DockerContainer,
  containers: readonly DockerContainer[],
  policy: RegistrationPolicy,
): Where | undefined {
  const { networkMode } = container
  if (networkMode === 'host') return { address: policy.forcedAddress ?? policy.hostAddress }
  if (networkMode === 'none') return { reason: 'it has no network' }
  if (!networkMode.startsWith('container:')) return undefined
  const wanted = networkMode.slice('container:'.length)
  const target = containers.find(({ id, name }) => id === wanted || name === wanted)
  if (target === undefined || target.networkMode.startsWith('container:')) {
    return { reason: `it uses the network of container ${quoted(wanted)}, which is not here` }
  }
  return inside(target, containers, policy) ?? ownAddress(target)
}

/** Its address on the network it was started on; failing that, on the first by name. */
function ownAddress({ networkMode, networks }: DockerContainer): Where {
  const name = networkMode === 'default' ? 'bridge' : networkMode
  const others = Object.keys(networks)
    .filter((one) => one !== name)
    .sort()
  const all = [name, ...others].flatMap((one) => (Object.hasOwn(networks, one) ? [networks[one]] : []))
  const address = all.find((one) => one?.ipv4)?.ipv4 ?? all.find((one) => one?.ipv6)?.ipv6
  return address === undefined ? { reason: 'it has no address on any network' } : { address }
}

/** `10.1.2.3/24`, as tools write it that set addresses, is 10.1.2.3. */
function labelAddress({ labels }: DockerContainer, { addressLabel }: RegistrationPolicy): string | undefined {
  if (addressLabel === undefined || !Object.hasOwn(labels, addressLabel)) return undefined
  const address = labels[addressLabel]?.replace(/\/[^/]*$/, '')
  return address === '' ? undefined : address
}

/** Whether others can use an address: Consul refuses the one that stands for every one, and a zone is a host's own. */
export function isReachable(address: string): boolean {
  if (/^[0:.]*$/.test(address.replace(/^::ffff:/i, ''))) return false
  if (isIP(address) !== 0) return !address.includes('%')
  // A name that ends in a number is read as an IPv4 address, which this is none of (https://url.spec.whatwg.org).
  return isHostname(address) && !/(^|\.)(\d+|0x[0-9a-f]*)$/i.test(address)
}

function checkedAddress(address: string): Where {
  if (isReachable(address)) return { address }
  return { reason: `${quoted(address)} is no address of a host, an IP address or a host name was expected` }
}
