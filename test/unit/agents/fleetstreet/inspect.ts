import type { Policy } from '../../../../src/agents/fleetstreet/desired.ts'

export const policy: Policy = {
  host: 'h1',
  ip: '192.0.2.1',
  folder: 'arpanet/containers',
  variable: 'FLEETSTREET_NAME',
  ensure: false,
  shown: 'SERVICE_*,FLEETSTREET_*,BACKEND_*',
}

/** What Docker says of a running container, as far as anybody here looks at it. */
export const anInspect = (changes: Changes = {}) => ({
  Id: changes.Id ?? '1'.repeat(64),
  Name: `/${changes.Name ?? 'web'}`,
  Created: changes.Created ?? '2026-01-01T00:00:00.123456789Z',
  Path: 'web',
  Args: ['-port=80'],
  State: {
    Status: 'running',
    Running: true,
    Pid: 42,
    StartedAt: '2026-01-01T00:00:01Z',
    Error: '',
    Health: { Status: 'healthy', FailingStreak: 0, Log: [{ Output: 'a lot' }] },
    ...changes.State,
  },
  ExecIDs: ['abc'],
  SizeRw: 1,
  Mounts: [{ Destination: '/b' }, { Destination: '/a' }],
  HostConfig: { NetworkMode: 'default', LogConfig: { Type: 'json-file', Config: {} } },
  Config: { Image: 'example/web:1', Env: [] as string[], Labels: {}, Cmd: null, ...changes.Config },
  NetworkSettings: {
    Ports: {
      '80/tcp': [
        { HostIp: '::', HostPort: '8080' },
        { HostIp: '0.0.0.0', HostPort: '8080' },
      ],
      '81/tcp': null,
    },
    Networks: { bridge: { IPAddress: '172.17.0.2' } },
    ...changes.NetworkSettings,
  },
})

export interface Changes {
  readonly Id?: string
  readonly Name?: string
  readonly Created?: string
  readonly State?: object
  readonly Config?: object
  readonly NetworkSettings?: object
}

export const withEnvironment = (...Env: string[]) => anInspect({ Config: { Env } })
