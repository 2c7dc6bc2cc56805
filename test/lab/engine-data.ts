import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Host } from './host.ts'
import type { Image } from './image.ts'
import { Network, port } from './network.ts'
import { cache, disksOf } from './places.ts'
import { run } from './program.ts'
import { claimLab, removeLab } from './removal.ts'
import { hash, rootfsOf, touch, type Release } from './rootfs.ts'

const templates = join(cache, 'templates')

/**
 * The data folder of an engine that has the images loaded: made once per release and set of images, then copied for
 * every host. Undefined where there is nothing to load.
 */
export async function engineData(release: Release, images: readonly Image[]): Promise<string | undefined> {
  if (images.length === 0) return undefined
  const references = hash(images.map(({ reference }) => reference))
  const family = `${release}-${hash([rootfsOf(release), references])}`
  const template = join(templates, `${family}-${hash(images.map(({ id }) => id))}`)
  if (existsSync(template)) {
    touch(template)
    return template
  }
  const siblings = familyMembers(family)
  await make(template, release, images, siblings[0])
  // The product's image changes at every edit: only its last two are worth their space.
  for (const old of siblings.slice(1)) rmSync(old, { recursive: true, force: true })
  return template
}

/** The newest first. */
function familyMembers(family: string): string[] {
  mkdirSync(templates, { recursive: true })
  return readdirSync(templates)
    .filter((entry) => entry.startsWith(`${family}-`) && !entry.includes('.'))
    .map((entry) => join(templates, entry))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
}

/** Loads the images in a lab of one host. Starting from the last template, it only unpacks layers that are new. */
async function make(template: string, release: Release, images: readonly Image[], last: string | undefined) {
  const lab = `template-${release}-${process.pid}`
  claimLab(lab)
  try {
    const network = new Network(lab)
    await network.create()
    const host = new Host({ lab, network, kind: release, port: port('h1', 1) })
    if (last !== undefined) await copyEngineData(last, host.disk)
    const loaded =
      last === undefined ? [] : (JSON.parse(readFileSync(join(last, 'images.json'), 'utf8')) as string[])
    await host.boot()
    for (const image of images) {
      if (loaded.includes(image.id)) continue
      await run(['docker', '--host', `unix://${host.dockerSocket}`, 'load', '--input', image.tar])
    }
    await host.run(['docker', 'image', 'prune', '--force'])
    await host.run(['service', 'docker', 'stop'])
    await host.lose()
    // What makes an engine that engine and no other is left out.
    for (const own of ['engine-id', 'network'])
      rmSync(join(host.disk, 'docker', own), { recursive: true, force: true })
    const made = `${template}.${process.pid}`
    mkdirSync(made, { recursive: true })
    renameSync(join(disksOf(lab), 'h1', 'docker'), join(made, 'docker'))
    writeFileSync(join(made, 'images.json'), JSON.stringify(images.map(({ id }) => id)))
    if (existsSync(template)) rmSync(made, { recursive: true })
    else renameSync(made, template)
  } finally {
    removeLab(lab)
  }
}

/** Gives a host's disk the engine data of a template. Layers are never written to again, so their files are shared. */
export async function copyEngineData(template: string, disk: string): Promise<void> {
  const from = join(template, 'docker')
  const to = join(disk, 'docker')
  mkdirSync(to, { recursive: true, mode: 0o710 })
  const rest = readdirSync(from).filter((entry) => entry !== 'overlay2')
  await run(['cp', '-a', ...rest.map((entry) => join(from, entry)), to])
  await run(['cp', '-al', join(from, 'overlay2'), to])
}
