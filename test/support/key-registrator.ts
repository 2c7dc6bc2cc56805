import { keyRegistrator, type KeyStore } from '../../src/agents/registrator/key-store.ts'
import { reconcile } from '../../src/agents/reconciler.ts'
import { monotonic } from '../../src/drivers/clock.ts'
import type { DockerContainer } from '../../src/model/docker-container.ts'
import { aContainer, aPolicy, binding } from '../unit/agents/registrator/containers.ts'

/** Of the host h1. */
export const options = { ...aPolicy(), ttlSeconds: 0, ttlRefreshSeconds: 0 }

/** A container whose port 80 is the host's `hostPort`. */
export const container = (name: string, hostPort: number, changes: Partial<DockerContainer> = {}) =>
  aContainer({ name, image: name, bindings: [binding(`${hostPort}->80`)], ...changes })

/** A registrator with a real store, and an engine that runs what it is told. */
export function startKeyRegistrator(store: KeyStore, ...first: DockerContainer[]) {
  let containers = first
  let happened: () => void = () => undefined
  const end = new AbortController()
  const lines: string[] = []
  const log = {
    info: (line: string) => void lines.push(line),
    warn: (line: string) => void lines.push(`warning: ${line}`),
  }
  const docker = {
    list: () => Promise.resolve(containers),
    events: (
      seen: (event: { action: string; id: string; attributes: Record<string, string> }) => void,
      opened: () => void,
      signal: AbortSignal,
    ) =>
      new Promise<void>((resolve) => {
        happened = () => seen({ action: 'start', id: '0', attributes: {} })
        signal.addEventListener('abort', () => resolve(), { once: true })
        opened()
      }),
  }
  const agent = keyRegistrator(store, options, { docker, clock: monotonic, log })
  const done = reconcile(agent, { log, clock: monotonic }, end.signal)
  return {
    lines,
    run: (...next: DockerContainer[]) => {
      containers = next
      happened()
    },
    end: async () => {
      end.abort()
      await done
    },
  }
}
