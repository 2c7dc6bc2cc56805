import { unavailable } from '../../src/errors.ts'
import type { Docker } from '../../src/drivers/docker/docker.ts'
import type { Container } from '../../src/model/container.ts'
import type { ContainerSpec } from '../../src/model/container-spec.ts'
import type { PullEvent } from '../../src/model/pull-progress.ts'

/** A spec that says something in every field. */
export const aSpec = (changes: Partial<ContainerSpec> = {}): ContainerSpec => ({
  name: 'arpanet_web',
  image: 'example/web:1',
  args: ['serve', '-port=80'],
  environment: { COLOUR: 'blue' },
  mounts: [{ source: '/mnt/web', target: '/data' }],
  network: 'host',
  capabilities: ['NET_BIND_SERVICE'],
  restart: 'unless-stopped',
  ...changes,
})

export const aContainer = (changes: Partial<Container> = {}): Container => ({
  id: '1'.repeat(64),
  name: 'arpanet_web',
  image: 'example/web:1',
  imageId: 'sha256:old',
  state: 'running',
  exitCode: 0,
  restarts: 0,
  startedAt: '2024-01-01T00:00:00Z',
  labels: {},
  ...changes,
})

/** What a fake engine begins with. */
export interface EngineState {
  readonly containers?: readonly Container[]
  /** The images of this host, their ids by their names. */
  readonly images?: Readonly<Record<string, string>>
  /** The images that can be pulled. */
  readonly registry?: Readonly<Record<string, string>>
  /** What a pull tells on its way. */
  readonly events?: readonly PullEvent[]
  /** The last lines of every container's log. */
  readonly log?: readonly string[]
}

export interface FakeDocker extends Docker {
  /** Everything that was changed, in its order: `create web`, `stop web SIGTERM`. Questions leave no trace. */
  readonly changes: string[]
  readonly all: () => Container[]
}

/** An engine in memory. It refuses what a real one refuses, in its words. */
export function fakeDocker({
  containers = [],
  images = {},
  registry = {},
  events = [],
  log = [],
}: EngineState): FakeDocker {
  const byName = new Map(containers.map((container) => [container.name, container]))
  const local = new Map(Object.entries(images))
  const changes: string[] = []
  let made = 0

  const refuse = (doing: string, why: string) =>
    Promise.reject(unavailable(`Docker: cannot ${doing}: ${why}`))
  const change = (line: string): Promise<void> => {
    changes.push(line)
    return Promise.resolve()
  }
  const put = (container: Container) => void byName.set(container.name, container)

  return {
    changes,
    all: () => [...byName.values()],
    engine: {
      version: () => Promise.resolve({ version: '28.5.1', api: '1.51' }),
      bridge: () => Promise.resolve({ subnet: '172.17.0.0/16', gateway: '172.17.0.1', device: 'docker0' }),
      isRootless: () => Promise.resolve(false),
    },
    images: {
      id: (image) => Promise.resolve(local.get(image)),
      pull: (image, watch) => {
        for (const event of events) watch?.(event)
        const id = registry[image]
        if (id === undefined) return refuse(`pull ${image}`, `manifest for ${image} not found`)
        local.set(image, id)
        return change(`pull ${image}`)
      },
    },
    containers: {
      find: (name) => Promise.resolve(byName.get(name)),
      create: (spec, labels) => {
        const doing = `create container ${spec.name}`
        const holder = byName.get(spec.name)
        if (holder) return refuse(doing, `the name is already in use by container ${holder.id}`)
        const imageId = local.get(spec.image)
        if (imageId === undefined) return refuse(doing, `No such image: ${spec.image}`)
        made += 1
        const id = String(made).padStart(64, '0')
        put(aContainer({ id, name: spec.name, image: spec.image, imageId, state: 'created', labels }))
        return change(`create ${spec.name}`)
      },
      start: (name) => {
        const container = byName.get(name)
        if (container === undefined) return refuse(`start container ${name}`, `No such container: ${name}`)
        const { state } = container
        if (state === 'paused' || state === 'dead' || state === 'removing') {
          return refuse(`start container ${name}`, `the container is ${state}`)
        }
        if (state === 'running') return Promise.resolve()
        put({ ...container, state: 'running' })
        return change(`start ${name}`)
      },
      stop: (name, signal) => {
        const container = byName.get(name)
        const stops = container && ['running', 'restarting', 'paused'].includes(container.state)
        if (!stops) return Promise.resolve()
        put({ ...container, state: 'exited' })
        return change(`stop ${name} ${signal}`)
      },
      remove: (name) => (byName.delete(name) ? change(`remove ${name}`) : Promise.resolve()),
      running: () =>
        Promise.resolve(
          [...byName.values()]
            .filter(({ state }) => state === 'running')
            .map(({ name }) => ({ name, comesBack: true })),
        ),
      run: (image) =>
        local.has(image)
          ? Promise.resolve({ exitCode: 0, output: '' })
          : refuse(`run ${image}`, `No such image: ${image}`),
      lastLines: (name, count) =>
        byName.has(name)
          ? Promise.resolve(log.slice(-count))
          : refuse(`read the log of container ${name}`, `No such container: ${name}`),
    },
    exec: {
      run: (name) => {
        const state = byName.get(name)?.state ?? 'missing'
        return state === 'running'
          ? Promise.resolve(0)
          : refuse(`run in ${name}`, `the container is ${state}`)
      },
    },
    watch: {
      list: () => Promise.resolve([]),
      inspect: () => Promise.resolve(undefined),
      events: () => Promise.resolve(),
    },
    networks: {
      list: () => Promise.resolve([]),
      find: () => Promise.resolve(undefined),
      create: ({ name }) => change(`create network ${name}`),
      remove: (name) => change(`remove network ${name}`),
      connect: (network, name) => change(`connect ${name} to ${network}`),
      disconnect: (network, name) => change(`disconnect ${name} from ${network}`),
    },
    shell: (name) => {
      const run = (argv: readonly string[]) => refuse(`run ${argv[0]} in ${name}`, 'there is no such program')
      return { run, follow: run, close: () => undefined }
    },
    logs: {
      write: (name, _options, { output }) => {
        if (!byName.has(name))
          return refuse(`read the log of container ${name}`, `No such container: ${name}`)
        for (const line of log) output.write(`${line}\n`)
        return Promise.resolve()
      },
    },
  }
}
