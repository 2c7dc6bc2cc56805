import { existsSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { disksOf, labOfNetns } from './places.ts'

// Synchronous, because a lab is also removed while the process exits.

const hierarchies = '/sys/fs/cgroup'

/** Removes what is left of a lab whose processes have ended. */
export function removeControlGroups(lab: string): void {
  for (const id of containerIds(lab)) {
    for (const controller of ['.', ...entries(hierarchies)])
      tryToRemove(join(hierarchies, controller, 'docker', id))
  }
  for (const hierarchy of [hierarchies, join(hierarchies, 'unified')]) {
    for (const group of entries(hierarchy).filter((name) => labOfNetns(name) === lab))
      removeTree(join(hierarchy, group))
  }
}

/** An engine that lost power leaves the groups of its containers, named by their ids. */
function containerIds(lab: string): string[] {
  return entries(disksOf(lab)).flatMap((host) => entries(join(disksOf(lab), host, 'docker/containers')))
}

/** A host with systemd has a tree of groups to itself, named like its network namespace. */
function removeTree(root: string): void {
  const below = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
  const groups = [root, ...below.map(({ parentPath, name }) => join(parentPath, name))]
  const deadline = performance.now() + 10_000
  // The longest path first: a group goes before the one that it is in.
  for (const group of groups.sort((a, b) => b.length - a.length)) {
    tryToRemove(group)
    // The last process in it may still be on its way out.
    while (existsSync(group) && performance.now() < deadline) tryToRemove(group)
  }
}

function tryToRemove(group: string): void {
  try {
    rmdirSync(group)
  } catch {
    // There is none, or somebody looks at it right now: an empty group disturbs nobody.
  }
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
