import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { eventually, Hopeless, type Budget } from '../lab/eventually.ts'
import { demand, observe } from '../lab/program.ts'
import { percentile } from './measure.ts'

/** Two places that packets go between, as words that run a program of this machine there. */
export interface Places {
  readonly client: readonly string[]
  readonly server: readonly string[]
  /** Of the server, as the client reaches it. */
  readonly address: string
  /** Of the client's device, and all on the way before anything is put around a packet. */
  readonly mtuBytes: number
  /** Makes the way between the hosts as slow as a real one: between namespaces only the cores set a limit. */
  readonly limit: (isLimited: boolean) => Promise<unknown>
}

/** Less than two cores can do of packets one by one, which is 300 to 600 Mbit/s, and a tenth where they are emulated. */
export const cableMbit = { lab: 100, emulated: 10 } as const

/** What makes a device of a host such a cable's end, or no more, as words of tc(8). */
export const limitOf = (device: string, mbit: number, isLimited: boolean): string =>
  isLimited
    ? `tc qdisc add dev ${device} root tbf rate ${mbit}mbit burst 64kb latency 10ms`
    : `tc qdisc del dev ${device} root`

/** What one round found. */
export interface Sample {
  readonly mtuBytes: number
  /** What TCP carried of its user's, in Gbit/s. */
  readonly one: number
  readonly eight: number
  /** One stream over the slow cable. */
  readonly cable: number
  /** What the cores had left while one stream went, in %. */
  readonly idle: number
  /** Of the machine, before it all. */
  readonly load: number
  /** Of a byte there and back, in µs. */
  readonly p50: number
  readonly p99: number
}

/** How long each run is. */
export interface Effort {
  readonly seconds: number
  readonly turns: number
}

export const effort: Effort = { seconds: 3, turns: 10_000 }
/** Over the cable a stream that loses a retransmission is silent for 0.2 s, which is much of three seconds. */
const cableTimes = 4
const ports = { bulk: 5201, turns: 7007 } as const
/** Debian's. Another, as bbr, paces by what it thinks of the way, and its figures differ by a third. */
const congestion = 'cubic'
/** Before those that count. */
const warmTurns = 1_000

/** With a socket as its standard input that blocks: the loop of events would cost more than the way. */
const turner = `
  const { readSync, writeSync } = require('node:fs')
  const byte = Buffer.from('.')
  const all = []
  for (let left = Number(process.argv[1]); left > 0; left -= 1) {
    const begun = performance.now()
    writeSync(0, byte)
    if (readSync(0, byte) !== 1) throw new Error('nobody is there')
    all.push(performance.now() - begun)
  }
  console.log(JSON.stringify(all))
`

interface Iperf {
  readonly end: { readonly sum_received: { readonly bits_per_second: number } }
}

export async function sample(
  places: Places,
  { seconds, turns }: Effort = effort,
  budget: Budget = {},
): Promise<Sample> {
  await using servers = new AsyncDisposableStack()
  servers.use(await serve(places, budget))
  const { client, address, mtuBytes } = places
  const bulk = async (streams: number, times = 1) => {
    // The first half second does not count: TCP begins slowly.
    const often = ['-t', `${seconds * times}`, '-O', '0.5', '-P', `${streams}`, '-C', congestion]
    const { stdout } = demand(await observe([...client, 'iperf3', '-J', '-c', address, ...often]))
    return (JSON.parse(stdout) as Iperf).end.sum_received.bits_per_second / 1e9
  }
  const [load = NaN] = loadavg()
  const before = await coreTicks()
  const one = await bulk(1)
  const after = await coreTicks()
  const eight = await bulk(8)
  const cable = await overCable(places, () => bulk(1, cableTimes))
  const connected = ['bash', '-c', `exec "$@" <>"/dev/tcp/$0/${ports.turns}"`, address]
  const argv = [process.execPath, '-e', turner, `${warmTurns + turns}`]
  const { stdout } = demand(await observe([...client, ...connected, ...argv]))
  const turned = (JSON.parse(stdout) as number[]).slice(warmTurns).map((ms) => ms * 1_000)
  const idle = (100 * (after.idle - before.idle)) / (after.all - before.all)
  return {
    ...{ mtuBytes, one, eight, cable, idle, load },
    ...{ p50: percentile(turned, 0.5), p99: percentile(turned, 0.99) },
  }
}

/** Acts while the way is as slow as a cable, and the client sends each packet by itself: tc counts the headers of many once. */
async function overCable({ client, limit }: Places, act: () => Promise<number>): Promise<number> {
  const atOnce = async (packets: number) =>
    demand(await observe([...client, 'ip', 'link', 'set', 'eth0', 'gso_max_segs', `${packets}`]))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => limit(false).then(() => undefined))
  await limit(true)
  undo.defer(() => atOnce(65_535).then(() => undefined))
  await atOnce(1)
  return await act()
}

/** Starts what the client asks, and waits until it listens. */
async function serve({ server }: Places, budget: Budget): Promise<AsyncDisposable> {
  const programs = [
    ['iperf3', '-s'],
    ['socat', `TCP-LISTEN:${ports.turns},reuseaddr,fork`, 'EXEC:cat,nofork'],
  ]
  const running = programs.map((argv) =>
    // They end with this process, however it ends.
    spawn('setpriv', ['--pdeathsig', 'KILL', ...server, ...argv], { stdio: 'ignore' }),
  )
  const look = async () => {
    if (running.some(({ exitCode }) => exitCode !== null)) throw new Hopeless('a server ended')
    const listeners = (await observe([...server, 'ss', '-lntH'])).stdout
    return Object.values(ports).every((port) => new RegExp(`:${port}\\s`).test(listeners))
  }
  const end = async () => {
    for (const each of running) {
      if (each.exitCode !== null || each.signalCode !== null) continue
      const ended = once(each, 'exit')
      each.kill('SIGKILL')
      await ended
    }
  }
  try {
    await eventually('the servers listen', look, { everyMs: 50, ...budget })
  } catch (error) {
    await end()
    throw error
  }
  return { [Symbol.asyncDispose]: end }
}

/** Of all cores. The fourth and fifth columns of /proc/stat are those of idleness. */
async function coreTicks(): Promise<{ readonly all: number; readonly idle: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number)
  return { all: ticks.reduce((a, b) => a + b, 0), idle: (ticks[3] ?? 0) + (ticks[4] ?? 0) }
}
