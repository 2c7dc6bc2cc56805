// watch-catalogue.ts URL SERVICE: prints when an instance of SERVICE comes to and goes from a Consul agent and the
// catalogue: a line `agent + ID MS` or `catalogue - ID MS` each, the time in ms since 1970. A line before them says that it
// watches. Watches until it is told to end.
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const [url = '', service = ''] = process.argv.slice(2)
const http = new Agent({ keepAlive: true })

interface Answer {
  readonly body: string
  readonly index: string
}

function ask(path: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const request = get(`${url}${path}`, { agent: http }, (response) => {
    let body = ''
    response.setEncoding('utf8')
    response.on('data', (text: string) => (body += text))
    response.on('end', () => resolve({ body, index: String(response.headers['x-consul-index'] ?? '0') }))
  })
  request.on('error', reject)
  return promise
}

/** Says what is another than the last time. */
function teller(where: string): (ids: ReadonlySet<string>) => void {
  let before: ReadonlySet<string> = new Set()
  return (ids) => {
    const now = Date.now()
    for (const id of ids) if (!before.has(id)) console.log(`${where} + ${id} ${now}`)
    for (const id of before) if (!ids.has(id)) console.log(`${where} - ${id} ${now}`)
    before = ids
  }
}

async function watchAgent(): Promise<never> {
  const tell = teller('agent')
  for (;;) {
    // It cannot be asked to wait for a change.
    const { body } = await ask('/v1/agent/services')
    const all = Object.values(JSON.parse(body) as Record<string, { ID: string; Service: string }>)
    tell(new Set(all.filter(({ Service }) => Service === service).map(({ ID }) => ID)))
    await sleep(5)
  }
}

async function watchCatalogue(): Promise<never> {
  const tell = teller('catalogue')
  for (let index = '0'; ;) {
    const answer = await ask(`/v1/catalog/service/${service}?wait=60s&index=${index}`)
    const all = JSON.parse(answer.body) as { ServiceID: string }[]
    tell(new Set(all.map(({ ServiceID }) => ServiceID)))
    index = answer.index
  }
}

console.log('watching')
await Promise.race([watchAgent(), watchCatalogue()])
