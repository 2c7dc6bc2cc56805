import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { local, type Shell } from '../../src/drivers/shell.ts'
import { eventually } from '../lab/eventually.ts'
import { run } from '../lab/program.ts'

/** A program that runs, and what it has written. */
export interface Running {
  readonly written: () => string
  /** Undefined while it runs. */
  readonly exitCode: () => number | null | undefined
  write(text: string): void
  /** By a signal; default SIGKILL. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
}

/** A network of its own on this machine, which ends with `delete`. */
export class NetworkNamespace {
  readonly name: string
  readonly #running = new Set<Running>()

  private constructor(name: string) {
    this.name = name
  }

  static async create(name: string): Promise<NetworkNamespace> {
    const [namespace] = await NetworkNamespace.createBare(name)
    await namespace!.ip('link set lo up')
    return namespace!
  }

  /** Some in which nothing is up yet, by one program. */
  static async createBare(...names: string[]): Promise<NetworkNamespace[]> {
    const all = names.map((name) => new NetworkNamespace(`${name}-${process.pid}`))
    const input = all.map(({ name }) => `netns add ${name}\n`).join('')
    await run(['ip', '-batch', '-'], { input })
    return all
  }

  async delete(): Promise<void> {
    for (const each of [...this.#running]) await each.stop()
    await run(['ip', 'netns', 'delete', this.name])
  }

  /** Commands of ip(8), one a line. */
  async ip(batch: string): Promise<void> {
    await run(['ip', '-n', this.name, '-batch', '-'], { input: `${batch}\n` })
  }

  /** Lets it pass on packets from one link to another. */
  async forward(): Promise<void> {
    await this.shell.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'])
  }

  /**
   * A cable to `other`: this end is 10.77.N.1 and fd77:N::1, the other ends in 2 and has this one as its way to all
   * other networks.
   */
  async plug(other: NetworkNamespace, n: number): Promise<void> {
    await this.ip(`link add name to${n} type veth peer name eth0 netns ${other.name}`)
    const lay = (namespace: NetworkNamespace, device: string, end: number) =>
      namespace.ip(`address add 10.77.${n}.${end}/24 dev ${device}
        address add fd77:${n}::${end}/64 dev ${device} nodad
        link set ${device} up`)
    await lay(this, `to${n}`, 1)
    await lay(other, 'eth0', 2)
    await other.ip(`route add default via 10.77.${n}.1\nroute add ::/0 via fd77:${n}::1`)
  }

  /** Programs run here. */
  get shell(): Shell {
    const within = (argv: readonly string[]) => ['nsenter', `--net=/run/netns/${this.name}`, ...argv]
    return {
      run: (argv, input) => local.run(within(argv), input),
      follow: (argv, ...rest) => local.follow(within(argv), ...rest),
    }
  }

  start(argv: readonly string[]): Running {
    // A process group of its own: what it has forked is to end with it.
    const child = spawn('nsenter', [`--net=/run/netns/${this.name}`, ...argv], { detached: true })
    const ended = once(child, 'exit')
    let written = ''
    let exitCode: number | null | undefined
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (written += text))
    }
    child.on('exit', (status) => (exitCode = status))
    child.stdin.on('error', () => undefined)
    const running: Running = {
      written: () => written,
      exitCode: () => exitCode,
      write: (text) => void child.stdin.write(text),
      stop: async (signal = 'SIGKILL') => {
        if (child.pid !== undefined) endGroup(child.pid, signal)
        await ended
        this.#running.delete(running)
      },
    }
    this.#running.add(running)
    return running
  }

  /** Says `name` to whoever connects, and then whatever he says. Ends with the namespace. */
  async serve(name: string, port: number): Promise<void> {
    this.start(['socat', `TCP6-LISTEN:${port},ipv6only=0,reuseaddr,fork`, `SYSTEM:echo ${name}; cat`])
    this.start(['socat', `UDP6-RECVFROM:${port},ipv6only=0,fork`, `SYSTEM:echo ${name}`])
    await eventually(
      `${name} listens`,
      async () =>
        (await this.shell.run(['ss', '-lntuH', `sport = :${port}`])).trim().split('\n').length === 2,
      { everyMs: 20 },
    )
  }

  /** What is said to whoever connects; throws the reason where nobody is there. */
  async ask(address: string, port: number): Promise<string> {
    return (await this.shell.run(['socat', '-', `TCP:${hostOf(address)}:${port},connect-timeout=1`])).trim()
  }

  async askUdp(address: string, port: number): Promise<string> {
    return (await this.shell.run(['socat', '-t0.5', '-', `UDP:${hostOf(address)}:${port}`], '?\n')).trim()
  }

  /** Connects, and stays so; says where it is reset. */
  open(address: string, port: number): Running {
    return this.start(['socat', '-d', '-', `TCP:${hostOf(address)}:${port}`])
  }
}

/** None is left where all of it has ended. */
function endGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address)
