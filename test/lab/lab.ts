import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { copyEngineData, engineData } from './engine-data.ts'
import { diagnose } from './diagnose.ts'
import { furnish, makeSshKey } from './disk.ts'
import { Host, releaseOf, type HostKind } from './host.ts'
import { fetchOver, type Answer, type FetchOptions } from './http.ts'
import { findImages } from './image.ts'
import { Network, port } from './network.ts'
import { disksOf, searchPath } from './places.ts'
import { observe, type Outcome, type ProgramOptions } from './program.ts'
import { claimLab, detachedHosts, removeLab } from './removal.ts'
import { startResolver } from './resolver.ts'
import { buildRootfs, type Release } from './rootfs.ts'

export type LabPlan<Name extends string = string> = {
  /** Several labs can be up at once under different names. */
  name: string
  /** In this order the hosts are 192.0.2.1, 192.0.2.2, … */
  hosts: Record<Name, HostKind>
  /** References of images that images/build made; every host has them from the start. */
  images?: readonly string[]
  /** More lines for root's ~/.arpanetrc, beside ARPANET_IP. */
  arpanetrc?: Record<string, string>
}

/** Several hosts and the wire between them. */
export class Lab {
  readonly name: string
  readonly hosts: readonly Host[]
  readonly network: Network

  constructor(name: string, hosts: Record<string, HostKind>) {
    this.name = name
    this.network = new Network(name)
    this.hosts = Object.entries(hosts).map(
      ([host, kind], n) => new Host({ lab: name, network: this.network, kind, port: port(host, n + 1) }),
    )
  }

  host(name: string): Host {
    const host = this.hosts.find((host) => host.name === name)
    if (host === undefined) throw new Error(`lab ${this.name}: has no host ${name}`)
    return host
  }

  /** Runs a program of this machine on the lab's wire, at 192.0.2.254. */
  exec(argv: readonly string[], options: ProgramOptions = {}): Promise<Outcome> {
    return observe(['nsenter', `--net=/run/netns/${this.network.netns}`, ...argv], options)
  }

  /** A TCP connection from the lab's wire, where this process is not, to a host. */
  connect(ip: string, tcpPort: number): Duplex {
    const socat = ['socat', '-t', '0.1', 'STDIO,ignoreeof', `TCP:${ip}:${tcpPort},connect-timeout=5`]
    const child = spawn('nsenter', [`--net=/run/netns/${this.network.netns}`, ...socat], {
      env: { PATH: searchPath },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const connection = Duplex.from({ readable: child.stdout, writable: child.stdin })
    connection.on('close', () => child.kill())
    return connection
  }

  /** As the global fetch, from the lab's wire: `lab.fetch('http://192.0.2.1:8500/v1/status/leader')`. */
  fetch(url: string, options: FetchOptions = {}): Promise<Answer> {
    const { hostname, port, pathname, search } = new URL(url)
    return fetchOver(this.connect(hostname, Number(port || 80)), pathname + search, options).catch(
      (error: unknown) => {
        throw new Error(`${url}: ${(error as Error).message}`, { cause: error })
      },
    )
  }

  /** All that explains a failure, as text. */
  diagnose(): Promise<string> {
    return diagnose(this.hosts)
  }

  [Symbol.asyncDispose](): Promise<void> {
    removeLab(this.name)
    return Promise.resolve()
  }
}

/** Makes a lab and waits until every engine answers. Dispose of it with `await using`. */
export async function createLab<Name extends string>(plan: LabPlan<Name>): Promise<Lab & Record<Name, Host>> {
  const images = findImages(plan.images ?? [])
  const releases = [...new Set(Object.values<HostKind>(plan.hosts).map(releaseOf))]
  await buildRootfs(releases)
  const data = new Map<Release, string | undefined>()
  await Promise.all(releases.map(async (release) => data.set(release, await engineData(release, images))))

  claimLab(plan.name)
  const lab = new Lab(plan.name, plan.hosts)
  try {
    await lab.network.create()
    startResolver(lab.network, lab.hosts)
    const key = await makeSshKey(disksOf(plan.name))
    await Promise.all(
      lab.hosts.map(async (host) => {
        furnish(host, lab.hosts, key, plan.arpanetrc ?? {})
        const template = data.get(host.release)
        if (template !== undefined) await copyEngineData(template, host.disk)
        await host.boot()
      }),
    )
  } catch (error) {
    removeLab(plan.name)
    throw error
  }
  const byName = Object.fromEntries(lab.hosts.map((host) => [host.name, host])) as Record<Name, Host>
  return Object.assign(lab, byName)
}

/** A lab that outlived the process that made it. */
export function openLab(name: string): Lab {
  const lab = new Lab(name, detachedHosts(name))
  for (const host of lab.hosts) host.attach()
  return lab
}
