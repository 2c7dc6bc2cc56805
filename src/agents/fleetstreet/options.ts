import { isIP } from 'node:net'
import { usage } from '../../errors.ts'
import { parseGoFlags, type GoFlags } from '../../model/go-flags.ts'
import { hasControlCharacter, hasDotSegment, normaliseKey } from '../../model/key.ts'
import type { Policy } from './desired.ts'

export interface FleetstreetOptions extends Policy {
  /** Where Consul's API is. */
  readonly consul: { readonly host: string; readonly port: number }
}

/** What the command line does not say. */
export type HostOptions = Pick<FleetstreetOptions, 'host' | 'shown'>

const flags = {
  ip: { kind: 'text', fallback: '' },
  var: { kind: 'text', fallback: 'FLEETSTREET_NAME' },
  ensure: { kind: 'switch', fallback: false },
} as const satisfies GoFlags

const example = 'consul://127.0.0.1:8500/arpanet/containers'
const hint = `fleetstreet -ip ADDRESS [-var VARIABLE] [-ensure] URI
  -ip      this host's address
  -var     the variable that names a container's key (${flags.var.fallback})
  -ensure  leave out containers without that variable
  URI      the folder for the keys, as ${example}`

/** The original's command line: options as Go writes them, then one URI. Throws ArpanetError. */
export function parseFleetstreet(argv: readonly string[], host: HostOptions): FleetstreetOptions {
  const line = parseGoFlags(flags, argv)
  if (line.kind === 'help') throw usage('fleetstreet: help was asked for', hint)
  if (line.kind === 'wrong') throw usage(`fleetstreet: ${line.word}: ${line.fault}`, hint)
  const { ip, var: variable, ensure } = line.flags
  if (ip === '') throw usage("fleetstreet: --ip argument required, this host's address was expected", hint)
  if (isIP(ip) === 0) throw usage(`fleetstreet: -ip ${ip}: no IP address, one was expected`, hint)
  if (variable === '' || variable.includes('=')) {
    throw usage(`fleetstreet: -var ${variable}: no variable's name, one was expected`, hint)
  }
  const [uri, ...extra] = line.rest
  if (uri === undefined)
    throw usage(`fleetstreet: there is no URI, one such as ${example} was expected`, hint)
  if (extra.length > 0) {
    throw usage(
      `fleetstreet: ${extra.join(' ')}: too many words after ${uri}, options go before the URI`,
      hint,
    )
  }
  return { ...host, ip, variable, ensure, ...parseTarget(uri) }
}

const usualPort = 8500

function parseTarget(uri: string): Pick<FleetstreetOptions, 'consul' | 'folder'> {
  const wrong = (fault: string) => usage(`fleetstreet: ${uri}: ${fault}`, hint)
  const [, scheme = '', authority = '', path = ''] =
    /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)$/i.exec(uri) ?? []
  switch (scheme.toLowerCase()) {
    case 'consul':
      break
    case 'etcd':
      throw wrong('etcd is not supported yet, a URI of Consul was expected')
    default:
      throw wrong(`no URI of Consul, one such as ${example} was expected`)
  }
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:[\]@\s]*))(?::(\d+))?$/i.exec(authority)
  const port = Number(found?.[3] ?? usualPort)
  if (found === null || port < 1 || port > 65_535) {
    throw wrong(`'${authority}' is no address, HOST or HOST:PORT was expected`)
  }
  const folder = normaliseKey(path)
  if (folder === '') throw wrong('the path is missing, the folder for the keys was expected')
  if (hasDotSegment(folder) || hasControlCharacter(folder)) throw wrong('the path makes no key')
  return { folder, consul: { host: found[1] ?? (found[2] === '' ? '127.0.0.1' : (found[2] ?? '')), port } }
}
