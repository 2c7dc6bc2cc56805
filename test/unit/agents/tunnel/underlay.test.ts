import assert from 'node:assert/strict'
import { ownSource, Ways } from '../../../../src/agents/tunnel/underlay.ts'
import type { Ip } from '../../../../src/drivers/ip.ts'

const addresses = [
  { device: 'lo', address: '127.0.0.1/8', mtuBytes: 65536 },
  { device: 'eth1', address: '192.0.2.8/24', mtuBytes: 1500 },
]

function host(mtus: Readonly<Record<string, number | undefined>>) {
  const asked: string[] = []
  const ip = {
    wayTo: (address: string) => {
      asked.push(address)
      const mtuBytes = mtus[address]
      return Promise.resolve(mtuBytes === undefined ? undefined : { mtuBytes })
    },
  } as unknown as Pick<Ip, 'wayTo'>
  let now = 0
  const ways = new Ways(ip, () => now)
  return {
    asked,
    wait: (ms: number) => (now += ms),
    to: (...peers: string[]) => ways.underlay('192.0.2.8', addresses, peers),
    from: (own: string) => ways.underlay(own, addresses, []),
  }
}

describe('the way to the other hosts', () => {
  it('is the device of this host with its network, where all are in it', async () => {
    const { to, asked } = host({})
    const way = { device: 'eth1', segment: '192.0.2.8/24', mtuBytes: 1500, routers: {} }
    assert.deepEqual(await to('192.0.2.9'), way)
    assert.deepEqual(asked, [])
  })

  it('has the shortest MTU of the ways over a router, each asked once a minute', async () => {
    const { to, asked, wait } = host({ '198.51.100.1': 1400, '198.51.100.2': 9000 })
    const far = ['198.51.100.1', '198.51.100.2', '203.0.113.1']
    assert.equal((await to(...far)).mtuBytes, 1400)
    await to(...far)
    assert.deepEqual(asked, far)
    wait(60_001)
    await to(...far)
    assert.equal(asked.length, 6)
    assert.equal((await to('198.51.100.2')).mtuBytes, 1500)
  })

  it('is none where this host does not have its address', async () => {
    await assert.rejects(host({}).from('192.0.2.7'), {
      kind: 'precondition',
      message: /^ARPANET_IP: 192.0.2.7 /,
    })
  })
})

describe('the address that a host has of the overlay', () => {
  const of = (device: string, address = '10.210.8.1/24') =>
    ownSource('10.210.8.0/24', [...addresses, { device, address }])

  it('is that of its bridge', () => {
    assert.equal(of('docker0'), '10.210.8.1')
  })

  it("is none where only the tunnel's device has it, or nobody", () => {
    assert.equal(of('arpanet1', '10.210.8.1/32'), undefined)
    assert.equal(of('docker0', '10.210.8.10/24'), undefined)
  })
})
