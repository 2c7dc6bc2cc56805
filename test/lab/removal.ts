import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Release } from './rootfs.ts'
import { removeControlGroups } from './control-groups.ts'
import { atExit } from './ending.ts'
import { disksOf, labOfNetns, ownerFile, searchPath } from './places.ts'

// Everything here is synchronous: it also runs while the process exits.

/** The process that a lab ends with; or what is in a lab that outlives its process. */
type Owner = { pid: number; started: string } | { hosts: Record<string, Release> }

const mine = new Set<string>()

/** Takes a name for a lab of this process, after removing what an aborted run left behind. */
export function claimLab(lab: string): void {
  if (!/^[a-z][a-z0-9-]*$/.test(lab))
    throw new Error(`lab ${lab}: a name is lower-case letters, digits and dashes`)
  removeLeftovers()
  if (allLabs().includes(lab)) {
    throw new Error(`lab ${lab}: is up already, and belongs to ${describeOwner(ownerOf(lab))}`)
  }
  writeOwner(lab, { pid: process.pid, started: startTime(process.pid) ?? '' })
  atExit(removeMine)
  mine.add(lab)
}

/** From here on the lab outlives this process, until it is removed by name. */
export function detachLab(lab: string, hosts: Record<string, Release>): void {
  writeOwner(lab, { hosts })
  mine.delete(lab)
}

/** Ends every process of a lab and removes its networks and disks. What is not there is no error. */
export function removeLab(lab: string): void {
  const networks = netnsNames().filter((netns) => labOfNetns(netns) === lab)
  for (const netns of networks) endProcesses(netns)
  for (const netns of networks) ip('netns', 'delete', netns)
  removeControlGroups(lab)
  rmSync(disksOf(lab), { recursive: true, force: true })
  rmSync(ownerFile(lab), { force: true })
  mine.delete(lab)
}

/** Removes the labs whose process is gone. */
export function removeLeftovers(): void {
  for (const lab of allLabs()) {
    const owner = ownerOf(lab)
    if ('pid' in owner && startTime(owner.pid) !== owner.started) removeLab(lab)
  }
}

/** The hosts of a lab that outlived its process. */
export function detachedHosts(lab: string): Record<string, Release> {
  const owner = ownerOf(lab)
  if ('pid' in owner) throw new Error(`lab ${lab}: is not up`)
  return owner.hosts
}

/** Every lab of which anything is left on this machine. */
export function allLabs(): string[] {
  const named = [...netnsNames().map(labOfNetns), ...entries(dirname(disksOf('any')))]
  const owned = entries(dirname(ownerFile('any'))).map((file) => basename(file, '.json'))
  return [...new Set([...named, ...owned].filter((lab) => lab !== undefined))]
}

function ownerOf(lab: string): Owner {
  if (!existsSync(ownerFile(lab))) return { pid: 0, started: 'unknown' }
  return JSON.parse(readFileSync(ownerFile(lab), 'utf8')) as Owner
}

function writeOwner(lab: string, owner: Owner): void {
  mkdirSync(dirname(ownerFile(lab)), { recursive: true })
  writeFileSync(ownerFile(lab), JSON.stringify(owner))
}

const describeOwner = (owner: Owner): string =>
  'pid' in owner ? `process ${owner.pid}` : 'nobody: remove it first'

/** Clock ticks from the machine's boot to the process's start: with the number it names one process for good. */
function startTime(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19]
  } catch {
    return undefined
  }
}

/** A host's containers live in other network namespaces, but die with the host's init, which is in this one. */
function endProcesses(netns: string): void {
  const deadline = performance.now() + 10_000
  for (;;) {
    const pids = ip('netns', 'pids', netns).split('\n').filter(Boolean).map(Number)
    if (pids.length === 0) return
    for (const pid of pids) kill(pid)
    if (performance.now() > deadline) throw new Error(`${netns}: processes ${pids.join(', ')} do not end`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function removeMine(): void {
  for (const lab of mine) removeLab(lab)
}

const netnsNames = (): string[] => entries('/run/netns')

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', env: { PATH: searchPath } })
}
