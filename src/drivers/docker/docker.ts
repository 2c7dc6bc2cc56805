import type { Container } from '../../model/container.ts'
import type { DockerContainer } from '../../model/docker-container.ts'
import type { ContainerSpec } from '../../model/container-spec.ts'
import type { PullEvent } from '../../model/pull-progress.ts'
import type { Shell } from '../shell.ts'

/** A Docker engine, in our words. Every method throws an ArpanetError that says what to do. */
export interface Docker {
  readonly engine: Engine
  readonly containers: Containers
  readonly images: Images
  readonly exec: Exec
  readonly logs: Logs
  readonly watch: Watch
  readonly networks: Networks
  /** Runs programs in a running container of this name, as root there. Nothing is asked before the first of them. */
  shell(container: string): ContainerShell
}

export interface Engine {
  /** The engine's version and the API version spoken with it. */
  version(): Promise<{ version: string; api: string }>
  /** Docker's default bridge. Docker 20.10 names no gateway unless `bip` is set. */
  bridge(): Promise<Bridge>
  /** Whether the engine is an ordinary user's, which has a network of its own. */
  isRootless(): Promise<boolean>
}

export interface Bridge {
  /** In CIDR notation. */
  readonly subnet: string
  /** The host's address on it. */
  readonly gateway: string | undefined
  /** The name of its device on the host. */
  readonly device: string
}

export interface Containers {
  /** The container of exactly this name; undefined where there is none. */
  find(name: string): Promise<Container | undefined>
  create(spec: ContainerSpec, labels: Readonly<Record<string, string>>): Promise<void>
  start(name: string): Promise<void>
  /** Sends `signal`, waits `budgetMs` for the end, then kills. Stopped already is stopped. */
  stop(name: string, signal: 'SIGTERM' | 'SIGINT', budgetMs: number): Promise<void>
  /** Removes a container, running or not, and nothing of its mounts. */
  remove(name: string): Promise<void>
  /** The last lines that it wrote, standard output and error as they came. */
  lastLines(name: string, count: number): Promise<string[]>
  /** Everything that runs on this host, ours or not, arpanet's own command lines left out. */
  running(): Promise<RunningContainer[]>
  /** Runs a program in a container of its own on the default bridge, which is gone afterwards. */
  run(image: string, args: readonly string[], budgetMs: number): Promise<Ended>
}

export interface RunningContainer {
  readonly name: string
  /** Docker's restart policy starts it again when the engine comes back. */
  readonly comesBack: boolean
}

/** A program that has ended. */
export interface Ended {
  readonly exitCode: number
  /** What it wrote, both streams. */
  readonly output: string
}

export interface Images {
  /** The id of the image that this name stands for on this host; undefined where there is none. */
  id(image: string): Promise<string | undefined>
  /** Pulls it, with the caller's login where its registry has one; `watch` is told every event. */
  pull(image: string, watch?: (event: PullEvent) => void): Promise<void>
}

/** Where a program's input comes from and its output goes. */
export interface Terminal {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly error: NodeJS.WriteStream
  /** What TERM says of it. */
  readonly type: string | undefined
}

export interface Exec {
  /** Runs a program in a running container with this terminal; its exit status. Signals sent to us reach it. */
  run(name: string, argv: readonly string[], terminal: Terminal): Promise<number>
}

export interface LogOptions {
  /** Goes on until the container ends or a signal comes. */
  readonly follow: boolean
  /** In seconds since 1970; everything without it. */
  readonly since: number | undefined
}

export interface Logs {
  /** Writes what a container wrote, its two streams to ours. */
  write(name: string, options: LogOptions, terminal: Terminal): Promise<void>
}

export interface ContainerShell extends Shell {
  /** Lets go of what is kept open for the next program; this process could not end before. */
  close(): void
}

export interface DockerNetwork {
  readonly name: string
  /** bridge, overlay, host, none … */
  readonly driver: string
  readonly labels: Readonly<Record<string, string>>
}

/** A network whole. */
export interface NetworkDetails extends DockerNetwork {
  readonly id: string
  /** Of IPv4, in CIDR notation; undefined where it has none. */
  readonly subnet: string | undefined
  readonly gateway: string | undefined
  readonly options: Readonly<Record<string, string>>
  /** The names of the containers that are in it and run. */
  readonly users: readonly string[]
}

/** A network of the driver `bridge` that is to be made. */
export interface NetworkSpec {
  readonly name: string
  readonly subnet: string
  readonly gateway: string
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
}

export interface Networks {
  list(): Promise<DockerNetwork[]>
  /** Undefined where there is none of that name. */
  find(name: string): Promise<NetworkDetails | undefined>
  create(spec: NetworkSpec): Promise<void>
  /** None is no error; one that containers are in is. */
  remove(name: string): Promise<void>
  /** Gives a container an address in a network, and in that network the names `aliases`. */
  connect(network: string, container: string, aliases: readonly string[]): Promise<void>
  /** Takes a container out of a network; one that is not in it, or is gone, is no error. */
  disconnect(network: string, container: string): Promise<void>
}

/** Something that happened to a container. */
export interface DockerEvent {
  /** start, kill, die, rename, connect, `health_status: healthy` … */
  readonly action: string
  /** The container's. */
  readonly id: string
  readonly attributes: Readonly<Record<string, string>>
}

/** What agents see of the engine's containers. */
export interface Watch {
  /** All containers, running or not. What never changes is asked once per container. */
  list(): Promise<DockerContainer[]>
  /** All that Docker tells of a container, as it tells it; undefined where there is none of that id. */
  inspect(id: string): Promise<unknown>
  /**
   * Tells of events until the stream ends, fails, or `signal` is aborted; from `opened` on none is missed. Containers
   * that were told to stop are listed as stopping from then on, for as long as somebody listens.
   */
  events(seen: (event: DockerEvent) => void, opened: () => void, signal: AbortSignal): Promise<void>
}
