/** A port that some program on this host holds. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp'
  /** 0.0.0.0 where it is held on every address, those of IPv6 included. */
  readonly address: string
  readonly port: number
}

const listening = '0A'
const unconnected = '07'
const everywhere = '0.0.0.0'

/**
 * What /proc/net/tcp, tcp6, udp or udp6 says is held (Linux, Documentation/networking/proc_net_tcp.rst): little-endian
 * hexadecimal words. Of IPv6 only what takes IPv4 as well: the wildcard, and IPv4 addresses mapped into it.
 */
export function listeners(protocol: Listener['protocol'], table: string): Listener[] {
  const state = protocol === 'tcp' ? listening : unconnected
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === state)
    .flatMap((fields) => {
      const [hex = '', port = ''] = (fields[1] ?? '').split(':')
      const address = ipv4(hex)
      return address === undefined ? [] : [{ protocol, address, port: parseInt(port, 16) }]
    })
}

function ipv4(hex: string): string | undefined {
  if (/^0{32}$/.test(hex)) return everywhere
  const mapped = /^0{16}FFFF0000(.{8})$/.exec(hex)?.[1]
  const word = mapped ?? (hex.length === 8 ? hex : undefined)
  return word
    ?.match(/../g)
    ?.reverse()
    .map((byte) => parseInt(byte, 16))
    .join('.')
}

/** Whether a program that wants this port at `address` finds it taken. */
export const isHeld = (
  all: readonly Listener[],
  { protocol, address, port }: Listener,
): Listener | undefined =>
  all.find(
    (each) =>
      each.protocol === protocol &&
      each.port === port &&
      (each.address === address || each.address === everywhere || address === everywhere),
  )
