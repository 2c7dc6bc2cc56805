// npm run bench [PART...]: figures as tables, each beside what a user would take instead, in one run; beside a goal
// alone where there is no such thing. Parts: cli start registrator routes ambassador peers tunnel gre; none named: all.
// Needs what bin/test needs, for the tunnel and gre iperf3, too, and for the ambassador its rivals, which it names.
import { arch, cpus, loadavg, release } from 'node:os'
import { benchAmbassador } from './ambassador.ts'
import { benchCli } from './cli.ts'
import { benchPeers } from './peers.ts'
import { benchRegistrator } from './registrator.ts'
import { benchRoutes } from './routes.ts'
import { benchStart } from './start.ts'
import { benchGre, benchTunnel } from './tunnel.ts'

const parts = {
  cli: benchCli,
  start: benchStart,
  registrator: benchRegistrator,
  routes: benchRoutes,
  ambassador: benchAmbassador,
  peers: () => benchPeers(),
  tunnel: () => benchTunnel(),
  gre: () => benchGre(),
}
const wanted = process.argv.slice(2)
const load = () =>
  `load ${loadavg()
    .map((each) => each.toFixed(1))
    .join(' ')}`

console.log(
  `${cpus().length} cores ${cpus()[0]?.model ?? ''}, Linux ${release()} ${arch()}, Node ${process.version}, ${load()}`,
)
for (const [name, bench] of Object.entries(parts)) {
  if (wanted.length === 0 || wanted.includes(name)) console.log(await bench())
}
console.log(`\n${load()} at the end`)
