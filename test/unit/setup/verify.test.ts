import assert from 'node:assert/strict'
import type { Bridge, Docker } from '../../../src/drivers/docker/docker.ts'
import type { Names } from '../../../src/drivers/names.ts'
import { tlsFiles } from '../../../src/setup/daemon-keys.ts'
import { contextLine, verifyEngine, verifyNames, type Probes } from '../../../src/setup/verify.ts'
import { fakeDocker } from '../../support/docker.ts'
import { fakeFiles } from '../../support/files.ts'
import { setupSettings } from '../../support/setup.ts'

const subnet = '10.210.1.0/24'
const insecure = { ...setupSettings, ARPANET_INSECURE_DOCKER: true }
const asSetUp: Bridge = { subnet, gateway: '10.210.1.1', device: 'docker0' }
const pems = {
  [tlsFiles.authority]: 'the authority',
  [tlsFiles.client]: 'the certificate',
  [tlsFiles.clientKey]: 'the key',
}

/** What is found; all that is not said is as setup makes it. */
interface Found {
  readonly bridge?: Bridge
  readonly http?: number | undefined
  readonly withCertificate?: number | Error
  readonly without?: number | Error
  readonly run?: Docker['containers']['run']
  readonly ask?: Names['ask']
}

function probes(found: Found): Probes {
  const fake = fakeDocker({})
  const docker: Docker = {
    ...fake,
    engine: { ...fake.engine, bridge: () => Promise.resolve(found.bridge ?? asSetUp) },
    containers: {
      ...fake.containers,
      run: found.run ?? (() => Promise.resolve({ exitCode: 0, output: '' })),
    },
  }
  const { withCertificate = 200, without = new Error('certificate required') } = found
  return {
    docker,
    files: fakeFiles(pems),
    http: (url) => {
      assert.equal(url, 'http://192.0.2.1:2376/_ping')
      return Promise.resolve('http' in found ? found.http : 200)
    },
    tls: (url, { ca, cert, key }) => {
      assert.deepEqual([url, ca], ['https://192.0.2.1:2376/_ping', 'the authority'])
      if (cert !== undefined) assert.deepEqual([cert, key], ['the certificate', 'the key'])
      return Promise.resolve(cert === undefined ? without : withCertificate)
    },
    names: {
      lookup: () => Promise.resolve([]),
      ask: found.ask ?? (() => Promise.resolve(['198.51.100.80'])),
    },
  }
}

const restarted = 'it has not started anew with its configuration'
const log = 'journalctl -u docker -n 20   # or: tail /var/log/docker.log'

describe('an engine that was set up', () => {
  const good: Record<string, { found?: Found; settings?: typeof setupSettings; says: string }> = {
    'opens its socket to its certificate alone': {
      says: 'Docker listens at tcp://192.0.2.1:2376, for clients with its certificate and no others',
    },
    'may name no gateway': {
      found: { bridge: { ...asSetUp, gateway: undefined } },
      says: 'Docker listens at tcp://192.0.2.1:2376, for clients with its certificate and no others',
    },
    'opens it to everybody where it is told so': {
      settings: insecure,
      says: 'Docker listens at tcp://192.0.2.1:2376, for everybody, without TLS',
    },
  }
  for (const [what, { found = {}, settings = setupSettings, says }] of Object.entries(good)) {
    it(what, async () => {
      assert.deepEqual(await verifyEngine(settings, subnet, probes(found)), [says])
    })
  }

  const stop =
    'docker stop $(docker ps -q)   # where "live-restore" keeps the bridge as it is\nsudo -E arpanet setup'
  const bad: Record<string, { found: Found; settings?: typeof setupSettings; says: string; hint: string }> = {
    'has its former bridge': {
      found: { bridge: { subnet: '172.17.0.0/16', gateway: '172.17.0.1', device: 'docker0' } },
      says: `Docker: its bridge has 172.17.0.0/16, expected 10.210.1.0/24: ${restarted}`,
      hint: stop,
    },
    'has another address on its bridge': {
      found: { bridge: { ...asSetUp, gateway: '10.210.1.254' } },
      says: `Docker: its bridge has 10.210.1.0/24, expected 10.210.1.0/24: ${restarted}`,
      hint: stop,
    },
    'does not answer': {
      found: { withCertificate: new Error('connect ECONNREFUSED 192.0.2.1:2376') },
      says: 'Docker: tcp://192.0.2.1:2376 does not answer as it should (connect ECONNREFUSED 192.0.2.1:2376)',
      hint: log,
    },
    'answers something else': {
      found: { withCertificate: 503 },
      says: 'Docker: tcp://192.0.2.1:2376 does not answer as it should (status 503)',
      hint: log,
    },
    'answers one without a certificate': {
      found: { without: 200 },
      says: 'Docker: tcp://192.0.2.1:2376 answers a client without a certificate (status 200), expected it to refuse',
      hint: 'sudo -E arpanet setup --dry-run',
    },
    'does not answer in plain': {
      found: { http: undefined },
      settings: insecure,
      says: 'Docker: tcp://192.0.2.1:2376 does not answer as it should (no answer)',
      hint: log,
    },
    'answers something else in plain': {
      found: { http: 400 },
      settings: insecure,
      says: 'Docker: tcp://192.0.2.1:2376 does not answer as it should (status 400)',
      hint: log,
    },
  }
  for (const [what, { found, settings = setupSettings, says, hint }] of Object.entries(bad)) {
    it(`is refused where it ${what}`, async () => {
      await assert.rejects(verifyEngine(settings, subnet, probes(found)), {
        message: says,
        hint,
        exitCode: 4,
      })
    })
  }
})

describe('names in a container', () => {
  const noLeader = 'Consul has no leader yet, so its names were not tried: arpanet setup --verify does'
  const unknown = "this host's resolvers (198.51.100.1) do not know www.example.com: not tried"
  const cases: Record<string, { hostKnows: boolean; leads: boolean; asked: string[]; says: string[] }> = {
    'are those of outside and of Consul': {
      hostKnows: true,
      leads: true,
      asked: ['www.example.com', 'consul.service.consul'],
      says: ['containers find www.example.com and consul.service.consul'],
    },
    'are those of outside while Consul has no leader': {
      hostKnows: true,
      leads: false,
      asked: ['www.example.com'],
      says: ['containers find www.example.com', noLeader],
    },
    "are Consul's alone where the host's resolvers know none of outside": {
      hostKnows: false,
      leads: true,
      asked: ['consul.service.consul'],
      says: ['containers find consul.service.consul', unknown],
    },
    'are not tried where there are none': {
      hostKnows: false,
      leads: false,
      asked: [],
      says: [unknown, noLeader],
    },
  }
  for (const [what, { hostKnows, leads, asked, says }] of Object.entries(cases)) {
    it(what, async () => {
      const runs: unknown[] = []
      const found = probes({
        ask: () => Promise.resolve(hostKnows ? ['198.51.100.80'] : []),
        run: (image, args) => {
          runs.push([image, ...args])
          return Promise.resolve({ exitCode: 0, output: '' })
        },
      })
      assert.deepEqual(await verifyNames(setupSettings, ['198.51.100.1'], leads, found), says)
      assert.deepEqual(runs, asked.length === 0 ? [] : [['binocarlos/arpanet:3', 'lookup', ...asked]])
    })
  }

  it('that are not found are an error with what the container said', async () => {
    const output = 'www.example.com\nlookup: no address for www.example.com\n'
    const found = probes({ run: () => Promise.resolve({ exitCode: 6, output }) })
    await assert.rejects(verifyNames(setupSettings, ['198.51.100.1'], false, found), {
      message:
        'Docker: a container does not find www.example.com:\nwww.example.com\nlookup: no address for www.example.com',
      hint: 'docker run --rm --entrypoint cat binocarlos/arpanet:3 /etc/resolv.conf',
      exitCode: 4,
    })
  })

  it('are not asked of resolvers that the host does not have', async () => {
    const found = probes({ ask: (_name, servers) => Promise.resolve([...servers]) })
    assert.deepEqual(await verifyNames(setupSettings, [], false, found), [
      "this host's resolvers (none) do not know www.example.com: not tried",
      noLeader,
    ])
  })
})

describe('the line for a client elsewhere', () => {
  it('names the certificates, or none where there is no TLS', () => {
    assert.equal(
      contextLine(setupSettings),
      'docker context create h1 --docker host=tcp://192.0.2.1:2376,ca=/etc/arpanet/tls/ca.pem,cert=/etc/arpanet/tls/cert.pem,key=/etc/arpanet/tls/key.pem',
    )
    assert.equal(contextLine(insecure), 'docker context create h1 --docker host=tcp://192.0.2.1:2376')
  })
})
