import type Dockerode from 'dockerode'
import type { Container } from '../../model/container.ts'
import { commandLabel, type ContainerSpec } from '../../model/container-spec.ts'
import { until } from '../clock.ts'
import type { Containers, Ended, RunningContainer } from './docker.ts'
import { ifThere, isAlreadySo, isMissing, type Attempt } from './errors.ts'
import { textOf } from './logs.ts'

export function containers(dockerode: Dockerode, attempt: Attempt): Containers {
  const find = async (name: string): Promise<Container | undefined> => {
    const found = await ifThere(dockerode.getContainer(name).inspect())
    // Docker also takes the beginning of an id for a name.
    return found?.Name === `/${name}` ? fromInspect(found) : undefined
  }

  const stop = async (name: string, signal: string, budgetMs: number): Promise<void> => {
    const container = dockerode.getContainer(name)
    const state = async () => (await find(name))?.state
    const before = await state()
    if (before === 'running') {
      // Not `stop` with a signal, which engines before API 1.42 do not know.
      await container.kill({ signal })
      const ended = await until(async () => ((await state()) === 'running' ? undefined : true), budgetMs, 100)
      if (ended) return
    }
    if (before === 'running' || before === 'restarting' || before === 'paused') {
      await container.stop({ t: 0 }).catch(unless(isAlreadySo))
    }
  }

  const running = async (): Promise<RunningContainer[]> => {
    const all = await dockerode.listContainers()
    const others = all.filter(({ Labels }) => Labels[commandLabel] === undefined)
    const found = await Promise.all(others.map(({ Id }) => ifThere(dockerode.getContainer(Id).inspect())))
    return found
      .filter((each) => each !== undefined)
      .map(({ Name, HostConfig }) => ({
        name: Name.slice(1),
        comesBack: !['', 'no'].includes(HostConfig.RestartPolicy?.Name ?? ''),
      }))
  }

  const run = async (image: string, args: readonly string[], budgetMs: number): Promise<Ended> => {
    const container = await dockerode.createContainer({
      Image: image,
      Cmd: [...args],
      Labels: { [commandLabel]: args[0] ?? '' },
      HostConfig: { CapDrop: ['ALL'], ReadonlyRootfs: true, SecurityOpt: ['no-new-privileges'] },
    })
    try {
      await container.start()
      const state = () => container.inspect().then(({ State }) => (State.Running ? undefined : State))
      const ended = await until(state, budgetMs, 50)
      const log = await container.logs({ stdout: true, stderr: true, follow: false as const })
      if (ended === undefined) throw new Error(`it had not ended after ${budgetMs / 1000} s: ${textOf(log)}`)
      return { exitCode: ended.ExitCode, output: textOf(log) }
    } finally {
      await container.remove({ force: true }).catch(unless(isMissing))
    }
  }

  return {
    find: (name) => attempt(`look at container ${name}`, () => find(name)),
    create: (spec, labels) =>
      attempt(`create container ${spec.name}`, async () => {
        const made = toCreate(spec, labels)
        const { ofInterface, others } = sysctlsOf(spec)
        // An engine of before would leave out what it does not know, and one of now refuses what they knew.
        if (ofInterface.length > 0 && isAtLeast((await dockerode.version()).ApiVersion, endpointSysctls)) {
          made.HostConfig = { ...made.HostConfig, Sysctls: Object.fromEntries(others) }
          const values = ofInterface.map(([name, value]) => `${name.replace('.eth0.', '.IFNAME.')}=${value}`)
          const DriverOpts = { 'com.docker.network.endpoint.sysctls': values.join(',') }
          made.NetworkingConfig = { EndpointsConfig: { [spec.network]: { DriverOpts } } }
        }
        await dockerode.createContainer(made)
      }),
    start: (name) =>
      attempt(`start container ${name}`, async () => {
        await dockerode.getContainer(name).start().catch(unless(isAlreadySo))
      }),
    stop: (name, signal, budgetMs) => attempt(`stop container ${name}`, () => stop(name, signal, budgetMs)),
    remove: (name) =>
      attempt(`remove container ${name}`, async () => {
        await dockerode.getContainer(name).remove({ force: true }).catch(unless(isMissing))
      }),
    lastLines: (name, count) =>
      attempt(`read the log of container ${name}`, async () => {
        const options = { stdout: true, stderr: true, tail: count, follow: false as const }
        return textOf(await dockerode.getContainer(name).logs(options))
          .split('\n')
          .filter(Boolean)
      }),
    running: () => attempt('list what runs', running),
    run: (image, args, budgetMs) => attempt(`run ${image}`, () => run(image, args, budgetMs)),
  }
}

/** The API that takes the sysctls of one interface as an option of its endpoint, and no longer as a container's. */
const endpointSysctls = '1.48'

const isAtLeast = (version: string, least: string): boolean => {
  const [[major = 0, minor = 0] = [], [leastMajor = 0, leastMinor = 0] = []] = [version, least].map((each) =>
    each.split('.').map(Number),
  )
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}

function sysctlsOf({ sysctls = {} }: ContainerSpec) {
  const all = Object.entries(sysctls)
  const isOfInterface = ([name]: readonly [string, string]) => name.includes('.eth0.')
  return { ofInterface: all.filter(isOfInterface), others: all.filter((each) => !isOfInterface(each)) }
}

const unless = (harmless: (error: unknown) => boolean) => (error: unknown) => {
  if (!harmless(error)) throw error
}

function toCreate(
  spec: ContainerSpec,
  labels: Readonly<Record<string, string>>,
): Dockerode.ContainerCreateOptions {
  return {
    name: spec.name,
    Image: spec.image,
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: [...spec.entrypoint] }),
    Cmd: [...spec.args],
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labels },
    ...(spec.user === undefined ? {} : { User: spec.user }),
    HostConfig: {
      // Binds, not Mounts: they make a missing folder of the host on every engine.
      Binds: spec.mounts.map((mount) => `${mount.source}:${mount.target}${mount.readOnly ? ':ro' : ''}`),
      NetworkMode: spec.network,
      ...(spec.sysctls === undefined ? {} : { Sysctls: { ...spec.sysctls } }),
      ...(spec.devices === undefined
        ? {}
        : {
            Devices: spec.devices.map((path) => ({
              PathOnHost: path,
              PathInContainer: path,
              CgroupPermissions: 'rwm',
            })),
          }),
      CapDrop: ['ALL'],
      CapAdd: [...spec.capabilities],
      RestartPolicy: { Name: spec.restart },
    },
  }
}

const fromInspect = (found: Dockerode.ContainerInspectInfo): Container => ({
  id: found.Id,
  name: found.Name.slice(1),
  image: found.Config.Image,
  imageId: found.Image,
  state: found.State.Status as Container['state'],
  exitCode: found.State.ExitCode,
  restarts: found.RestartCount,
  startedAt: found.State.StartedAt,
  labels: found.Config.Labels,
})
