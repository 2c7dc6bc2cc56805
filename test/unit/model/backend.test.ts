import assert from 'node:assert/strict'
import {
  BackendError,
  formatBackend,
  parseWish,
  type Backend,
  type Wish,
} from '../../../src/model/backend.ts'

const address = (host: string, port: number): Backend => ({ kind: 'address', host, port })
const service = (name: string, tag?: string, datacenter?: string): Backend => ({
  kind: 'service',
  service: name,
  ...(tag === undefined ? {} : { tag }),
  ...(datacenter === undefined ? {} : { datacenter }),
})
const srv = (name: string): Backend => ({ kind: 'srv', name })
const list = (...members: [string, number][]): Backend => ({
  kind: 'list',
  members: members.map(([host, port]) => ({ host, port })),
})
const keys = (store: 'consul' | 'etcd', path: string, host?: string, port?: number): Backend => ({
  kind: 'keys',
  store,
  path,
  ...(host === undefined || port === undefined ? {} : { host, port }),
})

/** The message of the error, which must be ours. */
function faultOf(text: string): string {
  try {
    parseWish(text)
  } catch (error) {
    assert.ok(error instanceof BackendError, String(error))
    return error.message
  }
  throw new Error(`${text} was taken`)
}

const shown = (text: string) =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 40)}… (${text.length} characters)` : text)

describe('what a container asks for', () => {
  const longest = `${'a'.repeat(63)}.`.repeat(3) + 'b'.repeat(61)
  const taken: Record<string, Backend> = {
    'redis:6379': address('redis', 6379),
    '  redis:6379\n': address('redis', 6379),
    'Redis.Example.com.:6379': address('redis.example.com', 6379),
    'my_redis:6379': address('my_redis', 6379),
    '192.0.2.1:1': address('192.0.2.1', 1),
    '192.0.2.1:65535': address('192.0.2.1', 65535),
    '[2001:DB8:0:0::1]:6379': address('2001:db8::1', 6379),
    '[::1]:80': address('::1', 80),
    '__proto__:80': address('__proto__', 80),
    [`${longest}:80`]: address(longest, 80),

    'a:1,b:2': list(['a', 1], ['b', 2]),
    ' b:2 , a:1 ': list(['b', 2], ['a', 1]),
    'a:1,': list(['a', 1]),
    ',,a:1,,': list(['a', 1]),
    'a:1,A:1,a.:1,b:2': list(['a', 1], ['b', 2]),
    '192.0.2.1:1,[2001:db8::1]:2,[2001:DB8:0::1]:2': list(['192.0.2.1', 1], ['2001:db8::1', 2]),

    'consul:///a/b': keys('consul', 'a/b'),
    'consul:///a//b/': keys('consul', 'a/b'),
    'CONSUL://consul.example/a': keys('consul', 'a', 'consul.example', 8500),
    'consul://192.0.2.1:8501/a/b/': keys('consul', 'a/b', '192.0.2.1', 8501),
    'consul://[2001:db8::1]/a': keys('consul', 'a', '2001:db8::1', 8500),
    'consul://[2001:db8::1]:1/a': keys('consul', 'a', '2001:db8::1', 1),
    'consul:///a%20b%2Cc%3Fd%25': keys('consul', 'a b,c?d%'),
    'consul:///ключ/鍵': keys('consul', 'ключ/鍵'),
    'consul:///__proto__/a:b@c#d': keys('consul', '__proto__/a:b@c#d'),
    'etcd://192.0.2.1/a': keys('etcd', 'a', '192.0.2.1', 2379),
    'etcd://etcd.example:4001/a/b': keys('etcd', 'a/b', 'etcd.example', 4001),

    redis: service('redis'),
    Redis: service('Redis'),
    'my-redis_2': service('my-redis_2'),
    '6379': service('6379'),
    constructor: service('constructor'),
    'primary.redis': service('redis', 'primary'),
    'Primary.Redis': service('Redis', 'Primary'),
    'tcp.redis': service('redis', 'tcp'),
    'service.consul': service('consul', 'service'),
    'redis@dc2': service('redis', undefined, 'dc2'),
    'redis@DC2': service('redis', undefined, 'dc2'),
    'primary.redis@dc2': service('redis', 'primary', 'dc2'),
    'redis.service.consul': service('redis'),
    'Redis.SERVICE.Consul.': service('Redis'),
    'redis.service.consul@dc2': service('redis', undefined, 'dc2'),
    'primary.redis.service.consul': service('redis', 'primary'),
    'v1.2.redis.service.consul': service('redis', 'v1.2'),
    'redis.service.dc2.consul': service('redis', undefined, 'dc2'),
    'primary.redis.service.DC2.consul.': service('redis', 'primary', 'dc2'),
    'service.service.consul': service('service'),
    'redis.service.service.consul': service('service', 'redis'),
    '_redis._tcp.service.consul': service('redis'),
    '_redis._UDP.service.consul': service('redis'),
    '_redis._primary.service.consul': service('redis', 'primary'),
    '_Redis._primary.service.dc2.consul': service('Redis', 'primary', 'dc2'),
    '_redis._tcp.service.consul.@dc2': service('redis', undefined, 'dc2'),
    ['s'.repeat(1_024)]: service('s'.repeat(1_024)),

    '_redis._tcp.example.com': srv('_redis._tcp.example.com'),
    '_Redis._TCP.Example.com.': srv('_redis._tcp.example.com'),
    '_redis._tcp': srv('_redis._tcp'),
    _redis: srv('_redis'),
    'redis.example.com': srv('redis.example.com'),
    'redis.query.consul': srv('redis.query.consul'),
    '_redis.service.consul': srv('_redis.service.consul'),
    'service.dc2.consul': srv('service.dc2.consul'),
    [longest]: srv(longest),
  }
  for (const [text, backend] of Object.entries(taken)) {
    it(`${shown(text)} is ${backend.kind} ${shown(formatBackend(backend))}`, () => {
      assert.deepEqual(parseWish(text), { backend, near: false, drain: 'finish' })
    })
  }

  const known = 'near=host, sticky=SECONDS (1 to 86400), drain=finish or drain=reset'
  const options: Record<string, Omit<Wish, 'backend'>> = {
    'near=host': { near: true, drain: 'finish' },
    'sticky=1': { near: false, stickySeconds: 1, drain: 'finish' },
    'sticky=86400': { near: false, stickySeconds: 86_400, drain: 'finish' },
    'drain=reset': { near: false, drain: 'reset' },
    'drain=finish': { near: false, drain: 'finish' },
    'drain=reset&sticky=60&near=host': { near: true, stickySeconds: 60, drain: 'reset' },
  }
  for (const [text, expected] of Object.entries(options)) {
    it(`takes the option ${text} with every form`, () => {
      for (const backend of ['redis:6379', 'a:1,b:1', 'consul:///a', 'redis', '_redis._tcp.example.com']) {
        const parsed = parseWish(`${backend}?${text}`)
        assert.deepEqual(parsed, { ...expected, backend: parseWish(backend).backend })
      }
    })
  }

  const noPort = 'has a port that is none, a number from 1 to 65535 was expected'
  const noHost = 'has a host that is neither a name nor an IPv4 address, HOST:PORT was expected'
  const noName = 'is no backend, one such as redis or HOST:PORT was expected'
  const noDatacenter = 'does not name one datacenter, SERVICE@DATACENTER was expected'
  const noPath = 'has no path to keys, consul://HOST/PATH was expected'
  const severalColons = 'has several colons, an IPv6 address was expected in brackets: [2001:db8::1]:6379'
  const noIPv6 = 'has no IPv6 address in its brackets, one such as [2001:db8::1]:6379 was expected'
  const schemes = 'consul:// or etcd:// was expected'
  const control = 'has control characters, others were expected'
  const tooLong = 'is too long, up to 1024 characters were expected'
  const refused: Record<string, string> = {
    '': 'is empty, a backend was expected',
    ' \t\n': 'is empty, a backend was expected',
    're\0dis': control,
    're\ndis:80': control,
    'consul:///\ud800': control,
    ['s'.repeat(1_025)]: tooLong,
    ['a,'.repeat(500_000)]: tooLong,
    ['é'.repeat(1_000_000)]: tooLong,
    [`consul:///${'%'.repeat(5)}`]: 'has a % that stands for no character, %25 was expected',
    [`consul:///${' '.repeat(500)}a`]: tooLong,

    'redis:': noPort,
    'redis:0': noPort,
    'redis:65536': noPort,
    'redis:06379': noPort,
    'redis:-1': noPort,
    'redis:1e3': noPort,
    'redis:٦': noPort,
    'redis:6379/0': noPort,
    'user:secret@redis': noPort,
    ':6379': 'has no host, HOST:PORT was expected',
    're dis:6379': noHost,
    'rédis:6379': noHost,
    '-redis:6379': noHost,
    '300.1.1.1:80': noHost,
    '1.2.3:80': noHost,
    'a..b:80': noHost,
    [`${'a'.repeat(64)}:80`]: noHost,
    [`${longest}b:80`]: noHost,
    '2001:db8::1': severalColons,
    '2001:db8::1:6379': severalColons,
    'a:1:2': severalColons,
    '[2001:db8::1]': 'has no port, HOST:PORT was expected',
    '[2001:db8::1]:x': noPort,
    '[fe80::1%eth0]:80': noIPv6,
    '[192.0.2.1]:80': noIPv6,
    '[]:80': noIPv6,

    ',': 'has a list without members, HOST:PORT was expected',
    'a:1,b': 'has a list whose member 2 has no port, HOST:PORT was expected',
    'a:1,,b:x': `has a list whose member 3 ${noPort}`,
    'consul:///a,b': `has a list whose member 1 ${noPort}`,

    'http://redis/': `has the scheme 'http', ${schemes}`,
    'redis://user:secret@redis/0': `has the scheme 'redis', ${schemes}`,
    '://a': `has the scheme '', ${schemes}`,
    'é://a': `has the scheme '', ${schemes}`,
    'consul://': noPath,
    'consul://a': noPath,
    'consul:///': noPath,
    'consul:///%2F': noPath,
    'consul:///a/../b': noPath,
    'consul:///a%00': noPath,
    'consul:///%zz': 'has a % that stands for no character, %25 was expected',
    'consul:///%ff': 'has a % that stands for no character, %25 was expected',
    'consul://a:b/c': noPort,
    'consul://:8500/c': 'has no host, HOST:PORT was expected',
    'consul://user:secret@host/a': 'has a user or a password, HOST was expected',
    'consul://user:secret?secret@host/a': noPath,
    'etcd:///a': 'has no host, HOST:PORT was expected',
    'etcd://a': 'has no path to keys, etcd://HOST/PATH was expected',

    'redis.': noName,
    'primary.redis.': noName,
    're dis': noName,
    'redis/0': noName,
    rédis: noName,
    'redis-': noName,
    'redis._x': noName,
    '192.0.2.1': noName,
    '.': noName,
    'a..b.c': noName,
    '_redis._tcp.example.com@dc2': noName,
    'redis@': noDatacenter,
    'redis@dc2@dc3': noDatacenter,
    'redis@dc.2': noDatacenter,
    'redis.service.dc2.consul@dc2': noDatacenter,
    [`${longest}bb`]: noName,

    'redis?': `has the option '', expected ${known}`,
    '?near=host': noName,
    'redis?near=rack': `has the option 'near=rack', expected ${known}`,
    'redis?Near=host': `has the option 'Near=host', expected ${known}`,
    'redis?sticky=0': `has the option 'sticky=0', expected ${known}`,
    'redis?sticky=86401': `has the option 'sticky=86401', expected ${known}`,
    'redis?sticky=1.5': `has the option 'sticky=1.5', expected ${known}`,
    'redis?sticky': `has the option 'sticky', expected ${known}`,
    'redis?drain=now': `has the option 'drain=now', expected ${known}`,
    'redis?__proto__=1': `has the option '__proto__=1', expected ${known}`,
    'redis?near=host&': `has the option '', expected ${known}`,
    'redis?near=host?sticky=1': `has the option 'near=host?sticky=1', expected ${known}`,
    'redis?near=host&near=host': `has the option near twice, expected once each: ${known}`,
    'redis?sticky=1&sticky=2': `has the option sticky twice, expected once each: ${known}`,
    'consul:///a?secret@host': `has the option '(hidden)', expected ${known}`,
  }
  for (const [text, fault] of Object.entries(refused)) {
    it(`${shown(text)} ${fault}`, () => {
      assert.equal(faultOf(text), fault)
    })
  }
})
