import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from '../lab/eventually.ts'
import { consulImage, findImages } from '../lab/image.ts'
import { freePorts } from './free-ports.ts'

const run = promisify(execFile)

/** A registration as Consul's API takes it. */
export type Registered = { readonly Name: string } & Readonly<Record<string, unknown>>

/** Debian's Consul as a server of its own on this machine's loopback, always at the same ports; its data is a folder. */
export class ConsulServer {
  readonly port: number
  readonly dnsPort: number
  readonly #folder: string
  readonly #ports: Readonly<Record<string, number>>
  #child: ChildProcess | undefined

  private constructor(folder: string, ports: Readonly<Record<string, number>>) {
    this.#folder = folder
    this.#ports = ports
    this.port = ports.http ?? 0
    this.dnsPort = ports.dns ?? 0
  }

  static async make(): Promise<ConsulServer> {
    const folder = await mkdtemp(join(tmpdir(), 'arpanet-consul-'))
    await unpackConsul(folder)
    const names = ['http', 'dns', 'server', 'serf_lan']
    const ports = await freePorts(names.length)
    const used = Object.fromEntries(names.map((name, index) => [name, ports[index] ?? 0]))
    return new ConsulServer(folder, { ...used, grpc: -1, serf_wan: -1 })
  }

  /** Starts it; without waiting for a leader where it is told so. */
  async start({ expect = 1 } = {}): Promise<void> {
    const settings = {
      ...{ server: true, bootstrap_expect: expect, datacenter: 'dc1', node_name: 'h1' },
      ...{ bind_addr: '127.0.0.1', client_addr: '127.0.0.1', ports: this.#ports },
      ...{ data_dir: join(this.#folder, 'data'), log_level: 'err', leave_on_terminate: false },
      // Elections as quick as they can be.
      performance: { raft_multiplier: 1 },
    }
    const file = join(this.#folder, 'settings.json')
    await writeFile(file, JSON.stringify(settings))
    this.#child = spawn(join(this.#folder, 'consul'), ['agent', `-config-file=${file}`], { stdio: 'ignore' })
    const look = async () => {
      const { status } = await this.#fetch(expect === 1 ? '/v1/kv/?keys' : '/v1/agent/self')
      return status === 200 || status === 404
    }
    await eventually('Consul answers', look, { everyMs: 50 })
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  loseData(): Promise<void> {
    return rm(join(this.#folder, 'data'), { recursive: true, force: true })
  }

  async remove(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  put(path: string, body?: unknown): Promise<void> {
    return this.#change('PUT', path, typeof body === 'string' ? body : JSON.stringify(body ?? {}))
  }

  post(path: string, body: unknown): Promise<void> {
    return this.#change('POST', path, JSON.stringify(body))
  }

  delete(path: string): Promise<void> {
    return this.#change('DELETE', path)
  }

  register(service: Registered): Promise<void> {
    return this.put('/v1/agent/service/register', { Address: '192.0.2.1', Port: 80, ...service })
  }

  deregister(id: string): Promise<void> {
    return this.put(`/v1/agent/service/deregister/${id}`)
  }

  /** How many connections are established to its API, as it sees them. */
  async connections(): Promise<number> {
    const table = await readFile('/proc/net/tcp', 'utf8')
    const local = `0100007F:${this.port.toString(16).toUpperCase().padStart(4, '0')}`
    return table.split('\n').filter((line) => {
      const [, from, , state] = line.trim().split(/\s+/)
      return from === local && state === '01'
    }).length
  }

  async #change(method: string, path: string, body?: string): Promise<void> {
    const response = await this.#fetch(path, { method, ...(body !== undefined && { body }) })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    await response.text()
  }

  /** A connection for each, so that those of others can be counted. */
  #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { ...init, headers: { connection: 'close' } })
  }
}

/** Puts the program of the image into a folder, as `consul`: no engine is needed to run it. */
export async function unpackConsul(folder: string): Promise<void> {
  const [image] = findImages([consulImage])
  if (image === undefined) throw new Error(`image ${consulImage}: not built`)
  const { stdout } = await run('tar', ['-xOf', image.tar, 'manifest.json'])
  const [{ Layers }] = JSON.parse(stdout) as [{ Layers: string[] }]
  const layers = join(folder, 'layers')
  await mkdir(layers)
  for (const layer of Layers) {
    await run('tar', ['-xf', image.tar, '-C', layers, layer])
    const path = join(layers, layer)
    const { stdout: names } = await run('tar', ['-tf', path], { maxBuffer: 64 * 1024 * 1024 })
    if (!names.split('\n').includes('usr/bin/consul')) continue
    await run('tar', ['-xf', path, '-C', layers, 'usr/bin/consul'])
    await rename(join(layers, 'usr/bin/consul'), join(folder, 'consul'))
    await rm(layers, { recursive: true })
    return
  }
  throw new Error(`image ${consulImage}: has no usr/bin/consul`)
}
