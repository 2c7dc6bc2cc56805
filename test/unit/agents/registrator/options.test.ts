import assert from 'node:assert/strict'
import { parseRegistrator } from '../../../../src/agents/registrator/options.ts'
import { ArpanetError } from '../../../../src/errors.ts'

const host = { hostname: 'h1', hostAddress: '192.0.2.1', allowScripts: false, owner: 'registrator' }
const parse = (line: string) => parseRegistrator(line === '' ? [] : line.split(' '), host)

const usual = {
  ...host,
  internal: false,
  explicit: false,
  tags: '',
  deregister: 'always',
  ttlSeconds: 0,
  ttlRefreshSeconds: 0,
  resyncSeconds: 0,
  cleanup: false,
  retryAttempts: 0,
  retryIntervalMs: 2000,
  target: { kind: 'consul', endpoint: { at: 'default' } },
}

describe('options of the registrator', () => {
  const taken: Record<string, object> = {
    'consul://': {},
    '-- consul://': {},
    '-internal consul://': { internal: true },
    '--internal=true -internal=F consul://': {},
    '-ip 192.0.2.7 -explicit --cleanup consul://': {
      forcedAddress: '192.0.2.7',
      explicit: true,
      cleanup: true,
    },
    '-useIpFromLabel=com.example.ip consul://': { addressLabel: 'com.example.ip' },
    '-tags=a,b=c consul://': { tags: 'a,b=c' },
    '-tags -x consul://': { tags: '-x' },
    '-tags={{.ID}} consul://': { tags: '{{.ID}}' },
    '-ttl 60 -ttl-refresh=30 consul://': { ttlSeconds: 60, ttlRefreshSeconds: 30 },
    '-deregister on-success -resync 0x10 consul://': { deregister: 'on-success', resyncSeconds: 16 },
    '-retry-attempts -1 -retry-interval=5 consul://': { retryAttempts: undefined, retryIntervalMs: 5 },
    '-retry-attempts=3 -retry-attempts=4 consul://': { retryAttempts: 4 },
  }
  for (const [line, changes] of Object.entries(taken)) {
    it(line, () => {
      assert.deepEqual(parse(line), { ...usual, ...changes })
    })
  }

  const refused: Record<string, [exitCode: number, message: string]> = {
    '': [2, 'registrator: there is no URI, one such as consul://127.0.0.1:8500 was expected'],
    '-internal': [2, 'registrator: there is no URI, one such as consul://127.0.0.1:8500 was expected'],
    '-help': [2, 'registrator: help was asked for'],
    'consul:// -internal': [2, '-internal: too many words after consul://, none was expected'],
    '-internal true consul://': [2, 'consul://: too many words after true, none was expected'],
    '-nonsense consul://': [2, '-nonsense: there is no such flag'],
    '-toString consul://': [2, '-toString: there is no such flag'],
    '---ip consul://': [2, '---ip: no flag is written so, one or two dashes and a name were expected'],
    '-ip': [2, '-ip: the value is missing'],
    '-internal=yes consul://': [2, "-internal=yes: 'yes' is no true or false"],
    '-ttl=soon consul://': [2, "-ttl=soon: 'soon' is no whole number"],
    '-ttl 60 consul://': [1, '-ttl, -ttl-refresh: one without the other, both or neither were expected'],
    '-ttl-refresh 60 consul://': [
      1,
      '-ttl, -ttl-refresh: one without the other, both or neither were expected',
    ],
    '-ttl 30 -ttl-refresh 30 consul://': [
      1,
      '-ttl 30: no longer than -ttl-refresh 30, a greater one was expected',
    ],
    '-ttl -1 -ttl-refresh -1 consul://': [1, '-ttl, -ttl-refresh: less than none, seconds were expected'],
    '-deregister never consul://': [
      1,
      '-deregister never: there is no such policy, always or on-success was expected',
    ],
    '-retry-interval 0 consul://': [1, '-retry-interval 0: not above zero, milliseconds were expected'],
    '-retry-attempts -2 consul://': [
      1,
      '-retry-attempts -2: less than -1, which is for ever; a number was expected',
    ],
    '-ip 1.2.3.4/24 consul://': [
      1,
      '-ip 1.2.3.4/24: no address of a host, an IP address or a host name was expected',
    ],
    '-tags={{.ID consul://': [1, "-tags: '{{.ID' has no end, a template of Go was expected"],
    'zookeeper://z/base': [
      1,
      "zookeeper://z/base: zookeeper is not supported, consul, consul-tls, consul-unix, consulkv, consulkv-unix or etcd was expected; the original's image can be set as REGISTRATOR_IMAGE",
    ],
  }
  for (const [line, [exitCode, message]] of Object.entries(refused)) {
    it(`refuses ${line === '' ? 'nothing' : line}`, () => {
      assert.throws(
        () => parse(line),
        (error) => {
          assert.ok(error instanceof ArpanetError)
          assert.deepEqual([error.exitCode, error.message], [exitCode, message])
          return true
        },
      )
    })
  }

  it('says that options go before the URI', () => {
    assert.throws(
      () => parse('consul:// -internal'),
      (error) =>
        error instanceof ArpanetError && error.hint?.startsWith('Options go before the URI') === true,
    )
  })
})
