import assert from 'node:assert/strict'
import { tunnel } from '../../../src/services/tunnel.ts'
import { resolve, type Source } from '../../../src/settings/resolve.ts'

const settings = (source: Source = {}) =>
  resolve(tunnel.uses, [{ HOSTNAME: 'h1', ARPANET_IP: '192.0.2.1', ...source }])
const host = {
  name: 'h1',
  addresses: ['192.0.2.1'],
  bridgeAddress: '172.17.0.1',
  resolvers: [],
  hasIpv6: true,
}
const spec = (source?: Source) => tunnel.spec(settings(source), host)

describe('the service tunnel', () => {
  it('is on the network of the host, and may change that and nothing else', () => {
    const { network, capabilities, mounts } = spec()
    assert.deepEqual([network, capabilities], ['host', ['NET_ADMIN', 'NET_RAW']])
    assert.deepEqual(mounts, [{ source: '/var/run/docker.sock', target: '/tmp/docker.sock' }])
  })

  it('is told what its host is, as its command reads it again', () => {
    const source = { ARPANET_LEASE_TTL: '36h', ARPANET_SUBNET: '10.210.9.0/24', ARPANET_TUNNEL: 'vxlan' }
    const again = resolve(tunnel.uses, [spec(source).environment])
    assert.deepEqual(again, settings(source))
    assert.equal(spec().environment.ARPANET_SUBNET, undefined)
  })

  it('takes its links down when it is stopped, and not when its container ends', () => {
    assert.equal(tunnel.leaves, true)
  })
})
