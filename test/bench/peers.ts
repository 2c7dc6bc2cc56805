// What another host costs the tunnel, among ten and among a thousand: the agent with a real Consul and a real kernel,
// its leases written by nobody but this program.
import { readFile } from 'node:fs/promises'
import { tunnel } from '../../src/agents/tunnel/agent.ts'
import type { Place } from '../../src/agents/tunnel/place.ts'
import { reconcile } from '../../src/agents/reconciler.ts'
import { monotonic } from '../../src/drivers/clock.ts'
import { connect as connectConsul } from '../../src/drivers/consul/connect.ts'
import type { Nodes } from '../../src/drivers/consul/consul.ts'
import { readText } from '../../src/drivers/files.ts'
import { connect as connectWireguard } from '../../src/drivers/wireguard.ts'
import { connect as connectIp } from '../../src/drivers/ip.ts'
import { connect as connectIptables } from '../../src/drivers/iptables.ts'
import { connect as connectNft } from '../../src/drivers/nft.ts'
import { formatLease } from '../../src/model/lease.ts'
import type { PassOutcome } from '../../src/model/pass.ts'
import { eventually } from '../lab/eventually.ts'
import { ConsulServer } from '../support/consul-server.ts'
import { NetworkNamespace } from '../support/network-namespace.ts'
import { goals, median, type Figure } from './measure.ts'

const sizes = [10, 100, 1_000]
const rounds = 10
const folder = 'arpanet/network'
/** Of kernel time as Linux counts it (USER_HZ). */
const tickMs = 10

const subnetOf = (n: number): string => `10.${208 + (n >> 8)}.${n & 255}.0/24`

/** This process's own time and that of the programs that it waited for, in ms. */
async function cpuMs(): Promise<number> {
  const fields = (await readFile('/proc/self/stat', 'utf8')).split(') ')[1]?.split(' ') ?? []
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * tickMs
}

export async function benchPeers(all: readonly number[] = sizes): Promise<string> {
  const figures: Figure[] = []
  for (const size of all) figures.push(...(await measure(size)))
  return goals('Hosts of an overlay with vxlan', figures)
}

async function measure(size: number): Promise<Figure[]> {
  const [host, wire] = await NetworkNamespace.createBare('peers', 'wire')
  const server = await ConsulServer.make()
  const over = new AbortController()
  let [running, following]: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()]
  try {
    if (host === undefined || wire === undefined) throw new Error('there are no namespaces')
    await host.ip(
      [
        'link set lo up',
        `link add name under type veth peer name wire netns ${wire.name}`,
        'address add 10.9.0.1/16 dev under',
        'link set under up',
      ].join('\n'),
    )
    await wire.ip('link set wire up')
    await server.start()
    const consul = connectConsul({ host: '127.0.0.1', port: server.port })
    const lease = (n: number) => {
      const address = `10.9.${n >> 7}.${(n & 127) + 1}`
      const seenAt = new Date().toISOString()
      const value = formatLease({ subnet: '', host: `h${n}`, address, attributes: {}, seenAt })
      return consul.kv.set(`${folder}/leases/${subnetOf(n)}`, value)
    }
    for (let n = 1; n <= size; n += 1) await lease(n)

    const passes: PassOutcome[] = []
    const { shell } = host
    const ip = connectIp(shell)
    const docker0 = {
      ...{ name: 'bridge', id: '0'.repeat(64), driver: 'bridge', labels: {}, users: [] },
      ...{ subnet: subnetOf(0), gateway: '10.208.0.1', options: {} },
    }
    const everybody = Array.from({ length: size + rounds + 1 }, (_, n) => `h${n}`)
    const nodes: Nodes = {
      failed: (asked) => consul.nodes.failed(asked),
      known: async (asked) => ({ ...(await consul.nodes.known(asked)), value: everybody }),
    }
    const asked = {
      networks: { find: () => Promise.resolve(docker0), create: reject, remove: reject },
      watch: { events: (_seen: unknown, opened: () => void, signal: AbortSignal) => until(signal, opened) },
      ...{ ip, nft: connectNft(shell), iptables: connectIptables(shell), files: { readText } },
      ...{ kv: consul.kv, values: consul.values, nodes, clock: monotonic },
      mustTrust: () => Promise.resolve(false),
      wireguard: { kernel: connectWireguard(shell), process: connectWireguard(shell) },
      processes: { ready: reject, run: reject, end: reject },
      ovs: { state: reject, apply: reject, carries: reject },
      roundTripMs: () => Promise.resolve(undefined),
      date: () => new Date(),
      log: { info: () => undefined, warn: () => undefined },
    }
    const place: Place = {
      ...{ host: 'h0', address: '10.9.0.1', cidr: '10.208.0.0/12', subnet: subnetOf(0) },
      ...{ driver: 'vxlan', bridge: 'docker0', leaseTtlMs: 86_400_000, port: 9613 },
    }
    // Told by the kernel: to list a thousand routes again and again would be most of what is measured.
    const routes = new Set<string>()
    const opened = Promise.withResolvers<undefined>()
    following = ip.changes(
      (line) => {
        const [, gone, subnet] = route.exec(line) ?? []
        if (subnet === undefined) return
        if (gone === undefined) routes.add(subnet)
        else routes.delete(subnet)
      },
      () => opened.resolve(undefined),
      over.signal,
    )
    await opened.promise
    const has = (count: number) =>
      eventually(`${count} routes`, () => routes.size === count, { budgetMs: 60_000, everyMs: 1 })

    const begun = performance.now()
    running = reconcile(
      tunnel(place, folder, asked),
      { log: asked.log, clock: monotonic, watch: { pass: (outcome) => passes.push(outcome) } },
      over.signal,
    )
    await has(size)
    const firstMs = performance.now() - begun

    const adds: number[] = []
    for (let n = 1; n <= rounds; n += 1) {
      await quiet(passes)
      const written = performance.now()
      await lease(size + n)
      await has(size + n)
      adds.push(performance.now() - written)
    }
    await quiet(passes)

    const idle: { readonly cpu: number; readonly steps: number }[] = []
    for (let n = 0; n < rounds; n += 1) {
      const [cpu, before] = [await cpuMs(), passes.length]
      // Of our device, and so a reason to look; and it is as it was again.
      await shell.run(['ip', 'link', 'set', 'dev', 'arpanet1', 'txqueuelen', String(500 + n)])
      await eventually('a pass', () => passes.length > before, { everyMs: 10 })
      idle.push({
        cpu: (await cpuMs()) - cpu,
        steps: passes.slice(before).reduce((sum, { steps }) => sum + steps, 0),
      })
    }
    const goal = (text: string) => (size === 1_000 ? text : undefined)
    const of = `${size} hosts`
    return [
      { what: `${of}: first apply, from the start`, value: firstMs, unit: 'ms', goal: goal('3,000') },
      {
        what: `${of}: one more, from its lease to its route`,
        value: median(adds),
        unit: 'ms',
        goal: goal('100'),
      },
      {
        what: `${of}: CPU of an idle pass`,
        value: median(idle.map(({ cpu }) => cpu)),
        unit: 'ms',
        goal: goal('300'),
      },
      {
        what: `${of}: steps of ${rounds} idle passes`,
        value: idle.reduce((sum, { steps }) => sum + steps, 0),
        unit: '',
        goal: '0',
      },
      { what: `${of}: memory of this process`, value: process.memoryUsage().rss / 2 ** 20, unit: 'MiB' },
    ]
  } finally {
    over.abort()
    await Promise.all([running, following])
    await server.remove()
    for (const each of [host, wire]) await each?.delete()
  }
}

/** A route of the tunnel, as `ip monitor` tells of it. */
const route = /^(Deleted )?(\S+\/24) via \S+ dev arpanet1 /

const reject = () => Promise.reject(new Error('docker0 is as it should be'))

const until = (signal: AbortSignal, opened: () => void) =>
  new Promise<void>((resolve) => {
    opened()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Until no pass comes any more: our own changes are reasons to look, too. */
async function quiet(passes: readonly PassOutcome[]): Promise<void> {
  let last = -1
  await eventually(
    'it is quiet',
    () => {
      const isQuiet = passes.length === last
      last = passes.length
      return isQuiet
    },
    // Longer than a pass takes where a thousand hosts are read anew.
    { everyMs: 1_000 },
  )
}
