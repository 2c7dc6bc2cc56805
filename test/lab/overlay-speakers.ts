import { productImage } from './image.ts'

/** At the first it tells whom it sees, by TCP and UDP, and then every byte again; at the second it sends what is asked. */
const ports = { talk: 7007, load: 7008 } as const

/** The first process of a container ends by no signal that it does not know, and Docker would wait for it. */
const endsAtOnce = "process.once('SIGTERM', () => process.exit())"

const speaker = `
  const { once } = require('node:events')
  const { createHash, randomBytes } = require('node:crypto')
  const name = process.argv[1]
  const sight = (address = '') => name + ' sees ' + address.replace('::ffff:', '') + '\\n'
  const serve = (port, answer) => require('node:net').createServer((socket) => {
    socket.on('error', () => undefined)
    answer(socket)
  }).listen(port)
  serve(${ports.talk}, (socket) => {
    socket.write(sight(socket.remoteAddress))
    socket.pipe(socket)
  })
  const udp = require('node:dgram').createSocket('udp6')
  udp.on('message', (_data, from) => udp.send(sight(from.address), from.port, from.address, () => undefined))
  udp.bind(${ports.talk})
  const send = async (socket, bytes) => {
    const hash = createHash('sha256')
    for (let left = bytes; left > 0; left -= 1e6) {
      const data = randomBytes(Math.min(left, 1e6))
      hash.update(data)
      if (!socket.write(data)) await once(socket, 'drain')
    }
    socket.end(hash.digest('hex'))
  }
  serve(${ports.load}, (socket) =>
    socket.once('data', (asked) => send(socket, Number(asked)).catch(() => undefined)))
  ${endsAtOnce}
`

/** The words for node that make it a speaker. */
export const speakerWords = (name: string): string[] => ['-e', speaker, name]

/** `docker run` of a speaker that is there again after a loss of power, as words. */
export const runOverlaySpeaker = (
  container: string,
  name: string,
  ...options: readonly string[]
): string[] => [
  ...['docker', 'run', '--detach', '--restart', 'always', '--name', container],
  ...options,
  ...['--entrypoint', 'node', productImage(), ...speakerWords(name)],
]

/**
 * Prints for each address that it is given what its speaker says by TCP, by UDP and to a ping. With bash, whose
 * redirections connect, and with ping(8).
 */
export const askAll = `
  for address in "$@"; do
    {
      tcp=$(timeout 2 bash -c 'head -n 1 <"/dev/tcp/$0/${ports.talk}"' "$address" 2>/dev/null)
      udp=$(timeout 2 bash -c 'exec 3<>"/dev/udp/$0/${ports.talk}"; echo >&3; head -n 1 <&3' "$address" 2>/dev/null)
      icmp=$(ping -c 1 -W 2 -q "$address" >/dev/null && echo answers)
      echo "$address: $tcp, $udp, \${icmp:-is silent}"
    } &
  done
  wait`

/** What it prints of an address whose speaker it hears. */
export const heard = (address: string, name: string, from: string): string =>
  `${address}: ${name} sees ${from}, ${name} sees ${from}, answers`

/** Takes so many bytes from an address; prints the hash of what came, and that of what was sent. */
export const take = `
  exec 3<>"/dev/tcp/$1/${ports.load}"
  echo "$2" >&3
  head -c "$2" <&3 | sha256sum | cut -d ' ' -f 1
  cat <&3`

/**
 * Keeps a connection open, sends a byte every 20 ms and expects it back; says every 250 ms how long it was silent since
 * it said so last, and what becomes of it.
 */
const talker = `
  const [address] = process.argv.slice(1)
  let [sent, heard, last, longestMs] = [0, 0, 0, 0]
  const socket = require('node:net').connect(${ports.talk}, address)
  socket.once('data', () => {
    last = performance.now()
    socket.on('data', (more) => {
      heard += more.length
      longestMs = Math.max(longestMs, performance.now() - last)
      last = performance.now()
    })
    setInterval(() => {
      socket.write('.')
      sent += 1
      if (sent - heard > 1500) console.log('broken: no answer for 30 s')
    }, 20)
    setInterval(() => {
      const silentMs = Math.max(longestMs, performance.now() - last)
      console.log('heard ' + heard + ', was silent for ' + Math.round(silentMs) + ' ms')
      longestMs = 0
    }, 250)
  })
  socket.on('error', (error) => console.log('broken: ' + error.message))
  socket.on('close', () => console.log('broken: closed'))
  ${endsAtOnce}
`

/** `docker run` of somebody who talks without end to the speaker at an address, as words. */
export const runOverlayTalker = (container: string, address: string): string[] => [
  ...['docker', 'run', '--detach', '--name', container],
  ...['--entrypoint', 'node', productImage(), '-e', talker, address],
]
