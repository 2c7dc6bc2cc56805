import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import fc from 'fast-check'
import { desired } from '../../../../src/agents/registrator/desired.ts'
import { isHostname } from '../../../../src/model/address.ts'
import { durationMs } from '../../../../src/model/go-duration.ts'
import type { Registration } from '../../../../src/model/registration.ts'
import { aContainer, aPolicy } from './containers.ts'

const nasty = fc.constantFrom(
  '',
  ' ',
  '\0',
  '\n',
  '/',
  '//',
  '..',
  'ü',
  '\ud800',
  '\u202e',
  '0',
  '-1',
  '99999999999',
  '1e3',
  '{{',
  '{{.ID}}',
  ',',
  '\\,',
  "'",
  '"',
  '`',
  '$(x)',
  '__proto__',
  'constructor',
  'true',
  'false',
  '10s',
  '10',
  '1h',
  'passing',
  '/ok',
  '::',
  '0.0.0.0',
)
const text = fc.oneof(
  nasty,
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ minLength: 500, maxLength: 530 }),
)
const keys = [
  'NAME',
  'ID',
  'TAGS',
  'IGNORE',
  'REGION',
  'CHECK_HTTP',
  'CHECK_HTTPS',
  'CHECK_HTTP_METHOD',
  'CHECK_SCRIPT',
  'CHECK_CMD',
  'CHECK_TTL',
  'CHECK_TCP',
  'CHECK_GRPC',
  'CHECK_GRPC_USE_TLS',
  'CHECK_INTERVAL',
  'CHECK_TIMEOUT',
  'CHECK_INITIAL_STATUS',
  'CHECK_DEREGISTER_AFTER',
  'CHECK_TLS_SKIP_VERIFY',
]
const scope = fc.constantFrom(
  '',
  '80_',
  '80_tcp_',
  '80_udp_',
  '70-90_',
  '90-70_',
  '0-65535_',
  '99999999999999999999_',
  '_',
)
const key = fc.oneof(
  fc.tuple(scope, fc.oneof(fc.constantFrom(...keys), text)).map(([of, name]) => `SERVICE_${of}${name}`),
  text,
)
const variables = fc.dictionary(key, text, { maxKeys: 12 })
const number = fc.oneof(fc.constantFrom(0, 80, 53, 65535), fc.integer({ min: 0, max: 65535 }))
const port = fc.record({ port: number, protocol: fc.constantFrom('tcp', 'udp', 'sctp') })
const address = fc.oneof(
  fc.constantFrom('', '0.0.0.0', '::', '127.0.0.1', 'fe80::1%eth0', '::ffff:0.0.0.0'),
  fc.ipV4(),
  fc.ipV6(),
  text,
)
const container = fc.record({
  name: fc.oneof(fc.constantFrom('web', 'db'), text),
  image: fc.oneof(fc.constantFrom('nginx', 'a/b:1', `sha256:${'0'.repeat(64)}`), text),
  state: fc.constantFrom('running', 'paused', 'exited'),
  isStopping: fc.boolean(),
  createdAt: fc.nat(3),
  environment: variables,
  labels: variables,
  exposed: fc.array(port, { maxLength: 4 }),
  bindings: fc.array(
    fc.tuple(port, address, number).map(([of, hostAddress, hostPort]) => ({ ...of, hostAddress, hostPort })),
    { maxLength: 4 },
  ),
  networkMode: fc.oneof(
    fc.constantFrom('default', 'host', 'none', 'container:web', 'shop', '__proto__'),
    text,
  ),
  networks: fc.dictionary(text, fc.record({ ipv4: address, ipv6: address }), { maxKeys: 2 }),
  health: fc.constantFrom('none', 'starting', 'healthy', 'unhealthy'),
} as const)
const policy = fc.record({
  internal: fc.boolean(),
  explicit: fc.boolean(),
  addressLabel: fc.option(text, { nil: undefined }),
  tags: text,
  allowScripts: fc.boolean(),
} as const)

/** What Consul's agent takes, written from its documentation and not from our code. */
function assertTaken({ id, name, address: at, port: of, tags, meta, checks }: Registration): void {
  const isPrintable = (given: string) => given !== '' && !/[\p{C}\p{Zl}\p{Zp}]/u.test(given)
  assert.ok(isPrintable(id) && isPrintable(name))
  assert.equal(
    new URL(`http://consul/v1/agent/service/deregister/${id.replaceAll('/', '%2F').replace(/^\.+$/, '')}`)
      .host,
    'consul',
  )
  assert.ok(
    !id
      .split('/')
      .some(
        (segment, index, all) => ['.', '..'].includes(segment) || (segment === '' && index < all.length - 1),
      ),
  )
  assert.ok(isIP(at) !== 0 || isHostname(at), at)
  assert.ok(!at.includes('%'))
  assert.doesNotMatch(at, /^(::ffff:)?[0.:]+$/i)
  assert.ok(Number.isInteger(of) && of >= 0 && of <= 65535)
  assert.ok(tags.every((tag) => tag !== '') && new Set(tags).size === tags.length)
  const pairs = Object.entries(meta)
  assert.ok(pairs.length <= 62)
  for (const [name, value] of pairs) {
    assert.match(name, /^(?!consul-)[a-zA-Z0-9_-]{1,128}$/)
    assert.ok(Buffer.byteLength(value) <= 512)
  }
  for (const check of checks) {
    for (const duration of [check.interval, check.timeout, check.deregisterAfter]) {
      assert.ok(duration === undefined || durationMs(duration) !== undefined)
    }
    if (check.initialStatus) assert.match(check.initialStatus, /^(passing|warning|critical)$/)
    if (check.kind === 'http') assert.ok(URL.canParse(check.url), check.url)
    if (check.kind === 'script')
      assert.ok(check.args.length > 0 && check.args.every((arg) => !arg.includes('\0')))
  }
  const sent = { id, name, address: at, tags, meta, checks }
  assert.deepEqual(JSON.parse(Buffer.from(JSON.stringify(sent)).toString()), sent)
}

describe('what the registrator wants of any containers', () => {
  it('is what Consul takes, or is refused by name', () => {
    fc.assert(
      fc.property(fc.array(container, { maxLength: 3 }), policy, (some, { addressLabel, ...rest }) => {
        const containers = some.map((changes, index) =>
          aContainer({ ...changes, id: String(index).repeat(64) }),
        )
        const { registrations, ignored } = desired(
          containers,
          aPolicy({ ...rest, ...(addressLabel !== undefined && { addressLabel }) }),
        )
        for (const { registration } of registrations) assertTaken(registration)
        const ids = registrations.map(({ registration }) => registration.id)
        assert.equal(new Set(ids).size, ids.length)
        for (const one of containers) {
          if (one.state === 'exited' || one.isStopping) continue
          const isNamed =
            registrations.some((wanted) => wanted.container === one) ||
            ignored.some((reason) => reason.container === one.name)
          assert.ok(isNamed, one.name)
        }
        for (const { reason } of ignored) assert.doesNotMatch(reason, /[\n\0]/)
      }),
      { numRuns: 500 },
    )
  })
})
