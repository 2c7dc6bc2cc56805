import { networkInterfaces } from 'node:os'
import type { Host } from '../model/host.ts'
import { realNameservers } from '../model/resolvers.ts'
import { readText } from './files.ts'

/** The host's own files as the wrapper mounts them: what programs read, then where stubs keep the servers behind them. */
const resolvConfs = [
  '/host/etc/resolv.conf',
  '/host/run/systemd/resolve/resolv.conf',
  '/host/run/NetworkManager/no-stub-resolv.conf',
]

/** Without the wrapper's mounts there is what Docker made of the host's file for this container. */
const ownResolvConf = '/etc/resolv.conf'

/** Reads what is to know of the host that `name` runs on; `bridgeAddress` comes from its Docker engine. */
export async function readHost(name: string, bridgeAddress: string): Promise<Host> {
  const texts = await Promise.all([...resolvConfs, ownResolvConf].map(readText))
  const present = texts.filter((text) => text !== undefined)
  return {
    name,
    addresses: addressesSeen(bridgeAddress),
    bridgeAddress,
    // After setup the container's file names Consul itself: a recursor must never be that.
    resolvers: realNameservers(present, [bridgeAddress]).filter((server) => !server.includes('%')),
  }
}

/** Only in the host's network namespace is Docker's bridge among the interfaces. */
function addressesSeen(bridgeAddress: string): string[] | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)
  const own = all.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
  return own.includes(bridgeAddress) ? own : undefined
}
