import { Agent as HttpAgent, request, type IncomingMessage, type RequestOptions } from 'node:http'
import { unavailable, type ArpanetError } from '../errors.ts'

/** What etcd keeps for one key. */
export interface EtcdKey {
  readonly key: string
  readonly value: string
  /** Its mod_revision: of the whole store, when it was written last. */
  readonly revision: number
  /** With which it goes; undefined where it stays. */
  readonly lease: string | undefined
}

/** One etcd, version 3, in our words. Every method throws an ArpanetError that names the address it tried. */
export interface Etcd {
  /** Every key that begins with `prefix`, as a majority has it. */
  keys(prefix: string): Promise<readonly EtcdKey[]>
  /** Both do nothing, and say so, where the key was written since `revision`; 0 means that there was none. */
  put(key: string, value: string, lease: string, revision: number): Promise<boolean>
  remove(key: string, revision: number): Promise<boolean>
  /** A lease under an id that the caller chose, from 1 to 2^63 - 1; one that is there already is no error. */
  grant(lease: string, ttlSeconds: number): Promise<void>
  /** Lets a lease last for its whole time again. False where there is none. */
  renew(lease: string): Promise<boolean>
  /** Ends a lease, and with it its keys; none is no error. */
  revoke(lease: string): Promise<void>
  /**
   * Calls `changed` with each key that begins with `prefix` and is written or removed, until etcd does not answer or
   * `signal` is aborted; from `opened` on none is missed.
   */
  watch(
    prefix: string,
    changed: (key: string) => void,
    opened: () => void,
    signal: AbortSignal,
  ): Promise<void>
}

/** An answer takes as long as etcd waits for a leader, and no longer than a pass should. */
const timeoutMs = 5_000
/** Without a word for so long the kernel asks whether the other side is still there. */
const keepAliveMs = 5_000

/** A key as etcd's JSON gateway gives it: numbers of 64 bits as text, what is zero left out. */
interface Item {
  readonly key: string
  readonly value?: string
  readonly mod_revision: string
  readonly lease?: string
}

/** The etcd at `host:port`. Nothing is asked before the first method is called. */
export function connect(host: string, port: number): Etcd {
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const post = <T>(path: string, body: unknown) => ask<T>(address, path, body)
  /** In a transaction, so that nothing is done to what is another meanwhile. */
  const ifAt = async (key: string, revision: number, operation: object) => {
    const compare = [{ key: encode(key), target: 'MOD', result: 'EQUAL', mod_revision: String(revision) }]
    const { succeeded = false } = await post<{ succeeded?: boolean }>('kv/txn', {
      compare,
      success: [operation],
    })
    return succeeded
  }
  return {
    keys: async (prefix) => {
      const { kvs = [] } = await post<{ kvs?: readonly Item[] }>('kv/range', rangeOf(prefix))
      return kvs.map(({ key, value = '', mod_revision, lease = '0' }) => ({
        key: decode(key),
        value: decode(value),
        revision: Number(mod_revision),
        lease: lease === '0' ? undefined : lease,
      }))
    },
    put: (key, value, lease, revision) =>
      ifAt(key, revision, { requestPut: { key: encode(key), value: encode(value), lease } }),
    remove: (key, revision) => ifAt(key, revision, { requestDeleteRange: { key: encode(key) } }),
    grant: async (lease, ttlSeconds) => {
      try {
        await post('lease/grant', { ID: lease, TTL: String(ttlSeconds) })
      } catch (error) {
        if (!said(error, 'lease already exists')) throw error
      }
    },
    renew: async (lease) => {
      const { result } = await post<{ result?: { TTL?: string } }>('lease/keepalive', { ID: lease })
      return Number(result?.TTL ?? 0) > 0
    },
    revoke: async (lease) => {
      try {
        await post('lease/revoke', { ID: lease })
      } catch (error) {
        if (!said(error, 'requested lease not found')) throw error
      }
    },
    watch: (prefix, changed, opened, signal) => watch(address, prefix, { changed, opened, signal }),
  }
}

const encode = (text: string): string => Buffer.from(text).toString('base64')
const decode = (base64: string): string => Buffer.from(base64, 'base64').toString()

/** All keys that begin with `prefix`: up to the first that no longer does. */
function rangeOf(prefix: string): { key: string; range_end: string } {
  const end = Buffer.from(prefix)
  const last = end.length - 1
  // UTF-8 has no byte 255.
  end.writeUInt8((end[last] ?? 0) + 1, last)
  return { key: encode(prefix), range_end: end.toString('base64') }
}

/** Not by fetch, which needs WebAssembly, and agents are started without. */
async function ask<T>(address: string, path: string, body: unknown): Promise<T> {
  let response: IncomingMessage
  let text = ''
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    response = await post(`${address}/v3/${path}`, body, { agent, signal })
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) text += chunk
  } catch (error) {
    throw noAnswer(address, error)
  }
  if (response.statusCode !== 200) throw refusal(address, response.statusCode ?? 0, text)
  return parsed(address, text) as T
}

const agent = new HttpAgent({ keepAlive: true })

function post(url: string, body: unknown, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ...options, method: 'POST' }, resolve)
    asked.on('socket', (socket) => socket.setKeepAlive(true, keepAliveMs))
    asked.on('error', reject)
    asked.end(JSON.stringify(body))
  })
}

function parsed(address: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unavailable(`etcd at ${address}: what it answered is no JSON, etcd 3.4 or later was expected`)
  }
}

/** A line of the stream that a watch is. */
interface Word {
  readonly result?: {
    readonly created?: boolean
    readonly canceled?: boolean
    readonly events?: readonly { readonly kv?: { readonly key?: string } }[]
  }
}

interface Listener {
  readonly changed: (key: string) => void
  readonly opened: () => void
  readonly signal: AbortSignal
}

async function watch(address: string, prefix: string, { changed, opened, signal }: Listener): Promise<void> {
  try {
    const question = { create_request: rangeOf(prefix) }
    const response = await post(`${address}/v3/watch`, question, { agent: false, signal })
    if (response.statusCode !== 200) throw refusal(address, response.statusCode ?? 0, '')
    let rest = ''
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines.filter(Boolean)) {
        const { result } = parsed(address, line) as Word
        if (result === undefined || result.canceled) throw unavailable(`etcd at ${address}: ended a watch`)
        if (result.created) opened()
        for (const { kv } of result.events ?? []) changed(decode(kv?.key ?? ''))
      }
    }
  } catch (error) {
    if (signal.aborted) return
    throw error instanceof Error && error.name === 'ArpanetError' ? error : noAnswer(address, error)
  }
}

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
  ENOTFOUND: 'there is no such host',
  ETIMEDOUT: 'timed out',
}

function noAnswer(address: string, error: unknown): ArpanetError {
  const { name, cause } = error as Error
  const { code, message } = error as Error & { code?: string }
  const isTimeout = name === 'TimeoutError' || (cause as Error | undefined)?.name === 'TimeoutError'
  const why = isTimeout ? 'timed out' : code === undefined ? message : (sentences[code] ?? code)
  return unavailable(`etcd: no answer at ${address}: ${why}`, undefined, error)
}

function refusal(address: string, status: number, text: string): ArpanetError {
  const [, why = ''] = /"(?:error|message)":\s*"([^"]*)"/.exec(text) ?? []
  return unavailable(`etcd at ${address}: ${why === '' ? 'refused' : why} (HTTP ${status})`)
}

const said = (error: unknown, words: string): boolean => (error as Error).message.includes(words)
