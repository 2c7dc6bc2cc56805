import type { Binding, ContainerPort, DockerContainer } from '../../../../src/model/docker-container.ts'
import type { RegistrationPolicy } from '../../../../src/model/registration-policy.ts'
import type { Registration } from '../../../../src/model/registration.ts'

/** `80/tcp`, or `80` for it. */
export function port(text: string): ContainerPort {
  const [number, protocol = 'tcp'] = text.split('/')
  return { port: Number(number), protocol: protocol as ContainerPort['protocol'] }
}

/** `0.0.0.0:8080->80/tcp`, as docker ps writes it; `8080->80` for it. */
export function binding(text: string): Binding {
  const [outside = '', inside = ''] = text.split('->')
  const [, hostAddress = '0.0.0.0', hostPort] = /^(?:(.*):)?(\d+)$/.exec(outside) ?? []
  return { ...port(inside), hostAddress: hostAddress.replace(/[[\]]/g, ''), hostPort: Number(hostPort) }
}

/** nginx, whose port 80 is the host's 8080. */
export const aContainer = (changes: Partial<DockerContainer> = {}): DockerContainer => ({
  id: 'c0ffee0123456789'.repeat(4),
  name: 'web',
  image: 'nginx:1',
  state: 'running',
  isStopping: false,
  exitCode: 0,
  createdAt: 1_700_000_000,
  environment: {},
  labels: {},
  exposed: [port('80')],
  bindings: [binding('8080->80')],
  networkMode: 'default',
  networks: { bridge: { ipv4: '10.210.1.2', ipv6: '' } },
  health: 'none',
  ...changes,
})

/** Ports published under the host's number a hundred above. */
export const published = (...texts: string[]): Pick<DockerContainer, 'exposed' | 'bindings'> => ({
  exposed: texts.map(port),
  bindings: texts.map((text) => ({ ...port(text), hostAddress: '0.0.0.0', hostPort: port(text).port + 100 })),
})

/** What `aContainer` is registered as. */
export const aRegistration = (changes: Partial<Registration> = {}): Registration => ({
  id: 'h1:web:80',
  name: 'nginx',
  address: '192.0.2.1',
  port: 8080,
  tags: [],
  meta: {},
  checks: [],
  ...changes,
})

export const aPolicy = (changes: Partial<RegistrationPolicy> = {}): RegistrationPolicy => ({
  hostname: 'h1',
  hostAddress: '192.0.2.1',
  hostAddress6: '2001:db8::1',
  internal: false,
  explicit: false,
  tags: '',
  allowScripts: false,
  deregister: 'always',
  owner: 'registrator',
  ...changes,
})
