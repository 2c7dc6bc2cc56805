import { firstAddress, isHostAddress, isWithinSubnet, localAddresses } from '../model/address.ts'
import type { Host } from '../model/host.ts'
import { realNameservers } from '../model/resolvers.ts'
import type { Bridge } from './docker/docker.ts'
import { readText } from './files.ts'

/** The host's own files as the wrapper mounts them: what programs read, then where stubs keep the servers behind them. */
const resolvConfs = [
  '/host/etc/resolv.conf',
  '/host/run/systemd/resolve/resolv.conf',
  '/host/run/NetworkManager/no-stub-resolv.conf',
]

/** Without the wrapper's mounts there is what Docker made of the host's file for this container. */
const ownResolvConf = '/etc/resolv.conf'

/** Reads what is to know of the host called `name`; the bridge is what its Docker engine says of it. */
export async function readHost(name: string, bridge: Pick<Bridge, 'subnet' | 'gateway'>): Promise<Host> {
  const texts = await Promise.all([...resolvConfs, ownResolvConf].map(readText))
  const local = localAddresses((await readText('/proc/net/fib_trie')) ?? '')
  const onBridge = local.find((address) => isWithinSubnet(address, bridge.subnet))
  const bridgeAddress = bridge.gateway ?? onBridge ?? firstAddress(bridge.subnet)
  return {
    name,
    // Only in the host's network namespace is its bridge's address a local one.
    addresses: local.includes(bridgeAddress) ? local.filter(isHostAddress) : undefined,
    bridgeAddress,
    // After setup the container's file names Consul itself: a recursor must never be that.
    resolvers: realNameservers(
      texts.filter((text) => text !== undefined),
      [bridgeAddress],
    ).filter((server) => !server.includes('%')),
    hasIpv6: (await readText('/proc/net/if_inet6')) !== undefined,
  }
}
