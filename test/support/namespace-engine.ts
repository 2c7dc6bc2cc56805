import { createConnection } from 'node:net'
import { eventually } from '../lab/eventually.ts'
import { fetchOver, type FetchOptions } from '../lab/http.ts'
import { run } from '../lab/program.ts'
import type { NetworkNamespace } from './network-namespace.ts'

/** A container that runs. */
export interface Started {
  /** Of its first process. */
  readonly pid: number
  readonly address: string
}

/** This machine's Docker engine in a network namespace. Its data is in /run: it is for a kernel that comes to an end. */
export class NamespaceEngine {
  readonly socket: string

  private constructor(folder: string) {
    this.socket = `${folder}/docker.sock`
  }

  /** With a default bridge that has this address, as 10.210.1.1/24. */
  static async start(
    namespace: NetworkNamespace,
    address: string,
    mtuBytes: number,
  ): Promise<NamespaceEngine> {
    const folder = `/run/${namespace.name}`
    await run(['mkdir', folder])
    const engine = new NamespaceEngine(folder)
    const running = namespace.start([
      ...['unshare', '--mount', 'dockerd', '--host', `unix://${engine.socket}`],
      ...['--data-root', `${folder}/data`, '--exec-root', `${folder}/exec`, '--pidfile', `${folder}/pid`],
      ...['--bip', address, '--mtu', `${mtuBytes}`, '--userland-proxy=false'],
    ])
    await eventually(
      'the engine answers',
      (seen) => {
        seen(running.written().slice(-2_000))
        return engine.#ask('/_ping')
      },
      { budgetMs: 240_000, everyMs: 1_000 },
    )
    return engine
  }

  /** Makes an image of the tar of a root file system. */
  async import(image: string, tar: Uint8Array): Promise<void> {
    await this.#ask(`/images/create?fromSrc=-&repo=${image}`, { method: 'POST', body: tar })
  }

  /** Runs a program of an image in a container on a network, of which docker0 is the default one. */
  async run(image: string, argv: readonly string[], network: string): Promise<Started> {
    const mode = network === 'docker0' ? 'bridge' : network
    const created = await this.#ask('/containers/create', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ Image: image, Cmd: argv, HostConfig: { NetworkMode: mode } }),
    })
    const { Id } = JSON.parse(created) as { readonly Id: string }
    await eventually(
      'it starts',
      // An engine gives a swarm 20 s for its network, which in an emulated kernel are few.
      () => this.#ask(`/containers/${Id}/start`, { method: 'POST' }).then(() => true),
      { budgetMs: 120_000, everyMs: 1_000 },
    )
    const { State, NetworkSettings } = JSON.parse(await this.#ask(`/containers/${Id}/json`)) as {
      readonly State: { readonly Pid: number }
      readonly NetworkSettings: {
        readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>
      }
    }
    const address = NetworkSettings.Networks[mode]?.IPAddress
    if (address === undefined) throw new Error(`${Id}: is not on ${mode}`)
    return { pid: State.Pid, address }
  }

  /** By its API: a client for each question takes long where all is slow. */
  async #ask(path: string, options: FetchOptions = {}): Promise<string> {
    const { status, text } = await fetchOver(createConnection(this.socket), path, {
      timeoutMs: 120_000,
      ...options,
    })
    if (status >= 400) throw new Error(`${path}: ${status} ${text}`)
    return text
  }
}
