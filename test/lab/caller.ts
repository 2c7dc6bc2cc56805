// caller.ts SERVICE DNS: opens a connection every 10 ms to an instance of SERVICE that Consul names, as a client does
// that knows nothing but the name: each second time it asks the agent of its host, each other time the DNS server at
// DNS. Sends a byte and expects it back. Prints what became of it, as one line of JSON, when it is told to end.
import { Resolver } from 'node:dns/promises'
import { Agent, get } from 'node:http'
import { createConnection } from 'node:net'
import type { Calls } from './calls.ts'

interface Place {
  readonly address: string
  readonly port: number
}

const [service = '', dns = ''] = process.argv.slice(2)
const everyMs = 10
const patienceMs = 5_000

const agent = new Agent({ keepAlive: true })
// As every resolver does: what gets no answer at once is asked again.
const resolver = new Resolver({ timeout: 2_000, tries: 4 })
resolver.setServers([dns])

const calls = { made: 0, failed: [] as string[], lastNamed: {} as Record<string, number> } satisfies Calls
const open = new Set<Promise<void>>()

function ask(path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const request = get(`http://127.0.0.1:8500${path}`, { agent, timeout: patienceMs }, (response) => {
    let body = ''
    response.setEncoding('utf8')
    response.on('data', (text: string) => (body += text))
    response.on('end', () => {
      if (response.statusCode === 200) resolve(body)
      else reject(new Error(`Consul: ${response.statusCode} ${body}`))
    })
  })
  request.on('timeout', () => request.destroy(new Error('Consul: no answer')))
  request.on('error', reject)
  return promise
}

async function byAgent(): Promise<Place[]> {
  const body = await ask(`/v1/health/service/${service}?passing`)
  const all = JSON.parse(body) as { Service: { Address: string; Port: number } }[]
  return all.map(({ Service }) => ({ address: Service.Address, port: Service.Port }))
}

/** By name. Consul tells them in the same answer, where this resolver does not show them; an instance's never changes. */
const addresses = new Map<string, string>()

async function byDns(): Promise<Place[]> {
  const records = await resolver.resolveSrv(`${service}.service.consul`)
  if (records.some(({ name }) => !addresses.has(name))) {
    for (const { name } of records) addresses.set(name, (await resolver.resolve4(name))[0] ?? name)
    // Meanwhile the instances may be others.
    return byDns()
  }
  return records.map(({ name, port }) => ({ address: addresses.get(name) ?? name, port }))
}

function connect({ address, port }: Place): Promise<undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const socket = createConnection({ host: address, port, timeout: patienceMs })
  socket.on('connect', () => socket.write('?'))
  socket.once('data', () => {
    resolve(undefined)
    socket.end()
  })
  socket.on('timeout', () => socket.destroy(new Error('no answer')))
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('closed without an answer')))
  return promise
}

async function call(): Promise<void> {
  calls.made += 1
  const [how, lookUp] = calls.made % 2 === 0 ? (['agent', byAgent] as const) : (['DNS', byDns] as const)
  let place: Place | undefined
  const begun = performance.now()
  let lookUpMs = 0
  try {
    const places = await lookUp()
    lookUpMs = Math.round(performance.now() - begun)
    for (const { address, port } of places) calls.lastNamed[`${address}:${port}`] = Date.now()
    place = places[Math.floor(Math.random() * places.length)]
    if (place === undefined) throw new Error('Consul names nobody')
    await connect(place)
  } catch (error) {
    const to = place === undefined ? '' : ` ${place.address}:${place.port}`
    calls.failed.push(
      `${new Date().toISOString()} ${how}${to}, after ${lookUpMs} ms: ${(error as Error).message}`,
    )
  }
}

const clock = setInterval(() => {
  const one = call().finally(() => open.delete(one))
  open.add(one)
}, everyMs)

process.once('SIGTERM', () => {
  clearInterval(clock)
  void Promise.all(open).then(() => {
    agent.destroy()
    console.log(JSON.stringify(calls))
  })
})
