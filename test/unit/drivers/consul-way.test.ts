import assert from 'node:assert/strict'
import { wayTo, type ConsulVariables, type Way } from '../../../src/drivers/consul/way.ts'
import { ArpanetError } from '../../../src/errors.ts'
import type { ConsulEndpoint } from '../../../src/model/registry-target.ts'

const files: Record<string, string> = { '/ca': 'CA', '/cert': 'CERT', '/key': 'KEY', '/token': 'secret\n' }
const read = (path: string) => Promise.resolve(files[path])
const to = (endpoint: ConsulEndpoint, variables: ConsulVariables = {}) => wayTo(endpoint, variables, read)

const usual: ConsulEndpoint = { at: 'default' }
const plain: ConsulEndpoint = { at: 'tcp', host: 'c', port: 8500, tls: false }
const secret: ConsulEndpoint = { at: 'tcp', host: 'c', port: 8501, tls: true }
const unix: ConsulEndpoint = { at: 'unix', path: '/run/consul.sock' }

describe('the way to Consul', () => {
  const ways: [what: string, ConsulEndpoint, ConsulVariables, Way][] = [
    ['this host by default', usual, {}, { host: '127.0.0.1', port: 8500 }],
    ['an empty variable is none', usual, { CONSUL_HTTP_ADDR: '' }, { host: '127.0.0.1', port: 8500 }],
    ['a host', usual, { CONSUL_HTTP_ADDR: 'c' }, { host: 'c', port: 8500 }],
    ['a port', usual, { CONSUL_HTTP_ADDR: 'c:1' }, { host: 'c', port: 1 }],
    ['a port of this host', usual, { CONSUL_HTTP_ADDR: ':1' }, { host: '127.0.0.1', port: 1 }],
    ['IPv6', usual, { CONSUL_HTTP_ADDR: '[::1]:1' }, { host: '::1', port: 1 }],
    ['http', usual, { CONSUL_HTTP_ADDR: 'http://c:1/' }, { host: 'c', port: 1 }],
    ['https', usual, { CONSUL_HTTP_ADDR: 'https://c:1' }, { host: 'c', port: 1, tls: {} }],
    ['a socket', usual, { CONSUL_HTTP_ADDR: 'unix:///a' }, { socket: '/a' }],
    ['TLS', usual, { CONSUL_HTTP_SSL: 'true' }, { host: '127.0.0.1', port: 8500, tls: {} }],
    ['what the URI says goes first', plain, { CONSUL_HTTP_ADDR: 'd:1' }, { host: 'c', port: 8500 }],
    ['a token', plain, { CONSUL_HTTP_TOKEN: 't' }, { host: 'c', port: 8500, token: 't' }],
    [
      'a token in a file',
      unix,
      { CONSUL_HTTP_TOKEN_FILE: '/token' },
      { socket: '/run/consul.sock', token: 'secret' },
    ],
    [
      'certificates',
      secret,
      { CONSUL_CACERT: '/ca', CONSUL_CLIENT_CERT: '/cert', CONSUL_CLIENT_KEY: '/key' },
      { host: 'c', port: 8501, tls: { ca: 'CA', cert: 'CERT', key: 'KEY' } },
    ],
    ['no certificates without TLS', plain, { CONSUL_CACERT: '/none' }, { host: 'c', port: 8500 }],
    [
      'whom to expect',
      secret,
      { CONSUL_TLS_SERVER_NAME: 'server.dc1.consul', CONSUL_HTTP_SSL_VERIFY: 'false' },
      { host: 'c', port: 8501, tls: { servername: 'server.dc1.consul', rejectUnauthorized: false } },
    ],
  ]
  for (const [what, endpoint, variables, way] of ways) {
    it(`is what the variables say: ${what}`, async () => {
      assert.deepEqual(await to(endpoint, variables), way)
    })
  }

  const address = (text: string) =>
    `CONSUL_HTTP_ADDR: '${text}' is no address, HOST:PORT, https://HOST:PORT or unix:///PATH was expected`
  const faults: [ConsulEndpoint, ConsulVariables, string][] = [
    ...['unix://a', 'c:99999', 'ftp://c', 'a b', 'http://', 'c/path', 'c?x', 'c#x'].map(
      (text): [ConsulEndpoint, ConsulVariables, string] => [usual, { CONSUL_HTTP_ADDR: text }, address(text)],
    ),
    [secret, { CONSUL_CACERT: '/none' }, 'CONSUL_CACERT: there is no file /none, PEM was expected there'],
    [
      secret,
      { CONSUL_CLIENT_CERT: '/cert' },
      'CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY: one without the other, both or neither were expected',
    ],
  ]
  for (const [endpoint, variables, message] of faults) {
    it(`refuses: ${message}`, async () => {
      await assert.rejects(
        to(endpoint, variables),
        (error) => error instanceof ArpanetError && error.message === message,
      )
    })
  }
})
