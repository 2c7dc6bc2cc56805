import type { DockerContainer } from './docker-container.ts'
import type { TemplateValue } from './go-template-values.ts'

/** A container as `docker inspect` names its parts, as far as we read them: what a template of tags sees. */
export function containerView(container: DockerContainer): TemplateValue {
  const map = <T, U extends TemplateValue>(record: Readonly<Record<string, T>>, view: (value: T) => U) =>
    new Map(Object.entries(record).map(([key, value]) => [key, view(value)] as const))
  const { state, environment, labels, exposed, networks } = container
  return {
    ID: container.id,
    Name: `/${container.name}`,
    Config: {
      Image: container.image,
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      Labels: map(labels, (value) => value),
      ExposedPorts: new Map(exposed.map(({ port, protocol }) => [`${port}/${protocol}`, {}])),
    },
    State: {
      Status: state,
      Running: state === 'running' || state === 'paused' || state === 'restarting',
      Paused: state === 'paused',
      Restarting: state === 'restarting',
      ExitCode: container.exitCode,
      Health: { Status: container.health },
    },
    HostConfig: { NetworkMode: container.networkMode },
    NetworkSettings: {
      Networks: map(networks, ({ ipv4, ipv6 }) => ({ IPAddress: ipv4, GlobalIPv6Address: ipv6 })),
    },
  }
}
