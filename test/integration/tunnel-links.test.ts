import assert from 'node:assert/strict'
import { connect } from '../../src/drivers/ip.ts'
import { actualOf, linksOf, port } from '../support/linked-hosts.ts'
import { becomeEachState, haveADevice, useLinkedHosts } from '../support/link-tests.ts'
import { aPeer, nothing } from '../unit/agents/tunnel/states.ts'

describe('links in a kernel', function () {
  this.timeout(120_000)
  const tests = { it, beforeEach, afterEach }
  const hosts = useLinkedHosts(tests)
  becomeEachState(tests, hosts, 'vxlan', 'host-gw')
  becomeEachState(tests, hosts, 'host-gw', 'vxlan')
  haveADevice(tests, hosts, 'vxlan')

  it('carry a connection by host-gw', async () => {
    await hosts().link('host-gw')
    await hosts().two.ip('address add 10.210.2.1/24 dev lo')
    await hosts().two.serve('two', port)
    assert.equal(await hosts().reached('10.210.2.1'), 'two')
  })

  it('mend an entry for all that is unknown', async () => {
    const links = linksOf('vxlan', 1, [aPeer(2)])
    await hosts().become(links)
    for (const address of ['10.78.0.9', '10.78.0.8']) {
      const entry = `bridge fdb append 00:00:00:00:00:00 dev arpanet1 dst ${address}`
      await hosts().one.shell.run(entry.split(' '))
    }
    assert.equal((await hosts().become(links)).length, 2)
    assert.deepEqual(await hosts().rest(links), { steps: [], conflicts: [] })
  })

  it('leave a route of somebody else alone', async () => {
    const { one } = hosts()
    await one.ip('route add 10.210.2.0/24 via 10.78.0.9')
    await hosts().become(linksOf('vxlan', 1, [aPeer(2), aPeer(3)]))
    await hosts().become(nothing)
    const routes = await one.shell.run(['ip', 'route', 'show', 'root', '10.210.0.0/16'])
    assert.equal(routes.trim(), '10.210.2.0/24 via 10.78.0.9 dev under')
  })

  it('end what goes to an address that no host has, and say so', async () => {
    const { one } = hosts()
    await one.ip('route add default via 10.78.0.2')
    const route = async (address: string) => (await one.shell.run(['ip', 'route', 'get', address])).trim()
    await hosts().become(linksOf('vxlan', 1, [aPeer(2)]))
    await assert.rejects(one.ask('10.210.9.1', port), /No route to host/)
    // All else goes where it went.
    assert.match(await route('10.211.0.1'), /^10\.211\.0\.1 via 10\.78\.0\.2 dev under/)
    await hosts().become(nothing)
    assert.match(await route('10.210.9.1'), /^10\.210\.9\.1 via 10\.78\.0\.2 dev under/)
  })

  it('leave a network of the overlay to a device of this host that has it', async () => {
    const { one } = hosts()
    await one.ip('address add 10.210.0.1/16 dev under')
    await hosts().become(linksOf('vxlan', 1, [aPeer(2)]))
    const route = await one.shell.run(['ip', 'route', 'get', '10.210.9.1'])
    assert.match(route, /^10\.210\.9\.1 dev under src 10\.210\.0\.1/)
  })

  it('are the same whether ip(8) is asked once or started for each question', async () => {
    const [kept] = hosts().ips
    const ip = connect(hosts().one.shell)
    assert.deepEqual(await actualOf(ip), await actualOf(kept!))
    await hosts().link('vxlan')
    const found = await actualOf(ip)
    assert.ok(found.device)
    assert.deepEqual(found, await actualOf(kept!))
  })

  it('say which command failed, and take the others nevertheless', async () => {
    const ip = connect(hosts().one.shell)
    await assert.rejects(
      ip.apply('ip', [
        'route add 10.9.0.0/24 via 10.99.0.1 proto 210',
        'route add 10.210.3.0/24 via 10.78.0.3 proto 210',
      ]),
      { message: /^ip: Nexthop has invalid gateway: route add 10\.9\.0\.0\/24/ },
    )
    assert.equal((await ip.routes()).filter(({ protocol }) => protocol === 210).length, 1)
  })
})
