/** An instance that connections are led to, or were when they were opened. */
export interface InstanceView {
  readonly address: string
  readonly port: number
  /** Its share of new connections; 0 where it gets none any more. */
  readonly weight: number
  /** Connections of this route that are open now. */
  readonly open: number
}

/** What one container asks for at one port, and what it gets. */
export interface RouteView {
  readonly container: string
  /** Where its connections come from. */
  readonly addresses: readonly string[]
  readonly port: number
  readonly protocols: readonly ('tcp' | 'udp')[]
  /** In the container's own words. */
  readonly asked: string
  readonly instances: readonly InstanceView[]
  /** Why no connection is led anywhere; absent where one is. */
  readonly why?: string | undefined
  /** Why nobody can be asked any more; the instances are the last known. */
  readonly stale?: string | undefined
  /** Since the route was made. */
  readonly opened: number
  readonly bytes: number
}

/** A variable or label that makes no sense. */
export interface FaultView {
  readonly container: string
  readonly variable: string
  readonly text: string
  readonly reason: string
}

/** What the ambassador of a host tells of its routes. */
export interface RoutesView {
  readonly routes: readonly RouteView[]
  readonly faults: readonly FaultView[]
}
