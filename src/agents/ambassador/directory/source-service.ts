import type { Health, Passing, ServiceQuestion } from '../../../drivers/consul/consul.ts'
import type { ConsulTurns } from './source-consul-turns.ts'
import { placeAt, type Listen, type Said } from './source.ts'

/** The instances of a service of Consul whose checks all pass. */
export function service(turns: ConsulTurns, health: Health, question: ServiceQuestion): Listen {
  return (say, signal) =>
    turns.follow(
      (asked) => health.passing(question, asked),
      (passing) => say(saidOf(question, passing)),
      signal,
    )
}

function saidOf(question: ServiceQuestion, passing: readonly Passing[]): Said {
  const { service, tag, datacenter } = question
  if (passing.length === 0) {
    const which = tag === undefined ? service : `${service} with the tag ${tag}`
    const where = datacenter === undefined ? '' : ` in ${datacenter}`
    return { places: [], why: `Consul has no healthy instance of ${which}${where}` }
  }
  const read = passing.map((each) => readPlace(service, each))
  const places = read.filter((each) => typeof each !== 'string')
  const remarks = read.filter((each) => typeof each === 'string')
  return { places, remarks, ...(places.length === 0 && { why: remarks[0] ?? '' }) }
}

function readPlace(service: string, { host, port, weight, node }: Passing) {
  const which = `${service} on ${node}`
  if (port === 0) return `${which} is registered without a port`
  const place = placeAt(host, port, { weight, node })
  return typeof place === 'string' ? `${which} ${place}` : place
}
