// The ways to a real Consul that a registrator can be told of, and the keys that it keeps there.
//
//     test ─┬─ 127.0.0.1 ── lab's wire ── h1 192.0.2.1:8501, TLS and a token ─┬─ consul server
//           └─ a socket in the file system of h1 ─────────────────────────────┘
//
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { consulKeys } from '../../src/agents/registrator/key-store-consul.ts'
import { certificates, type Identity } from '../../src/drivers/certificates.ts'
import type { Consul } from '../../src/drivers/consul/consul.ts'
import type { ConsulEndpoint } from '../../src/model/registry-target.ts'
import { wire } from '../../src/wire.ts'
import { eventually } from '../lab/eventually.ts'
import { productImage } from '../lab/image.ts'
import { checkout } from '../lab/places.ts'
import { container, options, startKeyRegistrator } from '../support/key-registrator.ts'
import { useProductLab } from '../support/product-lab.ts'

/** Whatever was wrong, so long after it is right the keys are. */
const budgetMs = 5_000
const token = '11111111-2222-3333-4444-555555555555'

const consulArgs = [
  'ports { https = 8501 }',
  'addresses { https = "192.0.2.1", http = "192.0.2.1 127.0.0.1 unix:///consul/data/http.sock" }',
  'ca_file = "/consul/data/tls/ca.pem"',
  'cert_file = "/consul/data/tls/cert.pem"',
  'key_file = "/consul/data/tls/key.pem"',
  'verify_incoming_https = true',
  `acl { enabled = true, default_policy = "allow", tokens { master = "${token}" } }`,
].map((line) => `-hcl=${line}`)

describe('the ways to Consul', () => {
  const lab = useProductLab('ways', { h1: 'trixie' })
  let door: Server
  let folder: string
  let endpoint: ConsulEndpoint & { at: 'tcp' }
  let variables: Record<string, string>
  const at = (where: ConsulEndpoint, given: Record<string, string> = variables): Promise<Consul> =>
    wire(given).consulAt(where)

  before(async function () {
    this.timeout(120_000)
    const { h1 } = lab()
    const authority = await certificates.issue(
      { name: 'a test', purpose: 'authority', addresses: [], names: [] },
      2,
    )
    const [server, client] = await Promise.all([
      certificates.issue(
        { name: 'h1', purpose: 'server', addresses: ['127.0.0.1'], names: ['server.dc1.consul'] },
        2,
        authority,
      ),
      certificates.issue({ name: 'client', purpose: 'client', addresses: [], names: [] }, 2, authority),
    ])
    folder = await mkdtemp(join(tmpdir(), 'arpanet-ways-'))
    const write = async (name: string, text: string) => {
      await writeFile(join(folder, name), text)
      return join(folder, name)
    }
    variables = {
      CONSUL_HTTP_TOKEN: token,
      CONSUL_CACERT: await write('ca.pem', authority.certificate),
      CONSUL_CLIENT_CERT: await write('cert.pem', client.certificate),
      CONSUL_CLIENT_KEY: await write('key.pem', client.key),
    }
    const place = async (name: string, text: string) => {
      await h1.run(['sh', '-c', 'printf %s "$1" >"/mnt/arpanet-consul/tls/$0"', name, text])
    }
    await h1.run('mkdir -p /mnt/arpanet-consul/tls')
    const files: [string, string][] = [
      ['ca.pem', authority.certificate],
      ['cert.pem', (server satisfies Identity).certificate],
      ['key.pem', server.key],
    ]
    for (const [name, text] of files) await place(name, text)
    await h1.run(['env', 'CONSUL_EXPECT=1', 'arpanet', 'start:consul', 'boot', ...consulArgs])
    door = createServer((socket) => {
      const beyond = lab().connect('192.0.2.1', 8501)
      socket.pipe(beyond).pipe(socket)
      socket.on('error', () => beyond.destroy())
      socket.on('close', () => beyond.destroy())
      beyond.on('error', () => socket.destroy())
      beyond.on('close', () => socket.destroy())
    })
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
    endpoint = { at: 'tcp', host: '127.0.0.1', port: (door.address() as AddressInfo).port, tls: true }
  })
  after(async () => {
    door.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('lead over TLS, with certificates on both sides', async () => {
    const consul = await at(endpoint)
    assert.equal(await consul.cluster.role(), 'server')
    await consul.kv.set('over/tls', Buffer.from('1'))
    assert.equal(String((await consul.kv.entry('over/tls'))?.value), '1')
    const byName = await at(
      { at: 'default' },
      { ...variables, CONSUL_HTTP_ADDR: `https://127.0.0.1:${endpoint.port}` },
    )
    assert.deepEqual(await byName.kv.keys('over/'), ['over/tls'])
    const named = await at(endpoint, { ...variables, CONSUL_TLS_SERVER_NAME: 'server.dc1.consul' })
    assert.deepEqual(await named.kv.keys('over/'), ['over/tls'])
  })

  it('end where a certificate is missing or another, and say so', async () => {
    const { CONSUL_CACERT, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY } = variables
    const failure = async (given: Record<string, string | undefined>) => {
      const consul = await at(endpoint, given as Record<string, string>)
      return consul.kv.keys('').then(
        () => 'no failure',
        (error: unknown) => (error as Error).message,
      )
    }
    const address = `https://127.0.0.1:${endpoint.port}`
    assert.match(
      await failure({}),
      new RegExp(`^Consul: no answer at ${address}: its certificate is not trusted`),
    )
    assert.match(await failure({ CONSUL_CACERT }), /^Consul: no answer at .*: it wants a certificate/)
    assert.match(
      await failure({
        ...{ CONSUL_CACERT, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY },
        CONSUL_TLS_SERVER_NAME: 'other',
      }),
      /: its certificate is for another name or address$/,
    )
  })

  it('send the token with everything, the registration included', async () => {
    const registration = { id: 'a', name: 'a', address: '192.0.2.1', port: 1, tags: [], meta: {}, checks: [] }
    const wrong = await at(endpoint, {
      ...variables,
      CONSUL_HTTP_TOKEN: 'ffffffff-2222-3333-4444-555555555555',
    })
    for (const act of [
      () => wrong.agent.services(),
      () => wrong.agent.register(registration, 'me'),
      () => wrong.kv.keys('none'),
      () => wrong.sessions.named('none'),
    ]) {
      await assert.rejects(act(), /ACL not found \(HTTP 403\)/)
    }
    const right = await at(endpoint)
    await right.agent.register(registration, 'me')
    await right.agent.deregister('a')
  })

  it('lead through a socket of the file system', async () => {
    const path = `/proc/${lab().h1.pid}/root/mnt/arpanet-consul/http.sock`
    const consul = await at({ at: 'unix', path })
    assert.equal(await consul.cluster.leader(), '192.0.2.1')
    await consul.kv.set('over/socket', Buffer.from('1'))
    assert.equal(String((await consul.kv.entry('over/socket'))?.value), '1')
  })

  describe('the registrator', () => {
    const web = container('web', 8080)
    const shop = container('shop', 8081, { environment: { SERVICE_ID: 'shop', SERVICE_NAME: 'shop' } })
    const both = ['services/shop/shop=192.0.2.1:8081', 'services/web/h1:web:80=192.0.2.1:8080']
    let consul: Consul
    let agent: ReturnType<typeof startKeyRegistrator>
    const leaves = async () => (await consul.kv.tree('services')).leaves
    const settles = (should: readonly string[]) =>
      eventually(
        'the keys are what runs',
        async (seen) =>
          seen((await leaves()).map(({ key, value }) => `${key}=${String(value)}`)).join() === should.join(),
        { budgetMs, everyMs: 50 },
      )
    const store = () => consulKeys(consul, 'services', options)

    beforeEach(async () => {
      consul = await at(endpoint)
      agent = startKeyRegistrator(store(), web, shop)
      await settles(both)
    })
    afterEach(async () => {
      agent.run()
      await settles([])
      await agent.end()
    })

    it('follows what runs, and writes nothing while nothing changes or when it starts anew', async () => {
      const before = await leaves()
      assert.equal(new Set(before.map(({ session }) => session)).size, 1)
      assert.notEqual(before[0]?.session, undefined)
      await agent.end()
      agent = startKeyRegistrator(store(), web, shop, container('api', 8082))
      await settles(['services/api/h1:api:80=192.0.2.1:8082', ...both])
      agent.run(web, shop)
      await settles(both)
      assert.deepEqual(await leaves(), before)
    })

    it('takes a session anew that ended', async () => {
      const session = (await leaves())[0]?.session ?? ''
      await consul.sessions.destroy(session)
      assert.deepEqual(await leaves(), [])
      agent.run(web, shop)
      await settles(both)
      assert.notEqual((await leaves())[0]?.session, session)
    })

    it('leaves the keys of others alone, and takes away what the original left', async () => {
      const session = await consul.sessions.create('theirs', 600)
      const set = (key: string) => consul.kv.set(key, Buffer.from('192.0.2.9:1'))
      const held = ['services/web/h1:held:80', 'services/web/h2:web:80']
      const change = held.map(
        (key) =>
          ({ verb: 'set', key, index: 0, value: Buffer.from('192.0.2.9:1'), heldBy: undefined }) as const,
      )
      assert.deepEqual(await consul.kv.change(session, change), [])
      for (const key of ['services/web/by-hand', 'services/web/h1:gone:80', 'services/web/h3:web:80']) {
        await set(key)
      }
      agent.run(web)
      await settles([
        'services/web/by-hand=192.0.2.9:1',
        'services/web/h1:held:80=192.0.2.9:1',
        both[1] ?? '',
        'services/web/h2:web:80=192.0.2.9:1',
        'services/web/h3:web:80=192.0.2.9:1',
      ])
      await consul.sessions.destroy(session)
      for (const key of ['services/web/by-hand', 'services/web/h3:web:80']) await consul.kv.remove(key)
    })

    it('is the command, too, with a real engine, until it is told to end', async () => {
      const { h1 } = lab()
      const socket = `/proc/${h1.pid}/root/mnt/arpanet-consul/http.sock`
      const command = spawn(
        process.execPath,
        [join(checkout, 'bin/dev.js'), 'registrator', '-ip=192.0.2.1', `consulkv-unix://${socket}:/real`],
        {
          env: {
            ...variables,
            DOCKER_HOST: `unix://${h1.dockerSocket}`,
            ARPANET_IP: '192.0.2.1',
            HOSTNAME: 'h1',
            ARPANETRC: '',
          },
          stdio: 'ignore',
        },
      )
      const ended = once(command, 'exit')
      try {
        await h1.run(
          `docker run --detach --name real --publish 8099:80 --env SERVICE_NAME=real --entrypoint sleep ${productImage()} 1000`,
        )
        const found = async () =>
          (await consul.kv.tree('real')).leaves.map(({ key, value }) => `${key}=${String(value)}`).join()
        await eventually('it is there', async () => (await found()) === 'real/real/h1:real:80=192.0.2.1:8099')
        await h1.run('docker rm --force real')
        await eventually('it is gone', async () => (await found()) === '')
      } finally {
        command.kill()
      }
      assert.deepEqual(await ended, [0, null])
    })

    const faults: Record<string, string> = {
      'was restarted': 'true',
      'came back without its data':
        'find /mnt/arpanet-consul -mindepth 1 -maxdepth 1 ! -name tls -exec rm -rf {} +',
    }
    for (const [what, fault] of Object.entries(faults)) {
      it(`is right soon after Consul ${what}`, async function () {
        this.timeout(120_000)
        const { h1 } = lab()
        await h1.run('docker kill arpanet_consul')
        await h1.run(fault)
        agent.run(web)
        await eventually('it is noticed', () => agent.lines.some((line) => line.includes('cannot')))
        await h1.run('docker start arpanet_consul')
        const probe = await at(endpoint)
        await eventually('Consul answers', () => probe.sessions.create('a probe', 10), { budgetMs: 60_000 })
        await settles(both.slice(1))
      })
    }
  })
})
