import { unavailable } from '../errors.ts'
import type { Shell } from './shell.ts'

/** A device of WireGuard, without its private key. */
export interface WireguardState {
  /** In base64; undefined where it has no key yet. */
  readonly publicKey: string | undefined
  /** Of UDP; undefined where it has none yet. */
  readonly port: number | undefined
  readonly peers: readonly {
    readonly publicKey: string
    /** As 192.0.2.8:51821; '' where nobody said. */
    readonly endpoint: string
    /** Sorted. */
    readonly subnets: readonly string[]
  }[]
}

/** Devices of WireGuard, of the kernel or of a process, by the program wg(8) of whoever has them. */
export interface Wireguard {
  state(device: string): Promise<WireguardState>
  /** Sets what the words say, each as wg(8) has it: `peer KEY remove`, `private-key`, which is a new one. All or nothing. */
  set(device: string, lines: readonly string[]): Promise<void>
}

const newKey = 'private-key'
/** Nobody sees it: not we, and not who lists the words of programs. */
const withNewKey = 'wg genkey | "$@"'

export function connect(shell: Shell): Wireguard {
  return {
    state: async (device) => readDump(await shell.run(['wg', 'show', device, 'dump'])),
    set: async (device, lines) => {
      const words = lines.flatMap((line) => (line === newKey ? [newKey, '/dev/stdin'] : line.split(' ')))
      const argv = ['wg', 'set', device, ...words]
      await shell.run(lines.includes(newKey) ? ['sh', '-c', withNewKey, 'sh', ...argv] : argv)
    },
  }
}

const nothing = '(none)'

/** As `wg show DEVICE dump` writes it: a line of the device, and one for each peer; words are apart by tabs. */
export function readDump(text: string): WireguardState {
  const [first, ...rest] = text.split('\n').filter((line) => line !== '')
  const [, publicKey, port] = first?.split('\t') ?? []
  if (publicKey === undefined || !/^\d+$/.test(port ?? '')) {
    throw unavailable('wg: what it listed is no device, a line with its keys and its port was expected')
  }
  return {
    publicKey: publicKey === nothing ? undefined : publicKey,
    port: port === '0' ? undefined : Number(port),
    peers: rest.map((line) => {
      const [key = '', , endpoint = nothing, subnets = nothing] = line.split('\t')
      return {
        publicKey: key,
        endpoint: endpoint === nothing ? '' : endpoint,
        subnets: subnets === nothing ? [] : subnets.split(',').sort(),
      }
    }),
  }
}
