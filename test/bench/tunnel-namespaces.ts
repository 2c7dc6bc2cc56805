// Prints what gre carries, and what the same hosts carry otherwise, a line each: for a kernel that has gre, where this
// program is started. Two hosts as namespaces with the tunnel's links, each with a bridge and a place behind it, and
// without any rule of a firewall. Arguments: rounds, seconds, turns.
import type { LinkDriver } from '../../src/agents/tunnel/desired/peer.ts'
import { shapes } from '../../src/agents/tunnel/desired/shapes.ts'
import { LinkedHosts } from '../support/linked-hosts.ts'
import { NetworkNamespace } from '../support/network-namespace.ts'
import { effort, sample, type Places, type Sample } from './tunnel-runs.ts'

/** Without rules host-gw is no tunnel: the routes are all that it makes. */
const drivers = ['host-gw', 'vxlan', 'gre'] as const satisfies readonly LinkDriver[]
const [rounds = 3, seconds = effort.seconds, turns = effort.turns] = process.argv.slice(2).map(Number)

const hosts = await LinkedHosts.create()
const insides = await NetworkNamespace.createBare('inside-one', 'inside-two')
try {
  for (const [index, inside] of insides.entries()) {
    const n = index + 1
    await hosts.ip(
      `link add docker0 type bridge\naddress add 10.210.${n}.1/24 dev docker0\nlink set docker0 up
       link add inside type veth peer name eth0 netns ${inside.name}\nlink set inside master docker0 up`,
      n,
    )
    await inside.ip(
      `address add 10.210.${n}.2/24 dev eth0\nlink set eth0 up\nroute add default via 10.210.${n}.1`,
    )
  }
  await hosts.one.forward()
  await hosts.two.forward()
  const [client, server] = insides.map(({ name }) => ['nsenter', `--net=/run/netns/${name}`])
  const samples = new Map<string, Sample[]>()
  for (let round = 0; round < rounds; round += 1) {
    for (const driver of drivers) {
      if (driver === 'gre' && (await hosts.ips[0]?.makes('gre')) !== true) continue
      await hosts.link(driver)
      const mtuBytes = 1500 - shapes[driver].overheadBytes
      for (const n of [1, 2])
        await hosts.ip(`link set inside mtu ${mtuBytes}\nlink set docker0 mtu ${mtuBytes}`, n)
      for (const inside of insides) await inside.ip(`link set eth0 mtu ${mtuBytes}`)
      const places: Places = { client: client!, server: server!, address: '10.210.2.2', mtuBytes }
      const found = await sample(places, { seconds, turns })
      const name = driver === 'host-gw' ? 'no tunnel' : driver
      samples.set(name, [...(samples.get(name) ?? []), found])
    }
  }
  console.log(JSON.stringify([...samples]))
} finally {
  for (const each of insides) await each.delete()
  await hosts.delete()
}
