import assert from 'node:assert/strict'
import { connect } from '../../../src/drivers/ip.ts'
import { unavailable } from '../../../src/errors.ts'

type Answer = string | Error

describe('ip', () => {
  const asked: string[] = []
  beforeEach(() => void asked.splice(0))
  /** Answers what begins with the words. */
  const answering = (answers: Readonly<Record<string, Answer>>) =>
    connect({
      run: (argv, input = '') => {
        const words = argv.filter((word) => !/^-[Nj4d]$/.test(word)).join(' ')
        asked.push(`${words}${input === '' ? '' : `\n${input}`}`)
        const answer = answers[words] ?? new Error(`nobody expected ${words}`)
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
      },
      follow: () => Promise.resolve(),
    })
  const failed = (said: string) => unavailable(`ip: ended with 1: ${said}, 0 was expected`)

  const gre = {
    ifname: 'arpanet1',
    flags: ['UP', 'LOWER_UP'],
    mtu: 1472,
    group: '210',
    link_type: '[778]',
    address: '192.0.2.1',
    linkinfo: {
      info_kind: 'gre',
      info_data: { remote: 'any', local: '192.0.2.1', ttl: 64, ikey: '0.0.1.7', okey: '0.0.1.7' },
    },
    ifalias: 'arpanet',
    addr_info: [
      { family: 'inet', local: '10.210.1.1', prefixlen: 32 },
      { family: 'inet6', local: 'fe80::1', prefixlen: 64 },
    ],
  }
  const show = 'ip address show dev arpanet1'
  const neigh = 'ip neigh show dev arpanet1 nud permanent'

  it('reads a device of gre, whose key is written as an address', async () => {
    const answers = {
      [show]: JSON.stringify([gre]),
      [neigh]: '[{"dst":"10.210.2.1","lladdr":"192.0.2.2","state":["PERMANENT"]}]',
    }
    assert.deepEqual(await answering(answers).device('arpanet1'), {
      device: {
        kind: 'gre',
        alias: 'arpanet',
        group: 210,
        isUp: true,
        mtuBytes: 1472,
        local: '192.0.2.1',
        key: 263,
        mac: undefined,
        port: undefined,
        isPlain: true,
      },
      addresses: ['10.210.1.1/32'],
      neighbours: [{ address: '10.210.2.1', lladdr: '192.0.2.2' }],
      forwarding: [],
    })
  })

  const strange: Record<string, object> = {
    'another end': { remote: '192.0.2.2' },
    'ends that routes tell': { external: true },
    'numbered packets': { oseq: true },
    'a checksum in each packet': { icsum: true },
  }
  for (const [what, data] of Object.entries(strange)) {
    it(`sees that a device has ${what}`, async () => {
      const link = { ...gre, linkinfo: { info_kind: 'gre', info_data: data } }
      const { device } = await answering({ [show]: JSON.stringify([link]), [neigh]: '[]' }).device('arpanet1')
      assert.equal(device?.isPlain, false)
      assert.equal(device.key, undefined)
    })
  }

  it('reads nothing where there is no device', async () => {
    const { device } = await answering({ [show]: failed('Device "arpanet1" does not exist.') }).device(
      'arpanet1',
    )
    assert.equal(device, undefined)
  })

  it('says what else goes wrong', async () => {
    const answers = { [show]: failed('Operation not permitted'), 'ip route show table main': 'what?' }
    await assert.rejects(answering(answers).device('arpanet1'), /Operation not permitted/)
    await assert.rejects(answering(answers).routes(), /what it listed is no JSON/)
  })

  it('reads routes', async () => {
    const routes = [
      { type: '1', dst: 'default', gateway: '192.0.2.254', dev: 'eth0', protocol: '3', flags: [] },
      {
        type: '1',
        dst: '10.210.2.0/24',
        gateway: '10.210.2.1',
        dev: 'arpanet1',
        protocol: '210',
        flags: ['onlink'],
      },
      { type: '7', dst: '10.210.4.9', prefsrc: '10.210.1.1', protocol: '210', metric: 5, flags: [] },
    ]
    const found = await answering({ 'ip route show table main': JSON.stringify(routes) }).routes()
    assert.deepEqual(found.slice(1), [
      {
        subnet: '10.210.2.0/24',
        via: '10.210.2.1',
        device: 'arpanet1',
        isOnlink: true,
        source: undefined,
        protocol: 210,
        metric: 0,
        type: 'unicast',
      },
      {
        subnet: '10.210.4.9/32',
        via: undefined,
        device: undefined,
        isOnlink: false,
        source: '10.210.1.1',
        protocol: 210,
        metric: 5,
        type: 'unreachable',
      },
    ])
  })

  describe('way to an address', () => {
    const get = 'ip route get 192.0.2.9'
    const eth0 = JSON.stringify([
      { ifname: 'eth0', mtu: 1500, addr_info: [{ family: 'inet', local: '192.0.2.1', prefixlen: 24 }] },
    ])
    const near = { type: '1', dst: '192.0.2.9', dev: 'eth0', prefsrc: '192.0.2.1' }

    it('has the MTU of its device', async () => {
      const answers = { [get]: JSON.stringify([near]), 'ip address show dev eth0': eth0 }
      assert.deepEqual(await answering(answers).wayTo('192.0.2.9'), {
        device: 'eth0',
        source: '192.0.2.1',
        via: undefined,
        mtuBytes: 1500,
        segment: '192.0.2.1/24',
      })
    })

    it('has the MTU of its route, where that says one', async () => {
      const far = { ...near, gateway: '192.0.2.254', metrics: [{ mtu: 1300 }] }
      const answers = { [get]: JSON.stringify([far]), 'ip address show dev eth0': eth0 }
      const way = await answering(answers).wayTo('192.0.2.9')
      assert.deepEqual([way?.mtuBytes, way?.via], [1300, '192.0.2.254'])
    })

    it('is none without a route', async () => {
      const answers = { [get]: failed('RTNETLINK answers: Network is unreachable') }
      assert.equal(await answering(answers).wayTo('192.0.2.9'), undefined)
    })
  })

  it('runs many commands as one', async () => {
    await answering({ 'bridge -force -batch -': '' }).apply('bridge', ['one', 'two'])
    await answering({}).apply('ip', [])
    assert.deepEqual(asked, ['bridge -force -batch -\none\ntwo\n'])
  })

  it('says which command failed, and how many more', async () => {
    const said =
      'RTNETLINK answers: File exists\nCommand failed -:2\nCannot find device "nix"\nCommand failed -:3'
    await assert.rejects(answering({ 'ip -force -batch -': failed(said) }).apply('ip', ['a', 'b', 'c']), {
      kind: 'unavailable',
      message: 'ip: File exists: b (and 1 more)',
    })
  })
})
