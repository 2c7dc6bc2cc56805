import { usage } from '../errors.ts'
import type { Host } from '../model/host.ts'

/** Throws where ARPANET_IP, which is `address`, is none of this host's; any is taken where those cannot be seen. */
export function checkOwnAddress(
  address: string,
  { addresses, bridgeAddress }: Pick<Host, 'addresses' | 'bridgeAddress'>,
): void {
  if (addresses === undefined || addresses.includes(address)) return
  const candidates = addresses.filter((candidate) => candidate !== bridgeAddress)
  throw usage(
    `ARPANET_IP: expected an IPv4 address of this host, got "${address}"`,
    candidates.map((candidate) => `export ARPANET_IP=${candidate}`).join('\n'),
  )
}
