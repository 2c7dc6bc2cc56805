import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { checkout } from './places.ts'

/** An image that images/build made, and the tar that holds it. */
export type Image = { reference: string; tar: string; /** Changes when the image does. */ id: string }

/** Finds images by reference, as `binocarlos/arpanet:3.0.0`. */
export function findImages(references: readonly string[]): Image[] {
  if (references.length === 0) return []
  const index = builtImages()
  return [...new Set(references)].sort().map((reference) => {
    const tar = index[reference]
    if (tar === undefined) {
      const built = Object.keys(index).join(', ') || 'none'
      throw new Error(`image ${reference}: not built, images/build has made: ${built}`)
    }
    return { reference, tar, id: basename(tar, '.tar') }
  })
}

/** The references of all images that images/build has made, and their tars. */
export function builtImages(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(join(checkout, 'dist/images.json'), 'utf8')) as Record<string, string>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** The product's image, as this checkout builds it. */
export function productImage(): string {
  const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string }
  return `binocarlos/arpanet:${version}`
}

/** Debian's Consul and cAdvisor, in the place of the public images. */
export const consulImage = 'arpanet/consul:debian'
export const cadvisorImage = 'arpanet/cadvisor:debian'
