import Client from 'consul'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { reportBrokenAnswers } from '../broken-answers.ts'
import { agent } from './agent.ts'
import { attemptAt } from './attempt.ts'
import { cluster } from './cluster.ts'
import type { Consul, Inquiry } from './consul.ts'
import { health } from './health.ts'
import { keyValue } from './key-value.ts'
import { nodes } from './nodes.ts'
import { sessionNames } from './session-names.ts'
import { sessions } from './sessions.ts'
import { values } from './values.ts'
import type { Way } from './way.ts'

/** The agent at the end of `way`. Nothing is asked before the first method is called. */
export function connect(way: Way): Consul & Inquiry {
  reportBrokenAnswers()
  const client = clientOf(way)
  const inquirer = clientOf(way, 'a connection for each request')
  const attempt = attemptAt(addressOf(way))
  return {
    kv: keyValue(client, attempt),
    cluster: cluster(client, attempt),
    agent: agent(client, attempt),
    sessions: { ...sessions(client, attempt), ...sessionNames(client, attempt) },
    health: health(inquirer, attempt),
    values: values(inquirer, attempt),
    nodes: nodes(inquirer, attempt),
  }
}

/** The library takes more than its types say: what it hands on to Node's own client. */
interface Options {
  readonly host?: string
  readonly port?: number
  readonly secure?: boolean
  readonly socketPath?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: HttpAgent
}

function clientOf(way: Way, connections?: 'a connection for each request'): Client {
  // As a header and not as the library's default, which its own services alone would send.
  const headers = way.token === undefined ? {} : { headers: { 'x-consul-token': way.token } }
  const isSecret = 'tls' in way
  const kept = connections && { agent: isSecret ? new HttpsAgent() : new HttpAgent() }
  const make = (options: Options) => new Client({ ...options, ...kept })
  if ('socket' in way) return make({ socketPath: way.socket, ...headers })
  const { host, port, tls } = way
  const client = make({ host: bracketed(host), port, secure: tls !== undefined, ...tls, ...headers })
  // The library asks Node for the brackets, too, which are no part of an address.
  ;(client as unknown as { _opts: { baseUrl: { hostname: string } } })._opts.baseUrl.hostname = host
  return client
}

function addressOf(way: Way): string {
  if ('socket' in way) return `unix://${way.socket}`
  return `${way.tls === undefined ? 'http' : 'https'}://${bracketed(way.host)}:${way.port}`
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
