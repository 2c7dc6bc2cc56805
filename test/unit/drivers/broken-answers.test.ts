import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectConsul } from '../../../src/drivers/consul/connect.ts'
import { connect as connectDocker } from '../../../src/drivers/docker/connect.ts'

/** Answers with the beginning of a longer list, and is gone. */
const breaksOff = (): Server =>
  createServer((socket: Socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Consul-Index: 7\r\nContent-Length: 100\r\n\r\n[',
      )
      setTimeout(() => socket.destroy(), 10)
    })
  })

describe('an answer that breaks off in its middle', () => {
  let server: Server
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'arpanet-'))
    server = breaksOff()
  })
  afterEach(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })

  it('is an error of what was asked of Docker', async () => {
    const socket = join(folder, 'docker.sock')
    await once(server.listen(socket), 'listening')
    await assert.rejects(connectDocker(socket).watch.list(), /no answer at .*docker\.sock \(ECONNRESET\)/)
  })

  it('is an error of a question to Consul that waits for news, and not only when its minute is over', async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as { port: number }
    const consul = connectConsul({ host: '127.0.0.1', port })
    const asked = { index: '7', waits: true, signal: new AbortController().signal }
    await assert.rejects(consul.health.passing({ service: 'web' }, asked), /no answer/)
  })
})
