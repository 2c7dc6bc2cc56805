import type { Listener } from '../model/listener.ts'

/** A network that this host's kernel knows a way to. */
export interface Route {
  /** In CIDR notation. */
  readonly subnet: string
  readonly device: string
}

/** What setup must know of the host before it decides anything. */
export interface HostFacts {
  readonly now: Date
  /** When what every host writes to was written to last: a clock behind that is wrong. */
  readonly newestChange: Date
  /** IPv4 addresses of the host, those of loopback and of Docker's bridge left out. */
  readonly addresses: readonly string[]
  readonly routes: readonly Route[]
  readonly listeners: readonly Listener[]
  /** Of the device that has ARPANET_IP. */
  readonly underlayMtuBytes: number
  readonly resolvers: readonly string[]
  readonly searches: readonly string[]
  /** Docker's default bridge as it is now. */
  readonly bridgeAddress: string
  readonly bridgeDevice: string
  /** Its address with the prefix of its network, such as 172.17.0.1/16. */
  readonly bridge: string
  readonly engine: {
    readonly version: string
    readonly isRootless: boolean
  }
  /** The words that dockerd was started with; none where it cannot be found. */
  readonly daemonArgs: readonly string[]
  /** When dockerd was started; undefined where it cannot be found. */
  readonly daemonStartedAt: Date | undefined
  /** What systemd starts Docker with, our own drop-in left out; undefined where systemd does not run. */
  readonly unitCommand: string | undefined
  /** Our Consul runs: what is held at its ports is held by it. */
  readonly consulRuns: boolean
  /** Docker's TCP socket is open where it should be, so that it is Docker who holds its port. */
  readonly dockerListensThere: boolean
  readonly disks: readonly { readonly path: string; readonly freeBytes: number }[]
}
