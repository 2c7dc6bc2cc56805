import type { Host } from './host.ts'
import { productImage } from './image.ts'

const program =
  "net.createServer(a => { const b = net.connect('/run/docker.sock'); a.pipe(b).pipe(a);" +
  " a.on('error', () => b.destroy()); b.on('error', () => a.destroy()) }).listen('/world/docker.sock')"

/** Options for a container that reaches the engine through the door. */
export const behindDoor = ['--volume', '/run/world:/world', '--env', 'DOCKER_HOST=unix:///world/docker.sock']

/** A container `door` that leads to the engine's socket: whoever shuts it cuts what goes through. */
export const openDoor = (host: Host) =>
  host.run(
    'docker run --detach --name door --env SERVICE_IGNORE=1 --user 0 --volume /run/world:/world ' +
      `--volume /run/docker.sock:/run/docker.sock --entrypoint sh ${productImage()} ` +
      `-c 'rm -f /world/docker.sock; exec node -e "$0"' ${JSON.stringify(program)}`,
  )

/** Shuts it and opens it again. */
export const slamDoor = (host: Host) => host.run('docker restart --time 0 door')
