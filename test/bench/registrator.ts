// How soon the catalogue is right, and what the agent that keeps it so costs.
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../lab/eventually.ts'
import type { Host } from '../lab/host.ts'
import { consulImage, productImage } from '../lab/image.ts'
import { createLab } from '../lab/lab.ts'
import { watchCatalogue, type Where } from './catalogue.ts'
import { goals, percentile, type Figure } from './measure.ts'

const starts = 200
const running = 300
/** Beside those that run. */
const created = 700
const forcedPasses = 100

const service = 'bench'
const agentName = 'arpanet_registrator'
const consulUrl = 'http://127.0.0.1:8500'
const idOf = (host: Host, name: string) => `${host.name}:${name}:80`

export async function benchRegistrator(): Promise<string> {
  await using lab = await createLab({
    name: 'bench-registrator',
    hosts: { h1: 'trixie' },
    images: [productImage(), consulImage],
    arpanetrc: { CONSUL_IMAGE: consulImage, CONSUL_EXPECT: '1' },
  })
  const { h1 } = lab
  await h1.run('arpanet start:consul boot')
  await h1.run('arpanet start:stack registrator')
  // Something to rename: it makes a pass, and has nothing to do with anything registered.
  await create(h1, 'poke')

  const memory: Figure[] = []
  const note = async (what: string) => {
    await force(h1, 20)
    memory.push({ what, value: (await metrics(h1)).rssMib, unit: 'MiB', goal: '60 idle' })
  }
  await note('the agent, nothing else on the host')
  const delays = await timeStarts(h1)

  await inTurns(running, 4, async (number) => {
    await create(h1, `run${number}`)
    await post(h1, `/containers/run${number}/start`)
  })
  await registered(h1, running)
  await note(`${running} running`)
  const idle = await timeIdlePasses(h1)
  const first = await timeFirstPasses(h1)
  await note(`${running} running, the agent freshly started`)
  await inTurns(created, 4, (number) => create(h1, `made${number}`))
  await note(`${running} running and ${created} created but not started`)
  await h1.run(`docker restart ${agentName}`)
  await registered(h1, running)
  await note('the same, the agent freshly started')

  return [
    goals(`${starts} starts and stops, one at a time`, delays),
    goals(`${running} running containers: the first pass of an agent`, first),
    goals(`${running} running containers: ${forcedPasses} passes with nothing to do`, idle),
    goals("the agent's resident memory", memory),
  ].join('\n')
}

async function timeStarts(host: Host): Promise<Figure[]> {
  await using watch = await watchCatalogue(host, consulUrl, service)
  const delays: Record<`${Where} ${'+' | '-'}`, number[]> = {
    'agent +': [],
    'catalogue +': [],
    'agent -': [],
    'catalogue -': [],
  }
  for (let number = 0; number < starts; number += 1) {
    const name = `start${number}`
    const id = idOf(host, name)
    await create(host, name)
    // At another point of the agent's and of Consul's beat each time.
    await sleep(Math.random() * 200)
    await post(host, `/containers/${name}/start`)
    const { text } = await api(host, `/containers/${name}/json`)
    const { State } = JSON.parse(text) as { State: { StartedAt: string } }
    const startedMs = Date.parse(State.StartedAt)
    for (const where of ['agent', 'catalogue'] as const) {
      delays[`${where} +`].push((await watch.when(where, '+', id)) - startedMs)
    }
    await sleep(Math.random() * 200)
    // A first process that takes no notice of it: it still runs when it is gone.
    const toldMs = Date.now()
    await post(host, `/containers/${name}/kill?signal=TERM`)
    for (const where of ['agent', 'catalogue'] as const) {
      delays[`${where} -`].push((await watch.when(where, '-', id)) - toldMs)
    }
    await api(host, `/containers/${name}?force=true`, 'DELETE')
  }
  const whats = {
    'agent +': "from the start to the host's agent",
    'catalogue +': 'from the start to the catalogue',
    'agent -': "from the stop signal until it is gone from the host's agent",
    'catalogue -': 'from the stop signal until it is gone from the catalogue',
  }
  return Object.entries(whats).flatMap(([key, what]) => {
    const all = delays[key as keyof typeof delays]
    const goal = key.endsWith('+') ? '500' : undefined
    return [
      { what: `${what}, p50`, value: percentile(all, 0.5), unit: 'ms' },
      { what: `${what}, p99`, value: percentile(all, 0.99), unit: 'ms', goal },
    ]
  })
}

async function timeIdlePasses(host: Host): Promise<Figure[]> {
  await sleep(1_000)
  const before = await metrics(host)
  await force(host, forcedPasses)
  const after = await metrics(host)
  const passes = after.passes - before.passes
  // Asked apart from the rest: Consul writes a line for each request.
  const listening = host.run(`curl -sN --max-time 8 "${consulUrl}/v1/agent/monitor?loglevel=debug" || true`)
  await sleep(1_500)
  await force(host, 20)
  const requests = (await listening).stdout.split('\n').filter((line) => line.includes('method='))
  const puts = requests.filter((line) => !line.includes('method=GET'))
  if (requests.length === puts.length)
    throw new Error("Consul's log shows no read, and so would show no write")
  return [
    { what: 'passes that were made', value: passes, unit: '' },
    {
      what: "the agent's CPU time for one",
      value: ((after.cpuSeconds - before.cpuSeconds) / passes) * 1000,
      unit: 'ms',
      goal: '50',
    },
    {
      what: 'duration of one',
      value: ((after.passSeconds - before.passSeconds) / passes) * 1000,
      unit: 'ms',
    },
    { what: 'steps that were taken', value: after.steps - before.steps, unit: '', goal: '0' },
    { what: "reads in Consul's log, during 20 more", value: requests.length - puts.length, unit: '' },
    { what: "writes in Consul's log, during 20 more", value: puts.length, unit: '', goal: '0' },
  ]
}

async function timeFirstPasses(host: Host): Promise<Figure[]> {
  const start = async () => {
    const begun = performance.now()
    await host.run(`docker start ${agentName}`)
    const url = `http://${host.ip}:9610/metrics`
    await host.run(`until curl -s ${url} | grep -q '^arpanet_pass_seconds_count'; do sleep 0.02; done`)
    const { passSeconds, passes, steps } = await metrics(host)
    return { wallMs: performance.now() - begun, passMs: passSeconds * 1000, passes, steps }
  }
  await host.run(`docker stop ${agentName}`)
  const full = await start()
  await host.run(`docker stop ${agentName}`)
  const list = `curl -s ${consulUrl}/v1/agent/services | grep -o '"ID":"${host.name}:[^"]*"' | cut -d'"' -f4`
  await host.run(
    `${list} | while read -r id; do curl -sf -X PUT ${consulUrl}/v1/agent/service/deregister/$id; done`,
  )
  await registered(host, 0)
  const empty = await start()
  await registered(host, running)
  const figures = (what: string, { wallMs, passMs, passes, steps }: typeof full): Figure[] => [
    { what: `${what}: steps`, value: steps, unit: '' },
    {
      what: `${what}: the first pass${passes > 1 ? ` and ${passes - 1} more` : ''}`,
      value: passMs,
      unit: 'ms',
      goal: '3000',
    },
    { what: `${what}: from docker start to the end of it`, value: wallMs, unit: 'ms' },
  ]
  return [...figures('Consul has them all', full), ...figures('Consul has none of them', empty)]
}

/** Makes the agent look again, so often, with nothing to do. */
async function force(host: Host, passes: number): Promise<void> {
  for (let turn = 0; turn < passes; turn += 1) {
    await post(host, '/containers/poke/rename?name=poked')
    await sleep(200)
    await post(host, '/containers/poked/rename?name=poke')
    await sleep(200)
    turn += 1
  }
}

const registered = (host: Host, count: number) =>
  eventually(
    `${count} instances in the catalogue`,
    async (seen) => {
      const { stdout } = await host.run(`curl -sf ${consulUrl}/v1/catalog/service/${service}`)
      return seen((JSON.parse(stdout) as unknown[]).length) === count
    },
    { budgetMs: 60_000 },
  )

/** What the agent says of itself. */
async function metrics(host: Host) {
  const { stdout } = await host.run(`curl -sf http://${host.ip}:9610/metrics`)
  const sum = (name: string) =>
    [...stdout.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))]
      .map(([, value]) => Number(value))
      .reduce((a, b) => a + b, 0)
  return {
    cpuSeconds: sum('process_cpu_seconds_total'),
    rssMib: sum('process_resident_memory_bytes') / 2 ** 20,
    passes: sum('arpanet_pass_seconds_count'),
    passSeconds: sum('arpanet_pass_seconds_sum'),
    steps: sum('arpanet_steps_total'),
  }
}

/** A container that costs as little as one can that publishes a port. */
async function create(host: Host, name: string): Promise<void> {
  await post(host, `/containers/create?name=${name}`, {
    Image: productImage(),
    Entrypoint: ['sleep'],
    Cmd: ['86400'],
    Env: [`SERVICE_NAME=${service}`],
    ExposedPorts: { '80/tcp': {} },
    HostConfig: { PortBindings: { '80/tcp': [{ HostIp: host.ip, HostPort: '' }] } },
  })
}

const post = (host: Host, path: string, body?: object) => api(host, path, 'POST', body)

/** Asks the engine, which a command line would take longer for. */
async function api(host: Host, path: string, method = 'GET', body?: object) {
  const answer = await host.dockerFetch(path, {
    method,
    timeoutMs: 60_000,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  if (answer.status >= 400)
    throw new Error(`${host.name}: ${method} ${path}: ${answer.status} ${answer.text}`)
  return answer
}

/** Does `count` things, some at a time. */
async function inTurns(
  count: number,
  atOnce: number,
  act: (number: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await act(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
