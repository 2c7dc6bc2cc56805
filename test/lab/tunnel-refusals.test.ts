// What the tunnel refuses, and that it harms nobody.
//
//       192.0.2.1         192.0.2.2         192.0.2.3
//          h1                h2                h3
//     consul server ─── consul client ─── consul client
//     10.210.101.0/24   10.210.102.0/24   is refused
//
import assert from 'node:assert/strict'
import { useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import {
  allHear,
  entries,
  leases,
  networkView,
  speakInside,
  speakOnHost,
  startTunnel,
  type Way,
} from './overlay.ts'

const way: Way = { driver: 'vxlan', bridge: 'app' }

describe('the tunnel', () => {
  const lab = useProductLab('tunnelrefusals', { h1: 'trixie', h2: 'trixie', h3: 'trixie' })
  const two = () => [lab().h1, lab().h2]
  const start = async (host: Host) => {
    await startTunnel(host, way)
    await speakInside(host, way)
  }
  const known = { '10.210.101.0/24': 'h1', '10.210.102.0/24': 'h2' }
  let whole: readonly string[] = []

  before('an overlay of two hosts', async function () {
    this.timeout(180_000)
    const { h1, h2, h3, hosts } = lab()
    await h1.run('CONSUL_EXPECT=1 arpanet start:consul boot')
    await Promise.all([
      ...[h2, h3].map((host) => host.run('arpanet start:consul client 192.0.2.1')),
      ...hosts.map((host) => speakOnHost(host)),
    ])
    await Promise.all(two().map(start))
    await allHear(two(), way)
    whole = await Promise.all(two().map(entries))
    await h3.run('ip link add lan type bridge; ip address add 10.210.7.9/24 dev lan; ip link set lan up')
  })

  /** The others go on as if nothing was. */
  const assertUnharmed = async () => {
    assert.deepEqual(await Promise.all(two().map(entries)), whole)
    await allHear(two(), way)
  }

  const refused: Record<string, [env: Record<string, string>, status: number, line: RegExp]> = {
    'an ARPANET_CIDR that has an address of the host in it': [
      { ARPANET_CIDR: '192.0.0.0/16' },
      5,
      /^tunnel: ARPANET_CIDR: 192\.0\.0\.0\/16 has 192\.0\.2\.3 in it, a network apart from the hosts' was expected$/m,
    ],
    'an ARPANET_CIDR that the others do not have': [
      { ARPANET_CIDR: '10.220.0.0/16' },
      5,
      /^tunnel: cidr: is 10\.220\.0\.0\/16 on this host, 10\.210\.0\.0\/16 as in the overlay was expected$/m,
    ],
    'an ARPANET_CIDR that has no room for two hosts': [
      { ARPANET_CIDR: '10.210.0.0/24' },
      5,
      /^tunnel: cidr: 10\.210\.0\.0\/24 is too small for two hosts with a \/24 each, \/23 at most was expected$/m,
    ],
    'an ARPANET_CIDR that has no room for one': [
      { ARPANET_CIDR: '10.210.0.0/25' },
      2,
      /^ARPANET_CIDR: expected a network from \/8 to \/24 .*, got "10\.210\.0\.0\/25"$/m,
    ],
    'an ARPANET_SUBNET that is no part of it': [
      { ARPANET_SUBNET: '10.99.3.0/24' },
      5,
      /^tunnel: ARPANET_SUBNET: 10\.99\.3\.0\/24 is no part of the overlay, a \/24 of 10\.210\.0\.0\/16 was expected$/m,
    ],
    'a subnet that another device of the host has': [
      { ARPANET_SUBNET: '10.210.7.0/24' },
      5,
      /^tunnel: 10\.210\.7\.0\/24: lan of this host has 10\.210\.7\.9\/24, a subnet that nobody uses was expected$/m,
    ],
    'an ARPANET_IP that is that of another host': [
      { ARPANET_IP: '192.0.2.1' },
      2,
      /^ARPANET_IP: expected an IPv4 address of this host, got "192\.0\.2\.1"\n.*^ {2}export ARPANET_IP=192\.0\.2\.3$/ms,
    ],
    'another driver than the others have': [
      { ARPANET_TUNNEL: 'host-gw' },
      5,
      /^tunnel: driver: is host-gw on this host, vxlan as in the overlay was expected$/m,
    ],
    'a mistyped driver': [
      { ARPANET_TUNNEL: 'vxlam' },
      2,
      /^ARPANET_TUNNEL: expected auto, .*, got "vxlam", did you mean vxlan\?\n {2}export ARPANET_TUNNEL=vxlan$/m,
    ],
  }
  for (const [what, [env, status, line]] of Object.entries(refused)) {
    it(`refuses ${what}`, async function () {
      this.timeout(60_000)
      const { h1, h3 } = lab()
      await h3.exec('docker rm -f arpanet_tunnel')
      const { exitCode, stderr } = await h3.exec('arpanet start:stack tunnel', {
        env: { ARPANET_BRIDGE: 'app', ...env },
      })
      assert.equal(exitCode, status, stderr)
      assert.match(stderr, line)
      assert.deepEqual(await leases(h1), known)
      assert.equal(await entries(h3), '')
      await assertUnharmed()
    })
  }

  it('leaves out and names leases that make no sense, and takes all others in', async function () {
    this.timeout(120_000)
    const { h1, h2, h3, hosts } = lab()
    const lease = (host: string, address: string) =>
      JSON.stringify({ host, address, attributes: {}, seenAt: new Date().toISOString() })
    const senseless = {
      '10.210.8.0/24': 'rubbish',
      '10.210.9.0/24': lease('h9', '-f /etc/passwd'),
      '10.210.10.0/24': lease('h9\nis well', '192.0.2.9'),
      '10.210.102.128/25': lease('h9', '192.0.2.9'),
      '10.99.0.0/24': lease('h9', '192.0.2.9'),
      somewhere: lease('h9', '192.0.2.9'),
    }
    for (const [subnet, value] of Object.entries(senseless)) {
      const url = `127.0.0.1:8500/v1/kv/arpanet/network/leases/${subnet}`
      await h1.run(['curl', '-sf', '-X', 'PUT', '-d', value, url])
    }
    await Promise.all(
      [h1, h2].map((host) =>
        eventually(`${host.name} names them`, async (seen) => {
          const { faults } = seen(await networkView(host))
          const named = Object.keys(senseless).filter((subnet) =>
            faults.some((line) => line.startsWith(`lease ${subnet}: `)),
          )
          return named.length === faults.length && named.length === Object.keys(senseless).length
        }),
      ),
    )
    await assertUnharmed()
    await h3.run('docker rm -f arpanet_tunnel')
    await start(h3)
    await allHear(hosts, way)
  })
})
