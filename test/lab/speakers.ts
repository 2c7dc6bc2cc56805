import { productImage } from './image.ts'

/** Answers each connection with its name and who called, and then every byte with itself; by UDP with its name. */
const speaker = `
  const name = process.argv[1]
  require('node:net').createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write(name + ' ' + socket.remoteAddress.replace('::ffff:', '') + '\\n')
    socket.pipe(socket)
  }).listen(7)
  const udp = require('node:dgram').createSocket('udp6')
  udp.on('message', (data, from) => udp.send(name + '\\n', from.port, from.address))
  udp.bind(7)
  // It still answers for a while when it is told to end, as those do that are behaved.
  process.once('SIGTERM', () => setTimeout(() => process.exit(), 3000))
`

/** `docker run` of an instance of the service `echo`, as words. */
export const runSpeaker = (name: string, ...options: readonly string[]): string[] => [
  ...['docker', 'run', '--detach', '--label', 'test', '--name', name, '--env', 'SERVICE_7_NAME=echo'],
  ...options,
  ...['--entrypoint', 'node', productImage(), '-e', speaker, name],
]

/** Keeps a connection open, sends a byte every 20 ms and expects it back; says what becomes of it. */
const talker = `
  const [port] = process.argv.slice(1)
  let [sent, heard] = [0, 0]
  const socket = require('node:net').connect(Number(port), 'backends')
  socket.once('data', (data) => {
    console.log('speaks with ' + String(data).trim())
    socket.on('data', (more) => { heard += more.length })
    setInterval(() => {
      socket.write('.')
      sent += 1
      if (sent - heard > 250) console.log('broken: no answer for 5 s')
    }, 20)
    setInterval(() => console.log('heard ' + heard), 500)
  })
  socket.on('error', (error) => console.log('broken: ' + error.message))
  socket.on('close', () => console.log('broken: closed'))
`

/** `docker run` of somebody who talks to `backends` at a port without end, as words. */
export const runTalker = (name: string, port: number, ...options: readonly string[]): string[] => [
  ...['docker', 'run', '--detach', '--label', 'test', '--name', name],
  ...options,
  ...['--entrypoint', 'node', productImage(), '-e', talker, String(port)],
]

/** Opens a connection to `backends` at a port every 5 ms; prints what became of all when it is told to end. */
const caller = `
  const net = require('node:net')
  const [port] = process.argv.slice(1)
  const open = new Set()
  const calls = { made: 0, failed: [], by: {} }
  const call = () => new Promise((resolve) => {
    const begun = Date.now()
    let said = ''
    const socket = net.connect({ port: Number(port), host: 'backends', timeout: 5000 })
    const fail = (why) => { calls.failed.push([begun, Date.now() - begun, why]); socket.destroy(); resolve() }
    socket.on('timeout', () => fail('no answer'))
    socket.on('error', (error) => fail(error.message))
    socket.on('data', (data) => {
      said += data
      if (!said.includes('\\n')) return
      const [name] = said.split(' ')
      calls.by[name] = { count: (calls.by[name]?.count ?? 0) + 1, last: begun }
      socket.removeAllListeners('error')
      socket.on('error', () => undefined)
      socket.destroy()
      resolve()
    })
  })
  const clock = setInterval(() => {
    calls.made += 1
    const one = call().finally(() => open.delete(one))
    open.add(one)
  }, 5)
  process.once('SIGTERM', () => {
    clearInterval(clock)
    Promise.all(open).then(() => { console.log(JSON.stringify(calls)); process.exit() })
  })
`

/** What became of the connections of a caller; times in ms since 1970. */
export interface CallsTo {
  readonly made: number
  /** When it began, how long it took to fail, and why. */
  readonly failed: readonly (readonly [number, number, string])[]
  readonly by: Readonly<Record<string, { readonly count: number; readonly last: number }>>
}

/** `docker run` of such a caller, as words. */
export const runCaller = (name: string, port: number, ...options: readonly string[]): string[] => [
  ...['docker', 'run', '--detach', '--label', 'test', '--name', name],
  ...options,
  ...['--entrypoint', 'node', productImage(), '-e', caller, String(port)],
]
