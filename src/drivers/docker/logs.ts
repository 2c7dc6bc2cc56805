import type Dockerode from 'dockerode'
import { finished } from 'node:stream/promises'
import type { Logs } from './docker.ts'
import type { Attempt } from './errors.ts'

export function logs(dockerode: Dockerode, attempt: Attempt): Logs {
  return {
    write: (name, { follow, since }, { output, error }) =>
      attempt(`read the log of container ${name}`, async () => {
        const options = { stdout: true, stderr: true, ...(since === undefined ? {} : { since }) }
        const container = dockerode.getContainer(name)
        if (follow) {
          const stream = await container.logs({ ...options, follow: true })
          dockerode.modem.demuxStream(stream, output, error)
          await finished(stream, { writable: false })
        } else {
          const log = await container.logs({ ...options, follow: false })
          for (const { stream, bytes } of framesOf(log)) (stream === 'stderr' ? error : output).write(bytes)
        }
      }),
  }
}

interface Frame {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: Buffer
}

/** A log without a terminal comes in frames: stream (1 byte), 3 unused, length (4, big-endian), then the text. */
export function framesOf(log: Buffer): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at + 8 <= log.length;) {
    const end = at + 8 + log.readUInt32BE(at + 4)
    frames.push({ stream: log[at] === 2 ? 'stderr' : 'stdout', bytes: log.subarray(at + 8, end) })
    at = end
  }
  return frames
}

/** Both streams as one text. */
export const textOf = (log: Buffer): string =>
  Buffer.concat(framesOf(log).map(({ bytes }) => bytes)).toString('utf8')
