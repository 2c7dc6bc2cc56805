import assert from 'node:assert/strict'
import fc from 'fast-check'
import { BackendError, formatBackend, parseWish } from '../../../src/model/backend.ts'
import { hasDotSegment } from '../../../src/model/key.ts'

describe('what a container asks for', () => {
  /** Texts with more of the grammar in them than chance gives. */
  const texts = fc
    .array(
      fc.oneof(
        fc.constantFrom('.', ':', ',', '@', '?', '&', '=', '/', '%', '_', '-', '[', ']', ' '),
        fc.constantFrom('redis', '_tcp', 'service', 'consul', 'dc2', '1', '::1', '192.0.2.1', '%2c', '%20'),
        fc.constantFrom('consul://', 'etcd://', 'a:1', '[::1]:2', 'near=host', 'sticky=9', 'drain=reset'),
        fc.string({ unit: 'binary', maxLength: 3 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(''))

  it('is a wish or refused in one sentence, whatever the text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const { backend } = parseWish(text)
          assert.deepEqual(parseWish(formatBackend(backend)).backend, backend)
        } catch (error) {
          assert.ok(error instanceof BackendError, String(error))
          assert.match(error.message, /^(is|has|does) .*expected/)
          assert.doesNotMatch(error.message, /\p{Cc}/u)
        }
      }),
      { numRuns: 3_000 },
    )
  })

  const label = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_-]{0,6}[A-Za-z0-9])?$/)
  const hosts = fc.oneof(
    fc.stringMatching(/^[a-z][a-z0-9]{0,6}(\.[a-z]{1,5}){0,2}$/),
    fc.ipV4(),
    fc.ipV6().map((text) => `[${text}]`),
  )
  const ports = fc.integer({ min: 1, max: 65_535 })
  const addresses = fc.tuple(hosts, ports).map(([host, port]) => `${host}:${port}`)
  const paths = fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .map((text) => `a${text}a`)
    .filter((path) => !hasDotSegment(path))
  const sound = fc.oneof(
    addresses,
    fc.array(addresses, { minLength: 1, maxLength: 5 }).map((members) => `${members.join(',')},`),
    fc.tuple(hosts, paths).map(([host, path]) => `etcd://${host}/${encodeURIComponent(path)}`),
    fc.tuple(addresses, paths).map(([host, path]) => `consul://${host}/${encodeURIComponent(path)}`),
    fc.array(label, { minLength: 1, maxLength: 2 }).map((labels) => labels.join('.')),
    fc.tuple(label, label).map(([name, datacenter]) => `${name}@${datacenter}`),
    fc
      .tuple(fc.array(label, { minLength: 1, maxLength: 4 }), fc.option(label))
      .map(([labels, dc]) => `${labels.join('.')}.service.${dc === null ? '' : `${dc}.`}consul`),
    fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => `_${labels.join('.')}.example`),
  )

  it('is the same again in its canonical form, which stays as it is', () => {
    fc.assert(
      fc.property(sound, (text) => {
        const { backend } = parseWish(text)
        const canonical = formatBackend(backend)
        assert.deepEqual(parseWish(canonical).backend, backend)
        assert.equal(formatBackend(parseWish(canonical).backend), canonical)
      }),
      { numRuns: 1_000 },
    )
  })

  const equal: string[][] = [
    ['redis:80', 'REDIS:80', 'redis.:80', ' redis:80 '],
    ['[2001:db8::1]:80', '[2001:DB8:0:0:0:0:0:1]:80'],
    ['a:1,', 'a:1,a:1', ',A:1'],
    ['consul:///a/b', 'consul:///a%2Fb/', 'Consul:////a//b'],
    ['consul://h/a', 'consul://H:8500/a'],
    ['etcd://h/a,b'.replace(',', '%2C'), 'etcd://h:2379/a%2cb'],
    ['redis', 'redis.service.consul', '_redis._tcp.service.consul', '_redis._udp.service.consul.'],
    ['primary.redis@dc2', 'primary.redis.service.dc2.consul', '_redis._primary.service.DC2.consul'],
    ['_redis._tcp.example.com', '_REDIS._tcp.example.com.'],
  ]
  for (const [canonical = '', ...others] of equal) {
    it(`${canonical} is how ${others.join(' and ')} is known`, () => {
      for (const text of [canonical, ...others])
        assert.equal(formatBackend(parseWish(text).backend), canonical)
    })
  }
})
