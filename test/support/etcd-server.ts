import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type Etcd } from '../../src/drivers/etcd.ts'
import { eventually } from '../lab/eventually.ts'
import { freePorts } from './free-ports.ts'

/** An etcd on this machine's loopback, always at the same port; its data is a folder. */
export class EtcdServer {
  readonly port: number
  readonly #peerPort: number
  readonly #folder: string
  #child: ChildProcess | undefined

  private constructor(folder: string, port: number, peerPort: number) {
    this.#folder = folder
    this.port = port
    this.#peerPort = peerPort
  }

  static async make(): Promise<EtcdServer> {
    const [port = 0, peerPort = 0] = await freePorts(2)
    return new EtcdServer(await mkdtemp(join(tmpdir(), 'arpanet-etcd-')), port, peerPort)
  }

  get etcd(): Etcd {
    return connect('127.0.0.1', this.port)
  }

  async start(): Promise<void> {
    const client = `http://127.0.0.1:${this.port}`
    const peer = `http://127.0.0.1:${this.#peerPort}`
    this.#child = spawn(
      'etcd',
      [
        ...['--data-dir', join(this.#folder, 'data')],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...['--initial-cluster', `default=${peer}`, '--log-level', 'error'],
      ],
      { stdio: 'ignore' },
    )
    await eventually('etcd answers', () => this.etcd.keys('/').then(() => true), { everyMs: 50 })
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** It is there and says nothing, until it is told to go on. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  loseData(): Promise<void> {
    return rm(join(this.#folder, 'data'), { recursive: true, force: true })
  }

  async remove(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
