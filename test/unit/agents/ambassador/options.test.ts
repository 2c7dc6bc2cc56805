import assert from 'node:assert/strict'
import { parseAmbassador, type Variables } from '../../../../src/agents/ambassador/options.ts'
import { ArpanetError } from '../../../../src/errors.ts'

const parse = (line: string, variables: Variables = {}) =>
  parseAmbassador(line === '' ? [] : line.split(' '), variables)

const refuses = (line: string, variables: Variables, message: string) =>
  assert.throws(
    () => parse(line, variables),
    (error) => {
      assert.ok(error instanceof ArpanetError)
      assert.deepEqual([error.message, error.exitCode], [message, 2])
      return true
    },
  )

const usual = { near: false, drain: 'finish' }
const both = { protocols: ['tcp', 'udp'] }
const redis = { backend: { kind: 'service', service: 'redis' }, ...usual }
const link = (address: string, port: number) => ({
  backend: { kind: 'address', host: address, port },
  ...usual,
})

describe('options of the ambassador', () => {
  const taken: Record<string, object> = {
    '-omnimode': { mode: 'omnimode' },
    '--omnimode': { mode: 'omnimode' },
    '-setup-iptables': { mode: 'setup-iptables' },
    '--setup-iptables': { mode: 'setup-iptables' },
    '-links=false --omnimode=true': { mode: 'omnimode' },
    redis: { mode: 'standard', listeners: [{ port: 10_000, ...both, wish: redis }] },
    '-- redis': { mode: 'standard', listeners: [{ port: 10_000, ...both, wish: redis }] },
    'redis?sticky=60&drain=reset': {
      mode: 'standard',
      listeners: [{ port: 10_000, ...both, wish: { ...redis, stickySeconds: 60, drain: 'reset' } }],
    },
  }
  for (const [line, options] of Object.entries(taken)) {
    it(line, () => assert.deepEqual(parse(line), options))
  }

  const refused: Record<string, string> = {
    '': 'ambassador: there is no BACKEND, one such as redis was expected',
    '--help': 'ambassador: help was asked for',
    '--nonsense': 'ambassador: --nonsense: there is no such flag',
    '--omnimode=perhaps': "ambassador: --omnimode=perhaps: 'perhaps' is no true or false",
    '--omnimode --links': 'ambassador: --omnimode and --links exclude each other, one was expected',
    '--links redis': 'ambassador: --links and BACKEND exclude each other, one was expected',
    'redis --links': 'ambassador: --links: too many words after BACKEND, options go before it',
    'redis?sticky':
      "ambassador: BACKEND has the option 'sticky', expected near=host, sticky=SECONDS (1 to 86400), drain=finish or drain=reset",
    'etcd://me:password@192.0.2.1/a': 'ambassador: BACKEND has a user or a password, HOST was expected',
  }
  for (const [line, message] of Object.entries(refused)) {
    it(`${line} is refused`, () => refuses(line, {}, message))
  }

  it('name what is known where they make no sense', () => {
    assert.throws(
      () => parse('--nonsense'),
      ({ hint }: ArpanetError) =>
        ['BACKEND', '--links', '--omnimode', '--setup-iptables'].every((known) => hint?.includes(known)),
    )
  })
})

describe('the port of a backend', () => {
  const portOf = (variables: Variables) => {
    const options = parse('redis', variables)
    return options.mode === 'standard' ? options.listeners.map(({ port }) => port) : undefined
  }
  it('is what PORT says', () => assert.deepEqual(portOf({ PORT: '6379' }), [6379]))
  it('is the usual one where PORT is empty', () => assert.deepEqual(portOf({ PORT: '' }), [10_000]))
  for (const text of ['0', '65536', '010', 'http', ' 80']) {
    it(`is not "${text}"`, () =>
      refuses('redis', { PORT: text }, `PORT: expected a port from 1 to 65535, got "${text}"`))
  }
  it('means nothing to the other modes', () => {
    assert.deepEqual(parse('--omnimode', { PORT: 'http' }), { mode: 'omnimode' })
  })
})

describe('the links of a container', () => {
  const links = (variables: Variables) => {
    const options = parse('--links', variables)
    return options.mode === 'standard' ? options.listeners : undefined
  }

  it('are a listener for each port of each', () => {
    assert.deepEqual(
      links({
        PATH: '/bin',
        DB_NAME: '/web/db',
        DB_PORT: 'tcp://172.17.0.5:5432',
        DB_PORT_5432_TCP: 'tcp://172.17.0.5:5432',
        DB_PORT_5432_TCP_ADDR: '172.17.0.5',
        DB_PORT_5432_TCP_PORT: '5432',
        DB_PORT_5432_TCP_PROTO: 'tcp',
        'MY.DNS_PORT_53_UDP': 'udp://[fd00::1]:53',
        EMPTY_PORT_1_TCP: '',
      }),
      [
        { port: 5432, protocols: ['tcp'], wish: link('172.17.0.5', 5432) },
        { port: 53, protocols: ['udp'], wish: link('fd00::1', 53) },
      ],
    )
  })

  it('may have two names for one container', () => {
    const text = 'tcp://172.17.0.5:5432'
    assert.equal(links({ DB_PORT_5432_TCP: text, DB_1_PORT_5432_TCP: text })?.length, 1)
  })

  it('may be one port of two protocols', () => {
    const found = links({ A_PORT_53_TCP: 'tcp://172.17.0.5:53', B_PORT_53_UDP: 'udp://172.17.0.6:53' })
    assert.equal(found?.length, 2)
  })

  const expected = 'one such as REDIS_PORT_6379_TCP=tcp://172.17.0.5:6379 was expected'
  it('are refused where two containers have one port', () =>
    refuses(
      '--links',
      { B_PORT_80_TCP: 'tcp://172.17.0.6:80', A_PORT_80_TCP: 'tcp://172.17.0.5:80' },
      'A_PORT_80_TCP, B_PORT_80_TCP: both lead tcp/80 elsewhere, one of them was expected',
    ))
  for (const text of ['172.17.0.5:80', 'udp://172.17.0.5:80', 'tcp://web:80', 'tcp://172.17.0.5']) {
    it(`are not ${text}`, () =>
      refuses('--links', { A_PORT_80_TCP: text }, `A_PORT_80_TCP: is no variable of a link, ${expected}`))
  }
  it('have ports', () =>
    refuses(
      '--links',
      { A_PORT_65536_TCP: 'tcp://172.17.0.5:80' },
      `A_PORT_65536_TCP: is no variable of a link, ${expected}`,
    ))
  it('are asked for with docker run where there are none', () => {
    refuses('--links', {}, `ambassador: no variable of a link is set, ${expected}`)
    assert.throws(
      () => parse('--links'),
      ({ hint }: ArpanetError) => hint?.includes('docker run --link'),
    )
  })
})
