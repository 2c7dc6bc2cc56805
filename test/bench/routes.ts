// What a route costs, among ten and among ten thousand: the kernel's table alone, without an agent.
import { plan } from '../../src/agents/ambassador/plan.ts'
import { readRuleset } from '../../src/agents/ambassador/kernel/read-ruleset.ts'
import { scripts } from '../../src/agents/ambassador/kernel/ruleset.ts'
import { canonical, type Table } from '../../src/agents/ambassador/kernel/table.ts'
import { connect } from '../../src/drivers/nft.ts'
import { NetworkNamespace } from '../support/network-namespace.ts'
import { goals, median, type Figure } from './measure.ts'

const sizes = [10, 1_000, 10_000]
const rounds = 20
const poolsMost = 200

const route = (n: number, pools: number) => ({
  client: `10.${100 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`,
  protocol: 'tcp' as const,
  port: 80,
  pool: `p${n % pools}`,
})

function tableOf(size: number): Table {
  const pools = Math.min(size, poolsMost)
  const instances = ['10.77.2.2', '10.77.3.2'].map((address) => ({ address, port: 80, weight: 1 }))
  const routes = Array.from({ length: size }, (_, n) => route(n, pools))
  return canonical({
    routes,
    clients: ['10.77.1.2', ...routes.map(({ client }) => client)],
    pools: Array.from({ length: pools }, (_, n) => ({ id: `p${n}`, instances })),
  })
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await act()
  return performance.now() - begun
}

/** From the first packet of a connection to its answer, which is a refusal: nothing is behind the instances. */
const firstPacket = `
  const { connect } = require('node:net')
  const times = []
  const next = () => {
    if (times.length === 200) return console.log(times.sort((a, b) => a - b)[100])
    const begun = performance.now()
    connect(80, '10.77.1.1').on('error', () => { times.push((performance.now() - begun) * 1000); next() })
  }
  next()`

export async function benchRoutes(): Promise<string> {
  const figures: Figure[] = []
  const note = (what: string, value: number, unit: string, goal?: string) =>
    figures.push({ what, value, unit, goal })
  for (const size of sizes) {
    const namespaces = await Promise.all(
      ['ambassador', 'client', 'one', 'two'].map((name) => NetworkNamespace.create(name)),
    )
    try {
      const [ambassador, ...outer] = namespaces as [NetworkNamespace, ...NetworkNamespace[]]
      for (const [index, each] of outer.entries()) await ambassador.plug(each, index + 1)
      await ambassador.forward()
      const nft = connect(ambassador.shell)
      const table = tableOf(size)
      const become = async (wanted: Table) => {
        const steps = plan(wanted, readRuleset(await nft.list('arpanet')), scripts)
        await nft.apply(steps.map(({ script }) => script).join(''))
      }
      note(
        `${size} routes: first load`,
        await timed(() => become(table)),
        'ms',
        size === 10_000 ? '2,000' : undefined,
      )
      const adds: number[] = []
      for (let n = 0; n < rounds; n += 1) {
        const wanted = { ...route(size + n, 1), pool: 'p0' }
        adds.push(await timed(() => nft.apply(scripts.route(undefined, wanted))))
      }
      note(`${size} routes: to add one`, median(adds), 'ms', '20')
      const reads: number[] = []
      for (let n = 0; n < 5; n += 1) {
        reads.push(await timed(async () => readRuleset(await nft.list('arpanet'))))
      }
      note(`${size} routes: to read all`, median(reads), 'ms')
      const lead = { ...route(0, 1), client: '10.77.1.2' }
      await nft.apply(scripts.route(undefined, lead))
      const [client] = outer
      const node = [process.execPath, '-e', firstPacket]
      note(`${size} routes: first packet and its answer`, Number(await client?.shell.run(node)), 'µs', 'flat')
    } finally {
      for (const each of namespaces) await each.delete()
    }
  }
  return goals(`Routes in the kernel, in ${poolsMost} pools at most`, figures)
}
