import assert from 'node:assert/strict'
import fc from 'fast-check'
import { hostname } from 'node:os'
import type { ConsulEndpoint } from '../../src/model/registry-target.ts'
import { wire } from '../../src/wire.ts'

const dataFrom = async (arpanetrc: string) => {
  const { CONSUL_DATA } = await wire({ ARPANETRC: arpanetrc }).settings(['CONSUL_DATA'])
  return CONSUL_DATA
}
const nameFrom = async (environment: Record<string, string>) => {
  const { HOSTNAME } = await wire({ ARPANETRC: '', ...environment }).settings(['HOSTNAME'])
  return HOSTNAME
}

describe('settings of a run', () => {
  it('come from the environment before ~/.arpanetrc', async () => {
    const world = wire({ CONSUL_PORT: '9500', ARPANETRC: 'CONSUL_PORT=9600\nCONSUL_EXPECT=5\n' })
    assert.deepEqual(await world.settings(['CONSUL_PORT', 'CONSUL_EXPECT', 'CONSUL_NAME']), {
      CONSUL_PORT: 9500,
      CONSUL_EXPECT: 5,
      CONSUL_NAME: 'arpanet_consul',
    })
  })

  const lines: Record<string, [line: string, value: string]> = {
    'spaces and "#" in double quotes': ['CONSUL_DATA="/a b #c"', '/a b #c'],
    'spaces and "#" in single quotes': ["CONSUL_DATA='/a b #c'", '/a b #c'],
    'quotes in other quotes': [`CONSUL_DATA='/a "b"'`, '/a "b"'],
    'a newline in quotes': ['CONSUL_DATA="/a\nb"', '/a\nb'],
    'a newline by its escape': ['CONSUL_DATA="/a\\nb"', '/a\nb'],
    'dollars as they are': ['CONSUL_DATA="/a/$HOME/${X}"', '/a/$HOME/${X}'],
    'the word export': ['export CONSUL_DATA=/a', '/a'],
    'a comment behind a value': ['CONSUL_DATA=/a # mine', '/a'],
    'the last of several': ['CONSUL_DATA=/a\nCONSUL_DATA=/b', '/b'],
    'lines that end in CR': ['CONSUL_DATA=/a\r\nCONSUL_NAME=b\r\n', '/a'],
  }
  for (const [what, [line, value]] of Object.entries(lines)) {
    it(`keep ${what}`, async () => {
      assert.equal(await dataFrom(line), value)
    })
  }

  it('are any text in single quotes that holds none, no backslash and no CR', async () => {
    const path = fc.string({ unit: 'grapheme' }).map((text) => `/x${text.replace(/[:\0'\\\r]/g, '_')}`)
    await fc.assert(
      fc.asyncProperty(path, async (value) => {
        assert.equal(await dataFrom(`CONSUL_DATA='${value}'`), value)
      }),
    )
  })

  it("take a name that was chosen before the file's, and the file's before the host's own", async () => {
    const file = 'HOSTNAME=from-file'
    assert.equal(await nameFrom({ HOSTNAME: 'chosen', ARPANETRC: file }), 'chosen')
    assert.equal(await nameFrom({ HOSTNAME: hostname(), ARPANETRC: file }), 'from-file')
    assert.equal(await nameFrom({ ARPANETRC: file }), 'from-file')
  })
})

describe('docker of a run', () => {
  it('is the engine behind the socket that DOCKER_HOST names', async () => {
    const docker = await wire({ DOCKER_HOST: 'unix:///nonexistent/a.sock' }).docker()
    await assert.rejects(docker.engine.version(), {
      message: "Docker: no socket at /nonexistent/a.sock, expected the engine's",
      exitCode: 3,
    })
  })
})

describe('Consul of an agent', () => {
  const failure = (environment: Record<string, string>, endpoint: ConsulEndpoint = { at: 'default' }) =>
    wire(environment)
      .consulAt(endpoint)
      .then((consul) => consul.sessions.renew('x'))
  it('is where CONSUL_HTTP_ADDR says', async () => {
    await assert.rejects(failure({ CONSUL_HTTP_ADDR: 'unix:///nonexistent/a.sock' }), {
      message: 'Consul: no answer at unix:///nonexistent/a.sock: there is no such socket',
    })
  })
  it('is where its URI says', async () => {
    const endpoint: ConsulEndpoint = { at: 'unix', path: '/nonexistent/b.sock' }
    await assert.rejects(failure({ CONSUL_HTTP_ADDR: '127.0.0.1:1' }, endpoint), {
      message: 'Consul: no answer at unix:///nonexistent/b.sock: there is no such socket',
    })
  })
})
