/** A port inside a container, as 80/tcp. */
export interface ContainerPort {
  readonly port: number
  readonly protocol: 'tcp' | 'udp' | 'sctp'
}

/** A port of the host that leads to a port inside a container. */
export interface Binding extends ContainerPort {
  /** 0.0.0.0 or :: where it is open on every address of the host. */
  readonly hostAddress: string
  readonly hostPort: number
}

/** What the container's HEALTHCHECK says of it. */
export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy'

/** A container as agents see it, in our words, from what Docker lists and inspects. */
export interface DockerContainer {
  /** 64 hexadecimal digits. */
  readonly id: string
  readonly name: string
  /** As it was named when the container was made: nginx, nginx:1, registry:5000/team/web@sha256:… */
  readonly image: string
  readonly state: 'created' | 'running' | 'restarting' | 'paused' | 'exited' | 'dead' | 'removing'
  /** It was told to stop and has not ended yet. */
  readonly isStopping: boolean
  /** Of the last end; 0 while it never ended. */
  readonly exitCode: number
  /** When it was made, in seconds since 1970. */
  readonly createdAt: number
  readonly environment: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly exposed: readonly ContainerPort[]
  readonly bindings: readonly Binding[]
  /** bridge, default, host, none, container:ID, or the name of a network. */
  readonly networkMode: string
  /** Its addresses, by the network's name; an absent address is the empty text. */
  readonly networks: Readonly<Record<string, { readonly ipv4: string; readonly ipv6: string }>>
  readonly health: Health
}
