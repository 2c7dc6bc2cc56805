import type { Host } from '../lab/host.ts'

/**
 * The words that run a program among the files of an image, on the host's network, without a container's start. What
 * else the program is to see is said with flags of docker run.
 */
export async function among(host: Host, image: string, ...flags: string[]): Promise<string[]> {
  const run = ['docker', 'run', '--detach', ...flags, '--entrypoint', 'sleep', image, '3600']
  const id = (await host.run(run)).stdout.trim()
  const pid = (await host.run(`docker inspect -f {{.State.Pid}} ${id}`)).stdout.trim()
  const root = `/proc/${host.pid}/root/proc/${pid}/root`
  return ['nsenter', `--net=/proc/${host.pid}/ns/net`, `--root=${root}`, '--wdns=/']
}
