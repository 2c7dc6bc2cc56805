// Makes ready what every lab needs and takes long, so that it can happen beside other work: called by bin/test.
import { buildKernel } from '../support/emulated-kernel.ts'
import { pruneCache } from './prune.ts'
import { removeLeftovers } from './removal.ts'
import { buildRootfs, releases } from './rootfs.ts'

removeLeftovers()
pruneCache()
await buildKernel()
await buildRootfs(releases)
console.log(`root file systems: ${releases.join(', ')}`)
