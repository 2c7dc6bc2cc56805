import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { eventually, Hopeless } from './eventually.ts'
import { fetchOver } from './http.ts'
import type { Network, Port } from './network.ts'
import { disksOf, netnsOf } from './places.ts'
import { demand, observe, type Outcome, type ProgramOptions } from './program.ts'
import { rootfsOf, type Release, type SystemdRelease } from './rootfs.ts'

export type ExecOptions = ProgramOptions & {
  /** Runs the program on a terminal of its own; what it prints on either stream is then on stdout. */
  tty?: boolean
}

/** A release, with a small init that starts Docker and sshd; or with systemd, which starts them as a real host does. */
export type HostKind = Release | { release: SystemdRelease; init: 'systemd' }

export type HostPlan = { lab: string; network: Network; kind: HostKind; port: Port }

const bootScript = join(import.meta.dirname, 'machine/boot')

/** A machine with a Docker engine: a Debian release with a disk, a cable and a process tree of its own. */
export class Host {
  readonly name: string
  readonly ip: string
  readonly release: Release
  readonly hasSystemd: boolean
  /** The folder with all that survives a loss of power. */
  readonly disk: string
  /** Version of the Docker engine, once it ran. */
  engine = ''
  readonly #lab: string
  readonly #network: Network
  /** Where it is plugged in. */
  readonly port: Port
  #pid = 0

  constructor({ lab, network, kind, port }: HostPlan) {
    this.name = port.name
    this.ip = port.ip
    this.release = releaseOf(kind)
    this.hasSystemd = typeof kind !== 'string'
    this.disk = join(disksOf(lab), port.name)
    this.#lab = lab
    this.#network = network
    this.port = port
    for (const folder of ['upper', 'work', 'docker']) mkdirSync(join(this.disk, folder), { recursive: true })
  }

  /** The host's first process, as this machine numbers it. */
  get pid(): number {
    if (this.#pid === 0) throw new Error(`${this.name}: is off`)
    return this.#pid
  }

  get isUp(): boolean {
    return this.#pid !== 0
  }

  /** The engine's socket, as a path of this machine. It ends with the host's power. */
  get dockerSocket(): string {
    return `/proc/${this.pid}/root/run/docker.sock`
  }

  /** Switches the host on, with the disk it had, and waits for its engine and its sshd. */
  async boot(): Promise<void> {
    if (this.isUp) throw new Error(`${this.name}: is on already`)
    await this.#network.plug(this.port)
    rmSync(join(this.disk, 'pid'), { force: true })
    const console = openSync(join(this.disk, 'console.log'), 'a')
    const netns = netnsOf(this.#lab, this.name)
    const unshare = ['unshare', '--mount', '--uts', '--pid', '--ipc', '--fork']
    const script = [bootScript, this.name, rootfsOf(this.release), this.disk]
    if (this.hasSystemd) script.push(netns)
    const powered = spawn('nsenter', [`--net=/run/netns/${netns}`, ...unshare, ...script], {
      detached: true,
      stdio: ['ignore', console, console],
    })
    closeSync(console)
    powered.unref()
    await this.#ready(() => powered.exitCode !== null)
  }

  async #ready(ended: () => boolean): Promise<void> {
    await eventually(
      `${this.name}: Docker ${this.release} and sshd answer`,
      async (seen) => {
        if (ended()) throw new Hopeless(`${this.name}: did not stay up`)
        this.attach()
        this.engine = seen(await this.#engineVersion())
        return existsSync(`/proc/${this.pid}/root/run/sshd.pid`)
      },
      { budgetMs: 60_000, everyMs: 50 },
    ).catch(async (error: unknown) => {
      const message = error instanceof Error ? error.message : ''
      throw new Error(`${message}\n${await this.#bootLog()}`, { cause: error })
    })
  }

  async #bootLog(): Promise<string> {
    const console = readFileSync(join(this.disk, 'console.log'), 'utf8')
    if (!this.hasSystemd || !this.isUp) return console
    const { stdout, stderr } = await this.exec('systemctl --failed; journalctl --boot --lines 40')
    return console + stdout + stderr
  }

  /** Finds the host that runs from this disk already; stays off where none does. */
  attach(): void {
    const file = join(this.disk, 'pid')
    this.#pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  }

  async #engineVersion(): Promise<string> {
    const { text } = await this.dockerFetch('/version')
    return (JSON.parse(text) as { Version: string }).Version
  }

  /** Asks the engine's API. */
  dockerFetch(path: string, options: Parameters<typeof fetchOver>[2] = {}) {
    return fetchOver(createConnection(this.dockerSocket), path, options)
  }

  /** Cuts the power: every process ends at once, nothing is written any more, the cable is dead. */
  async lose(): Promise<void> {
    const pid = this.pid
    this.#pid = 0
    await this.#network.unplug(this.port)
    process.kill(pid, 'SIGKILL')
    rmSync(join(this.disk, 'pid'))
    await eventually(`${this.name}: its processes end`, () => !existsSync(`/proc/${pid}`), { everyMs: 10 })
    await this.#network.forget(this.port)
  }

  /** Shuts the engine down in good order and starts the host again. */
  async reboot(): Promise<void> {
    await this.run(['service', 'docker', 'stop'])
    await this.lose()
    await this.boot()
  }

  /** As often as wanted, where Debian's unit lets itself be started three times in a minute. */
  async restartDocker(): Promise<void> {
    if (this.hasSystemd) await this.run(['systemctl', 'reset-failed', 'docker'])
    // Where systemd runs, this is systemctl.
    await this.run(['service', 'docker', 'restart'])
  }

  /** Partitions the host from all others and the resolver, or from one peer; the cable stays in. */
  cut(peer?: Host): Promise<void> {
    return this.#network.cut(this.port, peer?.port)
  }

  /** Ends the partition that `cut` with the same argument made. */
  heal(peer?: Host): Promise<void> {
    return this.#network.heal(this.port, peer?.port)
  }

  /** Runs a program, or a line of shell, as root of this host. Its exit status is no error. */
  exec(command: string | readonly string[], { tty = false, ...options }: ExecOptions = {}): Promise<Outcome> {
    const argv = typeof command === 'string' ? ['sh', '-c', command] : command
    const inside = tty
      ? ['script', '--quiet', '--return', '--flush', '--command', quote(argv), '/dev/null']
      : argv
    const title = `${this.name}$ ${argv.join(' ')}`
    return observe([...this.enter, ...inside], { title, holdInput: tty, ...options })
  }

  /** As exec, and throws what the program said where it fails. */
  async run(command: string | readonly string[], options: ExecOptions = {}): Promise<Outcome> {
    return demand(await this.exec(command, options))
  }

  docker(...args: string[]): Promise<Outcome> {
    return this.exec(['docker', ...args])
  }

  /** Runs the wrapper as a person on this host does. */
  arpanet(...args: string[]): Promise<Outcome> {
    return this.exec(['arpanet', ...args])
  }

  /** The words that make a command one of this host's. */
  get enter(): string[] {
    const namespaces = ['--net', '--mount', '--uts', '--pid', '--ipc', '--root', '--wdns=/root']
    return ['nsenter', '--target', String(this.pid), ...namespaces]
  }

  async writeFile(path: string, content: string | Uint8Array, mode = '644'): Promise<void> {
    const script = 'mkdir -p "$(dirname "$0")" && cat >"$0" && chmod "$1" "$0"'
    await this.run(['sh', '-c', script, path, mode], { input: content })
  }

  async readFile(path: string): Promise<string> {
    return (await this.run(['cat', path])).stdout
  }
}

export const releaseOf = (kind: HostKind): Release => (typeof kind === 'string' ? kind : kind.release)

function quote(argv: readonly string[]): string {
  return argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
}
