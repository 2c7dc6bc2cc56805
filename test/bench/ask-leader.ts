// ask-leader.ts URL: asks a Consul agent who leads until it names somebody, then prints the time in ms since 1970. A
// line before it says that it asks. Gives up after a minute.
import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const url = `${process.argv[2] ?? ''}/v1/status/leader`
const end = Date.now() + 60_000

function ask(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const request = get(url, { agent: false }, (response) => {
    let body = ''
    response.setEncoding('utf8')
    response.on('data', (text: string) => (body += text))
    response.on('end', () => resolve(response.statusCode === 200 ? body : ''))
  })
  request.on('error', () => resolve(''))
  return promise
}

console.log('asking')
while ((await ask()).length <= '""'.length) {
  if (Date.now() > end) throw new Error(`${url}: no leader in 60 s`)
  await sleep(5)
}
console.log(Date.now())
