import assert from 'node:assert/strict'
import {
  deviceOf,
  planBridge,
  type ActualBridge,
  type BridgeWish,
} from '../../../../src/agents/tunnel/desired/bridge.ts'

const wish: BridgeWish = {
  name: 'app',
  subnet: '10.210.8.0/24',
  mtuBytes: 1450,
  from: 'arpanet1',
  mustTrust: true,
}
const trusts = { 'com.docker.network.bridge.trusted_host_interfaces': 'eth9:arpanet1' }
const app: ActualBridge = {
  id: '0123456789abcdef',
  driver: 'bridge',
  subnet: '10.210.8.0/24',
  options: trusts,
  labels: {},
  users: ['web'],
}
const ours = { 'arpanet.tunnel': '10.210.9.0/24' }

const said = (change: Partial<BridgeWish>, actual?: ActualBridge): string => {
  const { steps, fault } = planBridge({ ...wish, ...change }, actual)
  return [...steps.map(({ verb, reason }) => `${verb}: ${reason}`), ...(fault ? [fault] : [])].join('\n')
}

describe('the bridge', () => {
  const rows: [string, Partial<BridgeWish>, ActualBridge | undefined, string][] = [
    ['is made where there is none', {}, undefined, 'create: there is none'],
    ['is left as it is where it is right, whoever made it', {}, app, ''],
    [
      'is right without an option that the engine does not know',
      { mustTrust: false },
      { ...app, options: {} },
      '',
    ],
    [
      'is right where its containers are routed to',
      {},
      { ...app, options: { 'com.docker.network.bridge.gateway_mode_ipv4': 'routed' } },
      '',
    ],
    [
      'is refused with both ways out where it has another subnet and is used',
      {},
      { ...app, subnet: '172.18.0.0/16', labels: ours },
      'it has 172.18.0.0/16, 10.210.8.0/24 was expected; remove the network, which web use: docker network rm app, or take another: export ARPANET_BRIDGE=…',
    ],
    [
      'is refused where it is not ours, though nobody uses it',
      {},
      { ...app, options: {}, users: [] },
      'it lets nothing in from arpanet1, the option com.docker.network.bridge.trusted_host_interfaces=arpanet1 was expected; remove the network: docker network rm app, or take another: export ARPANET_BRIDGE=…',
    ],
    [
      'is made anew where it is ours and nobody uses it',
      {},
      { ...app, subnet: '10.210.9.0/24', labels: ours, users: [] },
      'remove: it has 10.210.9.0/24, 10.210.8.0/24 was expected\ncreate: it has 10.210.9.0/24, 10.210.8.0/24 was expected',
    ],
    [
      'is refused where it is no bridge',
      {},
      { ...app, driver: 'macvlan' },
      'its driver is macvlan, bridge was expected; remove the network, which web use: docker network rm app, or take another: export ARPANET_BRIDGE=…',
    ],
    [
      "is setup's where it is Docker's own",
      { name: 'docker0' },
      { ...app, subnet: '172.17.0.0/16', options: {} },
      'it has 172.17.0.0/16, 10.210.8.0/24 was expected: ARPANET_SUBNET=10.210.8.0/24 arpanet setup',
    ],
    ["is right where Docker's own has the subnet", { name: 'docker0' }, { ...app, options: {} }, ''],
    [
      'is missed where Docker has no default bridge',
      { name: 'docker0' },
      undefined,
      'Docker has none, one was expected: arpanet setup',
    ],
  ]
  for (const [what, change, actual, expected] of rows) {
    it(what, () => assert.equal(said(change, actual), expected))
  }

  it('is made with its address, its MTU, and the device that others come in by', () => {
    const [step] = planBridge(wish, undefined).steps
    assert.deepEqual(step?.network, {
      name: 'app',
      subnet: '10.210.8.0/24',
      gateway: '10.210.8.1',
      options: {
        'com.docker.network.bridge.name': 'arpanet0',
        'com.docker.network.driver.mtu': '1450',
        'com.docker.network.bridge.trusted_host_interfaces': 'arpanet1',
      },
      labels: { 'arpanet.tunnel': '10.210.8.0/24' },
    })
  })

  it('has the device that Docker names after it, or the one that it was told', () => {
    assert.equal(deviceOf(app), 'br-0123456789ab')
    assert.equal(deviceOf({ ...app, options: { 'com.docker.network.bridge.name': 'docker0' } }), 'docker0')
    assert.equal(deviceOf(undefined), 'arpanet0')
  })
})
