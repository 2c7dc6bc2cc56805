import type Dockerode from 'dockerode'
import type { Binding, ContainerPort, DockerContainer, Health } from '../../model/docker-container.ts'
import type { DockerEvent, Watch } from './docker.ts'
import { ifThere, type Attempt } from './errors.ts'
import { splitLines } from '../lines.ts'

/** What of a container never changes once it is made. */
interface Fixed {
  readonly image: string
  readonly environment: Readonly<Record<string, string>>
  readonly exposed: readonly ContainerPort[]
  readonly stopSignal: string
  readonly stopBudgetMs: number
}

/** What Docker's list of containers has, beside what the library's types know. */
interface Listed {
  readonly Id: string
  readonly Names: readonly string[] | null
  readonly State: DockerContainer['state']
  readonly Status: string
  readonly Created: number
  readonly Labels: Readonly<Record<string, string>> | null
  readonly Ports:
    | readonly { IP?: string; PrivatePort: number; PublicPort?: number; Type: ContainerPort['protocol'] }[]
    | null
  readonly HostConfig: { readonly NetworkMode?: string }
  readonly NetworkSettings: {
    readonly Networks: Readonly<
      Record<string, { readonly IPAddress: string; readonly GlobalIPv6Address: string }>
    > | null
  } | null
}

/** At a time, so that the first look at a thousand containers neither takes long nor is more than an engine likes. */
const inspectsAtOnce = 16

export function watch(dockerode: Dockerode, attempt: Attempt): Watch {
  const fixed = new Map<string, Fixed>()
  const stopping = new Map<string, number>()
  const ended = new Map<string, { readonly until: number; readonly exitCode: number }>()

  const inspect = async (id: string): Promise<void> => {
    const found = await ifThere(dockerode.getContainer(id).inspect())
    if (found === undefined) return
    const { Config } = found as { Config: Dockerode.ContainerInspectInfo['Config'] & Partial<Stops> }
    fixed.set(id, {
      image: Config.Image,
      environment: variables(Config.Env),
      exposed: Object.keys((Config.ExposedPorts as object | null) ?? {}).map(portOf),
      stopSignal: Config.StopSignal ?? 'SIGTERM',
      stopBudgetMs: (Config.StopTimeout ?? dockersStopSeconds) * 1000,
    })
  }

  const asked = new Map<string, Promise<void>>()
  const inspectOnce = (id: string): Promise<void> => {
    const answer = asked.get(id) ?? inspect(id).finally(() => asked.delete(id))
    asked.set(id, answer)
    return answer
  }

  const inspectAll = async (ids: string[]): Promise<void> => {
    const worker = async () => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) await inspectOnce(id)
    }
    await Promise.all(Array.from({ length: inspectsAtOnce }, worker))
  }

  const list = async (): Promise<DockerContainer[]> => {
    const listed = (await dockerode.listContainers({ all: true })) as unknown as Listed[]
    const ids = new Set(listed.map(({ Id }) => Id))
    for (const id of fixed.keys()) if (!ids.has(id)) fixed.delete(id)
    const [created, others] = [[] as string[], [] as string[]]
    for (const { Id, State } of listed) {
      if (!fixed.has(Id)) (State === 'created' ? created : others).push(Id)
    }
    await inspectAll(others)
    // The engine answers for one that is being started once it is: nobody else waits for that.
    void inspectAll(created).catch(() => undefined)
    const now = performance.now()
    return listed.flatMap((each) => {
      const known = fixed.get(each.Id)
      // It was removed between the two questions.
      if (known === undefined) return []
      const end = ended.get(each.Id)
      if (end !== undefined && end.until > now && each.State === 'running') {
        return [{ ...toContainer(each, known, false), state: 'exited' as const, exitCode: end.exitCode }]
      }
      const isStopping = (stopping.get(each.Id) ?? 0) > now && each.State === 'running'
      return [toContainer(each, known, isStopping)]
    })
  }

  const notice = ({ action, id, attributes }: DockerEvent, seen: (event: DockerEvent) => void): void => {
    if (action === 'kill') {
      const known = fixed.get(id)
      const signal = attributes.signal ?? ''
      if (!isEnd(signal, known?.stopSignal ?? 'SIGTERM')) return
      const budgetMs = (known?.stopBudgetMs ?? dockersStopSeconds * 1000) + graceMs
      stopping.set(id, performance.now() + budgetMs)
      // Nobody else tells that it did not stop.
      setTimeout(() => seen({ action: 'outlives', id, attributes: {} }), budgetMs + 1).unref()
    } else if (action === 'die') {
      stopping.delete(id)
      ended.set(id, { until: performance.now() + lateMs, exitCode: Number(attributes.exitCode ?? 0) })
    } else if (action === 'start' || action === 'destroy') {
      stopping.delete(id)
      ended.delete(id)
    }
  }

  return {
    list: () => attempt('list its containers', list),
    inspect: (id) =>
      attempt(`inspect container ${id.slice(0, 12)}`, () => ifThere(dockerode.getContainer(id).inspect())),
    events: (seen, opened, signal) =>
      attempt('listen to its events', async () => {
        const stream = await dockerode.getEvents({
          filters: { type: ['container', 'network'] },
          abortSignal: signal,
        })
        // What began again meanwhile was not told of.
        ended.clear()
        opened()
        // Iterated as it is: a stream that breaks off must be an error here, and nowhere else.
        for await (const line of splitLines(stream as AsyncIterable<Buffer>)) {
          const event = eventOf(line)
          if (event === undefined || !matters.test(event.action)) continue
          notice(event, seen)
          seen(event)
        }
      }),
  }
}

/** What Docker waits between a stop signal and the end, where nobody said otherwise. */
const dockersStopSeconds = 10
/** For so long after it says that a container ended, an engine may list it as running. */
const lateMs = 5_000
/** After which a container that was told to stop, and did not, counts as one that goes on. */
const graceMs = 5_000

interface Stops {
  readonly StopSignal?: string
  readonly StopTimeout?: number
}

/** Of all that happens to containers and networks, what changes what others may know of them; not every health probe. */
const matters =
  /^(create|start|restart|kill|die|destroy|rename|pause|unpause|update|health_status.*|connect|disconnect)$/

function eventOf(line: string): DockerEvent | undefined {
  if (line.trim() === '') return undefined
  const { Action, Actor } = JSON.parse(line) as {
    Action?: string
    Actor?: { ID?: string; Attributes?: Record<string, string> }
  }
  if (Action === undefined || Actor?.ID === undefined) return undefined
  const attributes = Actor.Attributes ?? {}
  // A network's events name the container beside it.
  return { action: Action, id: attributes.container ?? Actor.ID, attributes }
}

const numbers: Readonly<Record<string, string>> = {
  HUP: '1',
  INT: '2',
  QUIT: '3',
  KILL: '9',
  USR1: '10',
  USR2: '12',
  TERM: '15',
  WINCH: '28',
}

/** Whether a signal is the container's own for an end, or one that nothing outlives. */
function isEnd(signal: string, stopSignal: string): boolean {
  const number = (name: string) => numbers[name.toUpperCase().replace(/^SIG/, '')] ?? name
  return number(signal) === number(stopSignal) || number(signal) === '9'
}

function portOf(text: string): ContainerPort {
  const [port = '', protocol = 'tcp'] = text.split('/')
  return { port: Number(port), protocol: protocol as ContainerPort['protocol'] }
}

/** The last of several of one name counts, as for the program inside. */
function variables(list: readonly string[] | null): Record<string, string> {
  return Object.fromEntries(
    (list ?? []).map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}

function toContainer(listed: Listed, fixed: Fixed, isStopping: boolean): DockerContainer {
  const { Id, Names, State, Status, Created, Labels, Ports, HostConfig, NetworkSettings } = listed
  return {
    id: Id,
    // Legacy links give it further names, as /other/alias.
    name: ((Names ?? []).find((name) => name.lastIndexOf('/') === 0) ?? `/${Id.slice(0, 12)}`).slice(1),
    image: fixed.image,
    state: State,
    isStopping,
    exitCode: Number(/^Exited \((\d+)\)/.exec(Status)?.[1] ?? 0),
    createdAt: Created,
    environment: fixed.environment,
    labels: Labels ?? {},
    exposed: fixed.exposed,
    bindings: (Ports ?? []).flatMap(({ IP, PrivatePort, PublicPort, Type }): Binding[] =>
      PublicPort === undefined
        ? []
        : [{ port: PrivatePort, protocol: Type, hostAddress: IP ?? '0.0.0.0', hostPort: PublicPort }],
    ),
    networkMode: HostConfig.NetworkMode ?? 'default',
    networks: Object.fromEntries(
      Object.entries(NetworkSettings?.Networks ?? {}).map(([name, { IPAddress, GlobalIPv6Address }]) => [
        name,
        { ipv4: IPAddress, ipv6: GlobalIPv6Address },
      ]),
    ),
    health: healthOf(Status),
  }
}

/** Docker's list says it in words: `Up 5 minutes (healthy)`. */
function healthOf(status: string): Health {
  if (status.endsWith('(healthy)')) return 'healthy'
  if (status.endsWith('(unhealthy)')) return 'unhealthy'
  return status.endsWith('(health: starting)') ? 'starting' : 'none'
}
