import type { Shell } from '../../src/drivers/shell.ts'
import { eventually } from '../lab/eventually.ts'
import type { NetworkNamespace, Running } from './network-namespace.ts'

/** What the container of the tunnel's processes is to a host: a place in which they live on, with a /run of their own. */
export interface ProcessPlace {
  readonly shell: Shell
  readonly holder: Running
}

/** Programs are root in it, with no capability but this one. */
const capability = ['setpriv', '--bounding-set=-all,+net_admin']

export async function processPlace(host: NetworkNamespace): Promise<ProcessPlace> {
  const holder = host.start([
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c'],
    'mount -t tmpfs none /run && mkdir /run/wireguard && echo $$ && exec sleep infinity',
  ])
  await eventually('it is there', () => holder.written().includes('\n'), { everyMs: 10 })
  const within = (argv: readonly string[]) => [
    ...['nsenter', '--target', holder.written().trim(), '--mount'],
    ...capability,
    ...argv,
  ]
  return {
    holder,
    shell: {
      run: (argv, input) => host.shell.run(within(argv), input),
      follow: (argv, ...rest) => host.shell.follow(within(argv), ...rest),
    },
  }
}
