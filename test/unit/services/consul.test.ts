import assert from 'node:assert/strict'
import type { Host } from '../../../src/model/host.ts'
import { consul, type ConsulOptions } from '../../../src/services/consul.ts'
import { services } from '../../../src/services/index.ts'
import { resolve } from '../../../src/settings/resolve.ts'
import { declaration, settingNames } from '../../../src/settings/table.ts'

const settings = resolve(consul.uses, [{ HOSTNAME: 'h1', ARPANET_IP: '192.0.2.1' }])
const host: Host = {
  name: 'h1',
  addresses: ['192.0.2.1', '172.17.0.1'],
  bridgeAddress: '172.17.0.1',
  resolvers: ['198.51.100.1', '198.51.100.2'],
  hasIpv6: true,
}
const spec = (options: Partial<ConsulOptions> = {}, changes: Partial<Host> = {}, own = {}) =>
  consul.spec({ ...settings, ...own }, { ...host, ...changes }, { mode: 'boot', args: [], ...options })

/** What every agent gets. */
const agent = [
  'agent',
  '-data-dir=/consul/data',
  '-node=h1',
  '-bind=192.0.2.1',
  '-advertise=192.0.2.1',
  '-client=127.0.0.1',
  '-http-port=8500',
  '-dns-port=53',
  '-ui',
  '-rejoin',
  '-recursor=198.51.100.1',
  '-recursor=198.51.100.2',
  '-hcl=addresses { http = "192.0.2.1 127.0.0.1", dns = "172.17.0.1" }',
  '-hcl=disable_update_check = true',
]
const server = ['-server', '-hcl=skip_leave_on_interrupt = false', '-hcl=performance { raft_multiplier = 2 }']
const joining = ['-retry-join=192.0.2.9', '-retry-interval=3s']

describe('consul service', () => {
  it('boots the first server, which waits for the others', () => {
    assert.deepEqual(spec().args, [...agent, ...server, '-bootstrap-expect=3'])
  })

  it('adds a server that joins and expects nothing', () => {
    assert.deepEqual(spec({ mode: 'server', join: '192.0.2.9' }).args, [...agent, ...server, ...joining])
  })

  it('adds a client that joins and is no server', () => {
    assert.deepEqual(spec({ mode: 'client', join: '192.0.2.9' }).args, [...agent, ...joining])
  })

  it("puts the user's arguments last, as they are, so that they win", () => {
    const args = ['-node', 'mycustomname', '-log-level=debug', '-hcl=x = "a b"', '']
    assert.deepEqual(spec({ args }).args.slice(-args.length), args)
    assert.deepEqual(spec({ mode: 'client', join: 'h2', args }).args.slice(-args.length), args)
  })

  const old: Record<string, string> = {
    '-dc': '-datacenter',
    '--dc': '-datacenter',
    '-dc=dc34': '-datacenter=dc34',
    '--dc=dc34': '-datacenter=dc34',
    '-dcx': '-dcx',
    'x-dc': 'x-dc',
    dc: 'dc',
  }
  for (const [typed, passed] of Object.entries(old)) {
    it(`passes ${typed} on as ${passed}`, () => {
      assert.deepEqual(spec({ args: [typed, 'dc34'] }).args.slice(-2), [passed, 'dc34'])
    })
  }

  it('asks no server for other names where the host has no resolver', () => {
    assert.equal(spec({}, { resolvers: [] }).args.filter((arg) => arg.startsWith('-recursor')).length, 0)
  })

  it('follows the settings', () => {
    const own = {
      CONSUL_PORT: 9500,
      CONSUL_EXPECT: 1,
      CONSUL_DATA: '/srv/c',
      CONSUL_NAME: 'other',
      CONSUL_IMAGE: 'i',
    }
    const { args, mounts, name, image, environment } = spec({}, {}, own)
    assert.ok(args.includes('-http-port=9500'))
    assert.ok(args.includes('-bootstrap-expect=1'))
    assert.equal(environment.CONSUL_HTTP_ADDR, '127.0.0.1:9500')
    assert.deepEqual(mounts, [{ source: '/srv/c', target: '/consul/data' }])
    assert.deepEqual([name, image], ['other', 'i'])
  })

  it('runs on the network of the host, again after every restart, and keeps its data there', () => {
    const { args, ...rest } = spec()
    assert.equal(args[0], 'agent')
    assert.deepEqual(rest, {
      name: 'arpanet_consul',
      image: declaration('CONSUL_IMAGE').default,
      environment: {
        CONSUL_ALLOW_PRIVILEGED_PORTS: 'yes',
        CONSUL_HTTP_ADDR: '127.0.0.1:8500',
        SERVICE_IGNORE: 'true',
      },
      mounts: [{ source: '/mnt/arpanet-consul', target: '/consul/data' }],
      network: 'host',
      capabilities: [
        'CHOWN',
        'DAC_OVERRIDE',
        'FOWNER',
        'KILL',
        'NET_BIND_SERVICE',
        'SETFCAP',
        'SETGID',
        'SETUID',
      ],
      restart: 'unless-stopped',
    })
  })

  it('is ready when its API answers at the address of the host', () => {
    assert.deepEqual(consul.ready(settings), {
      kind: 'http',
      url: 'http://192.0.2.1:8500/v1/agent/self',
      budgetMs: 30_000,
    })
  })
})

describe('services', () => {
  for (const service of services) {
    it(`${service.name} is named by a setting that it uses`, () => {
      assert.ok((service.uses as readonly string[]).includes(service.named))
      for (const name of service.uses) assert.ok(settingNames.includes(name))
    })
  }

  it('have names of their own', () => {
    assert.equal(new Set(services.map(({ name }) => name)).size, services.length)
  })
})
