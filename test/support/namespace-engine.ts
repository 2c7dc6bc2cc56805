import { eventually } from '../lab/eventually.ts'
import { run } from '../lab/program.ts'
import type { NetworkNamespace } from './network-namespace.ts'

/** A Docker engine in a network namespace. Its data is in /run, and ends with the kernel. */
export class NamespaceEngine {
  readonly #socket: string

  private constructor(folder: string) {
    this.#socket = `unix://${folder}/docker.sock`
  }

  /** With a bridge that has this address, as 10.210.1.1/24. */
  static async start(
    namespace: NetworkNamespace,
    address: string,
    mtuBytes: number,
  ): Promise<NamespaceEngine> {
    const folder = `/run/${namespace.name}`
    await run(['mkdir', folder])
    const engine = new NamespaceEngine(folder)
    const running = namespace.start([
      ...['unshare', '--mount', 'dockerd', '--host', engine.#socket],
      ...['--data-root', `${folder}/data`, '--exec-root', `${folder}/exec`, '--pidfile', `${folder}/pid`],
      ...['--bip', address, '--mtu', `${mtuBytes}`, '--ip-masq=false'],
    ])
    await eventually(
      'the engine answers',
      (seen) => {
        seen(running.written().slice(-2_000))
        return engine.docker(['version']).then(() => true)
      },
      { budgetMs: 90_000, everyMs: 1_000 },
    )
    return engine
  }

  /** What docker(1) says. */
  async docker(argv: readonly string[], input: string | Uint8Array = ''): Promise<string> {
    return (await run(['docker', '--host', this.#socket, ...argv], { input })).stdout
  }
}
