// npm run bench: figures as tables, each beside what a user would take instead, in one run. Needs what bin/test needs.
import { arch, cpus, release } from 'node:os'
import { benchCli } from './cli.ts'
import { benchStart } from './start.ts'

console.log(
  `${cpus().length} cores ${cpus()[0]?.model ?? ''}, Linux ${release()} ${arch()}, Node ${process.version}`,
)
console.log(await benchCli())
console.log(await benchStart())
