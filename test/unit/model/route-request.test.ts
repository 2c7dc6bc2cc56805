import assert from 'node:assert/strict'
import fc from 'fast-check'
import { routeRequests, routesMax } from '../../../src/model/route-request.ts'

type Texts = Record<string, string>

const asked = (environment: Texts, labels: Texts = {}) => routeRequests({ environment, labels })

/** As `6379/tcp,udp redis`. */
const routes = (environment: Texts, labels: Texts = {}) =>
  asked(environment, labels).requests.map(
    ({ port, protocols, text }) => `${port}/${protocols.join(',')} ${text}`,
  )

/** As `BACKEND_0=redis: reason`. */
const faults = (environment: Texts, labels: Texts = {}) =>
  asked(environment, labels).faults.map(({ variable, text, reason }) => `${variable}=${text}: ${reason}`)

describe('the routes that a container asks for', () => {
  it('are those of its variables, with what is wished of them', () => {
    assert.deepEqual(asked({ BACKEND_6379: ' redis?near=host\n', PATH: '/bin' }), {
      requests: [
        {
          port: 6379,
          protocols: ['tcp', 'udp'],
          text: 'redis?near=host',
          wish: { backend: { kind: 'service', service: 'redis' }, near: true, drain: 'finish' },
        },
      ],
      faults: [],
    })
  })

  it('are of one protocol where one is named', () => {
    assert.deepEqual(routes({ BACKEND_53_UDP: 'dns', BACKEND_80_TCP: 'web' }), ['53/udp dns', '80/tcp web'])
    assert.deepEqual(routes({}, { 'connect.53/udp': 'dns', 'connect.80/TCP': 'web', 'connect.90': 'any' }), [
      '53/udp dns',
      '80/tcp web',
      '90/tcp,udp any',
    ])
  })

  it('have names in any case', () => {
    assert.deepEqual(routes({ backend_53_udp: 'dns', Backend_80: 'web' }), ['53/udp dns', '80/tcp,udp web'])
  })

  it('come by port, and tcp before udp', () => {
    const environment = { BACKEND_100: 'c', BACKEND_20_UDP: 'b', BACKEND_20_TCP: 'a', BACKEND_3: 'd' }
    assert.deepEqual(routes(environment), ['3/tcp,udp d', '20/tcp a', '20/udp b', '100/tcp,udp c'])
  })

  it('are of a label before a variable, even one of a single protocol', () => {
    assert.deepEqual(routes({ BACKEND_80: 'a', BACKEND_80_TCP: 'b' }, { 'connect.80': 'c' }), [
      '80/tcp,udp c',
    ])
    assert.deepEqual(routes({ BACKEND_80: 'a', BACKEND_80_UDP: 'b' }, { 'connect.80/tcp': 'c' }), [
      '80/tcp c',
      '80/udp b',
    ])
  })

  it('are of what names the protocol before what names none', () => {
    assert.deepEqual(routes({ BACKEND_80: 'a', BACKEND_80_TCP: 'b' }), ['80/tcp b', '80/udp a'])
    assert.deepEqual(routes({ BACKEND_80: 'a', BACKEND_80_TCP: 'b', BACKEND_80_UDP: 'c' }), [
      '80/tcp b',
      '80/udp c',
    ])
    assert.deepEqual(routes({}, { 'connect.80/udp': 'b', 'connect.80': 'a' }), ['80/tcp a', '80/udp b'])
  })

  it('are of the first of two names that differ in case only', () => {
    assert.deepEqual(routes({ backend_80: 'c', Backend_80: 'b', BACKEND_80: 'a' }), ['80/tcp,udp a'])
    assert.deepEqual(faults({ backend_80: 'c', Backend_80: 'b', BACKEND_80: 'a' }), [
      'Backend_80=b: is there as BACKEND_80 too, once was expected',
      'backend_80=c: is there as BACKEND_80 too, once was expected',
    ])
  })

  it('are none where the value is empty, which takes nothing from others', () => {
    assert.deepEqual(asked({ BACKEND_80: '', BACKEND_0: ' ', BACKEND_90: '\t' }), {
      requests: [],
      faults: [],
    })
    assert.deepEqual(routes({ BACKEND_80: '', backend_80: 'a' }, { 'connect.80': '' }), ['80/tcp,udp a'])
    assert.deepEqual(faults({ BACKEND_80: '', backend_80: 'a' }), [])
  })

  it("are not in somebody else's variables and labels", () => {
    const environment = {
      BACKEND: 'a',
      BACKEND_: 'a',
      BACKEND_URL: 'http://a',
      BACKEND_HOST: 'a',
      BACKEND_1_URL: 'http://a',
      BACKEND_80_: 'a',
      BACKEND_80_TCP_UDP: 'a',
      'BACKEND_-1': 'a',
      BACKEND_٦: 'a',
      BACKENDS_80: 'a',
      MY_BACKEND_80: 'a',
      'BAC\u212aEND_80': 'a',
      'BACKEND_80\n': 'a',
      'connect.80': 'a',
      ['__proto__']: 'a',
      constructor: 'a',
    }
    const labels = {
      connect: 'a',
      'connect.url': 'a',
      'my.connect.80': 'a',
      'connect.80/sctp': 'a',
      BACKEND_80: 'a',
    }
    assert.deepEqual(asked(environment, labels), { requests: [], faults: [] })
  })

  for (const digits of ['0', '00', '080', '65536', '99999999999999999999']) {
    it(`have no port ${digits}`, () => {
      const reason = 'names a port that is none, 1 to 65535 was expected'
      assert.deepEqual(faults({ [`BACKEND_${digits}`]: 'a' }, { [`connect.${digits}/udp`]: 'b' }), [
        `BACKEND_${digits}=a: ${reason}`,
        `connect.${digits}/udp=b: ${reason}`,
      ])
    })
  }

  it('leave the others be where one makes no sense', () => {
    const environment = { BACKEND_80: 'a:b', BACKEND_90: 'redis' }
    assert.deepEqual(routes(environment), ['90/tcp,udp redis'])
    assert.deepEqual(faults(environment), [
      'BACKEND_80=a:b: has a port that is none, a number from 1 to 65535 was expected',
    ])
  })

  it('lead nowhere where the one that counts makes no sense', () => {
    const labels = { 'connect.80/tcp': 'a:b' }
    assert.deepEqual(routes({ BACKEND_80: 'redis' }, labels), ['80/udp redis'])
    assert.equal(faults({ BACKEND_80: 'redis' }, labels).length, 1)
  })

  it('are not refused for the sake of one that does not count', () => {
    assert.deepEqual(faults({ BACKEND_80: 'a:b' }, { 'connect.80': 'redis' }), [])
  })

  const told: Record<string, string> = {
    'redis:': 'redis:',
    [`${'a'.repeat(79)}:`]: `${'a'.repeat(79)}:`,
    [`${'a'.repeat(80)}:`]: `${'a'.repeat(79)}…`,
    ['a'.repeat(1_000_000)]: `${'a'.repeat(79)}…`,
    'a\u001b[31mb\r\nc': String.raw`a\u{1b}[31mb\u{d}\u{a}c`,
    'a\u202eb\u2028c\u0085d': String.raw`a\u{202e}b\u{2028}c\u{85}d`,
    '\ud800': String.raw`\u{d800}`,
    [`${'a'.repeat(78)}🔑🔑`]: `${'a'.repeat(78)}\ufffd…`,
    'consul://user:secret@host/a': 'consul://(hidden)@host/a',
    'postgres://user:se/cr@et@host/a?b': 'postgres://(hidden)@host/a?b',
    'a:1,consul://user:secret@host/a': 'a:1,consul://(hidden)@host/a',
    'user:secret@host:80': '(hidden)@host:80',
    'user:secret@http://host': '(hidden)@http://host',
    [`http://user:${'secret'.repeat(100)}@host/a`]: 'http://(hidden)@host/a',
    'redis@dc2@dc3': 'redis@dc2@dc3',
  }
  for (const [text, expected] of Object.entries(told)) {
    it(`are told of as ${JSON.stringify(expected)} where they make no sense`, () => {
      const [fault] = asked({ BACKEND_80: text }).faults
      assert.equal(fault?.text, expected)
      assert.doesNotMatch(fault.reason, /secret|\p{C}/u)
    })
  }

  it('have a name without end cut as well', () => {
    const [fault] = asked({ [`BACKEND_${'9'.repeat(1_000_000)}`]: 'a' }).faults
    assert.equal(fault?.variable, `BACKEND_${'9'.repeat(71)}…`)
  })

  it(`are ${routesMax} of a container at most, those with the lowest ports`, () => {
    const variables = Array.from({ length: 10_000 }, (_, at) => [`BACKEND_${10_000 - at}`, 'redis'])
    const { requests, faults } = asked(Object.fromEntries(variables) as Texts)
    assert.deepEqual(
      requests.map(({ port }) => port),
      Array.from({ length: routesMax }, (_, at) => at + 1),
    )
    const reason = 'is one of 8976 requests that are left out, 1024 of a container were expected at most'
    assert.deepEqual(faults, [{ variable: 'BACKEND_1025', text: 'redis', reason }])
  })

  it('have no more faults than there may be routes, and one that counts the rest', () => {
    const variables = Array.from({ length: 2_000 }, (_, at) => [`BACKEND_${70_000 + at}`, 'redis'])
    const { faults } = asked(Object.fromEntries(variables) as Texts)
    assert.equal(faults.length, routesMax + 1)
    const reason = 'is one of 976 faults that are left out, 1024 of a container were expected at most'
    assert.deepEqual(faults.at(-1), { variable: 'BACKEND_71024', text: 'redis', reason })
  })

  const names = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('BACKEND_', 'backend_', 'Backend_', 'connect.'),
        fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 65_534, max: 65_537 })),
        fc.constantFrom('', '_TCP', '_udp', '/tcp', '/udp', '_X'),
      )
      .map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', 'constructor', 'toString'),
  )
  const values = fc.oneof(
    fc.constantFrom('redis', 'a:1', 'a:x', '', 'consul://u:p@h/a'),
    fc.string({ unit: 'binary' }),
  )
  const texts = fc.dictionary(names, values)

  it('are each of a port and a protocol that no other has, and the same in whatever order they are said', () => {
    fc.assert(
      fc.property(texts, texts, (environment, labels) => {
        const { requests, faults } = asked(environment, labels)
        const keys = requests.flatMap(({ port, protocols }) => protocols.map((each) => `${port}/${each}`))
        assert.equal(new Set(keys).size, keys.length)
        for (const { port, protocols } of requests) {
          assert.ok(port >= 1 && port <= 65_535)
          assert.ok(protocols.length > 0)
        }
        for (const { variable, text, reason } of faults) {
          assert.ok(variable.length <= 80 && text.length <= 80)
          assert.doesNotMatch(`${variable}${text}${reason}`, /\p{C}/u)
        }
        const reversed = (of: Texts) => Object.fromEntries(Object.entries(of).reverse())
        assert.deepEqual(asked(reversed(environment), reversed(labels)), { requests, faults })
      }),
      { numRuns: 1_000 },
    )
  })
})
