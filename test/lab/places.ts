import { join, resolve } from 'node:path'

/** This checkout. */
export const checkout = resolve(import.meta.dirname, '../..')

/** What survives a run: root file systems, images and engine data, and the disks of the hosts that are up. */
export const cache = process.env.ARPANET_CACHE ?? '/var/cache/arpanet'

/** The disks of a lab's hosts: one folder per host. On the cache's file system, so that layers can be hard-linked. */
export const disksOf = (lab: string): string => join(cache, 'labs', lab)

/** Says which process a lab belongs to. */
export const ownerFile = (lab: string): string => join('/run/arpanet/labs', `${lab}.json`)

const prefix = 'arpanet'

/** The network namespace of a host, or of the lab's switch. */
export const netnsOf = (lab: string, host: string): string => `${prefix}.${lab}.${host}`

/** The lab that a network namespace belongs to, or undefined where it is not ours. */
export const labOfNetns = (netns: string): string | undefined => {
  const [first, lab, host] = netns.split('.')
  return first === prefix && host !== undefined ? lab : undefined
}

/** Programs of a host's `sbin` folders are found whatever PATH the person has. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
