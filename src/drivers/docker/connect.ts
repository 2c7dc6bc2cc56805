import Dockerode from 'dockerode'
import { reportBrokenAnswers } from '../broken-answers.ts'
import { containers } from './containers.ts'
import type { Docker } from './docker.ts'
import { engine } from './engine.ts'
import { attempt } from './errors.ts'
import { exec } from './exec.ts'
import { images, type Logins } from './images.ts'
import { logs } from './logs.ts'
import { networks } from './networks.ts'
import { shell } from './shell.ts'
import { watch } from './watch.ts'

/** The engine behind a Unix socket. Nothing is asked before the first method is called; `logins` only by a pull. */
export function connect(socketPath: string, logins: Logins = () => Promise.resolve(undefined)): Docker {
  reportBrokenAnswers()
  // No API version: the newest that the engine speaks is taken, as Docker 29 dropped those before 1.40.
  const dockerode = new Dockerode({ socketPath })
  const ask = attempt(socketPath)
  return {
    engine: engine(dockerode, ask),
    containers: containers(dockerode, ask),
    images: images(dockerode, ask, logins),
    exec: exec(dockerode, ask),
    logs: logs(dockerode, ask),
    watch: watch(dockerode, ask),
    networks: networks(dockerode, ask),
    shell: (container) => shell(dockerode, ask, container),
  }
}
