import type { Records, ServiceRecord } from '../../../drivers/names.ts'
import type { Clock } from '../../reconciler.ts'
import { placeAt, type Listen, type Said } from './source.ts'

/** Node does not tell how long SRV records may be relied on. */
const everyMs = 5_000

/** The targets of a name's SRV records. */
export function srv(records: Pick<Records, 'services'>, name: string, clock: Clock): Listen {
  return async (say, signal) => {
    while (!signal.aborted) {
      say(saidOf(name, await records.services(name, signal)))
      await clock.sleep(everyMs, signal)
    }
  }
}

/** Those with the lowest priority, as RFC 2782 has it; a weight of 0 is a small one here, and not none. */
function saidOf(name: string, records: readonly ServiceRecord[]): Said {
  // The root as the target says that there decidedly is no such service.
  const offered = records.filter(({ target }) => target !== '' && target !== '.')
  if (offered.length === 0) return { places: [], why: `DNS has no SRV record of ${name}` }
  const first = Math.min(...offered.map(({ priority }) => priority))
  const chosen = offered.filter(({ priority }) => priority === first)
  const read = chosen.map(({ target, port, weight }) => placeAt(target, port, { weight }))
  const places = read.filter((each) => typeof each !== 'string')
  const remarks = read.flatMap((each) => (typeof each === 'string' ? `an SRV record of ${name} ${each}` : []))
  return { places, remarks, ...(places.length === 0 && { why: remarks[0] ?? '' }) }
}
