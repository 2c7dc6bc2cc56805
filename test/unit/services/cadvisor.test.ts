import assert from 'node:assert/strict'
import { dockerRun } from '../../../src/model/container-spec.ts'
import { shellLine } from '../../../src/model/shell-words.ts'
import { cadvisor } from '../../../src/services/cadvisor.ts'
import { resolve } from '../../../src/settings/resolve.ts'

const settings = resolve(cadvisor.uses, [{ ARPANET_IP: '192.0.2.1', CADVISOR_PORT: '9090' }])
const host = {
  name: 'h1',
  addresses: ['192.0.2.1'],
  bridgeAddress: '172.17.0.1',
  resolvers: [],
  hasIpv6: true,
}

describe('cadvisor service', () => {
  it('listens on one address, reads the host and may do nothing', () => {
    const { args, mounts, capabilities, network } = cadvisor.spec(settings, host)
    assert.deepEqual(args.slice(0, 2), ['--listen_ip=192.0.2.1', '--port=9090'])
    assert.ok(mounts.every(({ readOnly }) => readOnly))
    assert.deepEqual(capabilities, [])
    assert.equal(network, 'host')
  })

  it('makes no metric labels of container labels, for a spec may hold a key', () => {
    assert.ok(cadvisor.spec(settings, host).args.includes('--store_container_labels=false'))
  })

  it('is in the catalogue with a check of its health', () => {
    assert.deepEqual(cadvisor.registration?.(settings), {
      id: 'arpanet_cadvisor',
      name: 'cadvisor',
      address: '192.0.2.1',
      port: 9090,
      tags: [],
      meta: {},
      checks: [
        {
          kind: 'http',
          url: 'http://192.0.2.1:9090/healthz',
          interval: '10s',
          timeout: '5s',
          initialStatus: 'passing',
        },
      ],
    })
  })

  it('is made by one line of docker run too', () => {
    const line = shellLine(dockerRun(cadvisor.spec(settings, host), { 'arpanet.service': 'cadvisor' }))
    assert.match(
      line,
      /^docker run --detach --name arpanet_cadvisor --network host --restart unless-stopped --cap-drop ALL --volume \/:\/rootfs:ro /,
    )
    assert.match(
      line,
      / --label arpanet\.service=cadvisor ghcr\.io\/google\/cadvisor:v0\.53\.0 --listen_ip=192\.0\.2\.1 /,
    )
  })
})
