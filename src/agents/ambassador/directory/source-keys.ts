import type { Text, Values } from '../../../drivers/consul/consul.ts'
import type { Etcd } from '../../../drivers/etcd.ts'
import { unavailable } from '../../../errors.ts'
import { parseAddress } from '../../../model/backend-address.ts'
import type { Clock } from '../../reconciler.ts'
import type { ConsulTurns } from './source-consul-turns.ts'
import { together, type Listen, type Place, type Said } from './source.ts'

/** The values of all keys under a path of Consul, or where there are none that of the path itself. */
export function consulKeys(
  connect: () => Promise<{ readonly turns: ConsulTurns; readonly values: Values }>,
  path: string,
): Listen {
  return async (say, signal) => {
    const consul = await connect()
    let under: readonly Text[] | undefined
    let at: readonly Text[] | undefined
    const tell = () => {
      // Both were heard.
      if (under !== undefined && at !== undefined) say(saidOf(path, under, at))
    }
    await together(
      signal,
      (both) =>
        consul.turns.follow(
          (asked) => consul.values.under(path, asked),
          (texts) => {
            under = texts
            tell()
          },
          both,
        ),
      (both) =>
        consul.turns.follow(
          (asked) => consul.values.at(path, asked),
          (texts) => {
            at = texts
            tell()
          },
          both,
        ),
    )
  }
}

/** How often etcd is asked without a word of it: a connection can be dead without anybody's knowing. */
const everyMs = 30_000
/** What is written together is read together. */
const gatherMs = 50

/** The same in etcd, whose keys begin with a slash. */
export function etcdKeys(
  connect: () => Promise<Pick<Etcd, 'keys' | 'watch'>>,
  path: string,
  clock: Clock,
): Listen {
  return async (say, signal) => {
    const etcd = await connect()
    const key = `/${path}`
    let bell = new AbortController()
    const watch = async (both: AbortSignal) => {
      const changed = (seen: string) => {
        // A prefix is that of its neighbours, too.
        if (seen === key || seen.startsWith(`${key}/`)) bell.abort()
      }
      await etcd.watch(key, changed, () => bell.abort(), both)
      if (!both.aborted) throw unavailable('etcd: ended a watch')
    }
    const read = async (both: AbortSignal) => {
      while (!both.aborted) {
        bell = new AbortController()
        const under = await etcd.keys(`${key}/`)
        const at = under.some(isMeant) ? [] : (await etcd.keys(key)).filter((each) => each.key === key)
        say(saidOf(path, under, at))
        await clock.sleep(gatherMs, both)
        await clock.sleep(everyMs, AbortSignal.any([both, bell.signal]))
      }
    }
    await together(signal, watch, read)
  }
}

/** What Consul's interface makes of a folder is a key without a value. */
const isMeant = ({ key, value }: Text): boolean => !key.endsWith('/') || value.trim() !== ''

function saidOf(path: string, under: readonly Text[], at: readonly Text[]): Said {
  const children = under.filter(isMeant)
  const texts = children.length > 0 ? children : at
  if (texts.length === 0) return { places: [], why: `there is no key ${path}, and none under it` }
  const read = texts.flatMap(placesOf)
  const places = read.filter((each) => typeof each !== 'string')
  const remarks = read.filter((each) => typeof each === 'string')
  return { places, remarks, ...(places.length === 0 && { why: remarks[0] ?? '' }) }
}

/** The addresses in a value, and what is wrong with those that are none. */
function placesOf({ key, value }: Text): readonly (Place | string)[] {
  const members = value.split(',').flatMap((each) => each.trim() || [])
  if (members.length === 0) return [`the value of ${key} is empty, HOST:PORT was expected`]
  return members.map((member) => {
    const address = parseAddress(member)
    return typeof address === 'string' ? `the value of ${key} ${address}` : { ...address, weight: 1 }
  })
}
