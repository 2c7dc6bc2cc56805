import Client from 'consul'
import { agent } from './agent.ts'
import { attemptAt } from './attempt.ts'
import { cluster } from './cluster.ts'
import type { Consul } from './consul.ts'
import { keyValue } from './key-value.ts'
import { sessions } from './sessions.ts'

/** The agent at `host:port`. Nothing is asked before the first method is called. */
export function connect(host: string, port: number): Consul {
  const client = new Client({ host, port })
  const attempt = attemptAt(`http://${host}:${port}`)
  return {
    kv: keyValue(client, attempt),
    cluster: cluster(client, attempt),
    agent: agent(client, attempt),
    sessions: sessions(client, attempt),
  }
}
