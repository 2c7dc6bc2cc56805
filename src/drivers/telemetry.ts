import { createServer, type Server, type ServerResponse } from 'node:http'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { conflict, precondition } from '../errors.ts'
import type { PassOutcome } from '../model/pass.ts'

/** What an agent shows of itself to others: metrics for Prometheus, and whether it lives and is ready. */
export interface Telemetry {
  /** Is told of every pass. */
  pass(outcome: PassOutcome): void
  /** Listens at `HOST:PORT`. Throws a conflict where another program does already. */
  listen(address: string): Promise<void>
  close(): Promise<void>
  /** Answers at `path` with what `tell` gives, as JSON. */
  page(path: string, tell: () => Promise<unknown>): void
  /** A counter whose values are asked for when somebody looks. */
  counter(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => Promise<readonly Sample[]>,
  ): void
}

/** One value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** An agent looks twice a minute without being told to; one that has not for so long is stuck. */
const longestSilenceMs = 90_000

export function telemetry(agent: string): Telemetry {
  const registry = new Registry()
  registry.setDefaultLabels({ agent })
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const passes = new Histogram({
    name: 'arpanet_pass_seconds',
    help: 'How long a pass took, by what became of it.',
    labelNames: ['result'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  })
  const steps = new Counter({ name: 'arpanet_steps_total', help: 'Steps that were taken.', registers })
  const failing = new Gauge({
    name: 'arpanet_failing_targets',
    help: 'Targets that something is still to be done to, after the last pass.',
    registers,
  })
  const begun = performance.now()
  let last: { at: number; outcome: PassOutcome } | undefined
  let lastRead: number | undefined

  const age = (time: number) => performance.now() - time
  const why = {
    /** Why it does not live; undefined where it does. */
    dead: () =>
      age(last?.at ?? begun) > longestSilenceMs
        ? `no pass for ${Math.round(age(last?.at ?? begun) / 1000)} s`
        : undefined,
    /** Why it is not ready: what it looks at cannot be read. */
    unready: () =>
      lastRead === undefined
        ? 'nothing could be read yet'
        : last?.outcome.read === false
          ? 'the last pass could not read'
          : undefined,
  }

  const pages = new Map<string, () => Promise<unknown>>()

  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    const tell = pages.get(path)
    if (tell !== undefined) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(await tell()))
      return
    }
    if (path === '/metrics') {
      response.setHeader('content-type', registry.contentType)
      response.end(await registry.metrics())
      return
    }
    const fault =
      path === '/healthz' ? why.dead() : path === '/readyz' ? (why.dead() ?? why.unready()) : 'not found'
    response.statusCode = fault === undefined ? 200 : fault === 'not found' ? 404 : 503
    response.end(`${fault ?? 'ok'}\n`)
  }

  const server: Server = createServer((request, response) => {
    void answer((request.url ?? '').split('?')[0] ?? '', response).catch((error: unknown) => {
      response.statusCode = 503
      response.end(`${(error as Error).message}\n`)
    })
  })

  return {
    pass: (outcome) => {
      last = { at: performance.now(), outcome }
      if (outcome.read) lastRead = last.at
      const result = !outcome.read ? 'unread' : outcome.failures > 0 ? 'failed' : 'done'
      passes.observe({ result }, outcome.durationMs / 1000)
      steps.inc(outcome.steps)
      failing.set(outcome.failures)
    },
    listen: (address) =>
      new Promise((resolve, reject) => {
        const at = address.lastIndexOf(':')
        server.once('error', (error: NodeJS.ErrnoException) =>
          reject(
            error.code === 'EADDRINUSE'
              ? conflict(
                  `${agent}: another program listens at ${address}, perhaps another ${agent}`,
                  `ss -lntp 'sport = :${address.slice(at + 1)}'`,
                  error,
                )
              : precondition(
                  `${agent}: cannot listen at ${address} (${error.code}), expected an address of this host`,
                  undefined,
                  error,
                ),
          ),
        )
        server.listen(Number(address.slice(at + 1)), address.slice(0, at), () => resolve())
      }),
    page: (path, tell) => void pages.set(path, tell),
    counter: (name, help, labelNames, read) => {
      const gauge = new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        collect: async () => {
          // What cannot be read is not there; the rest is.
          const samples = await read().catch(() => [])
          gauge.reset()
          for (const { labels, value } of samples) gauge.set(labels, value)
        },
      })
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
