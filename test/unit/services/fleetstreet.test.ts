import assert from 'node:assert/strict'
import { parseFleetstreet } from '../../../src/agents/fleetstreet/options.ts'
import { fleetstreet } from '../../../src/services/fleetstreet.ts'
import { resolve, type Source } from '../../../src/settings/resolve.ts'

const settings = (source: Source = {}) =>
  resolve(fleetstreet.uses, [{ HOSTNAME: 'h1', ARPANET_IP: '192.0.2.1', ...source }])
const host = {
  name: 'h1',
  addresses: ['192.0.2.1'],
  bridgeAddress: '172.17.0.1',
  resolvers: [],
  hasIpv6: true,
}
const spec = (source?: Source) => fleetstreet.spec(settings(source), host)

describe('fleetstreet service', () => {
  it("takes the original's arguments, which ours understands", () => {
    const { args } = spec({ CONSUL_KV_PATH: '/team/', CONSUL_PORT: '8501' })
    assert.deepEqual(args, ['-ip=192.0.2.1', 'consul://192.0.2.1:8501/team/containers'])
    const { ip, folder, consul, ensure } = parseFleetstreet(args, { host: 'h1', shown: '' })
    assert.deepEqual(
      [ip, folder, consul, ensure],
      ['192.0.2.1', 'team/containers', { host: '192.0.2.1', port: 8501 }, false],
    )
  })

  it('sees the socket where the original looks for it, and may do nothing else', () => {
    const { environment, mounts, capabilities, user, network } = spec()
    assert.deepEqual(mounts, [{ source: '/var/run/docker.sock', target: '/tmp/docker.sock' }])
    assert.equal(environment.DOCKER_HOST, 'unix:///tmp/docker.sock')
    assert.deepEqual([capabilities, user, network], [[], '0:0', 'host'])
  })

  it('is known to be ready by its health, and as the original by staying up', () => {
    assert.deepEqual(fleetstreet.ready(settings()), {
      kind: 'http',
      url: 'http://192.0.2.1:9611/readyz',
      budgetMs: 30_000,
    })
    const original = settings({ FLEETSTREET_IMAGE: 'binocarlos/fleetstreet' })
    assert.equal(fleetstreet.ready(original).kind, 'up')
    assert.equal(fleetstreet.registration?.(original), undefined)
    assert.equal(fleetstreet.registration?.(settings())?.port, 9611)
  })
})
