import { normaliseKey } from './key.ts'

/** Where Consul's API is. */
export type ConsulEndpoint =
  /** What CONSUL_HTTP_ADDR says, or 127.0.0.1:8500. */
  | { readonly at: 'default' }
  /** With TLS the certificates are those of CONSUL_CACERT, CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY. */
  | { readonly at: 'tcp'; readonly host: string; readonly port: number; readonly tls: boolean }
  | { readonly at: 'unix'; readonly path: string }

/** Where registrations go. A prefix has no slash at either end. */
export type Target =
  | { readonly kind: 'consul'; readonly endpoint: ConsulEndpoint }
  | { readonly kind: 'consulkv'; readonly endpoint: ConsulEndpoint; readonly prefix: string }
  | { readonly kind: 'etcd'; readonly host: string; readonly port: number; readonly prefix: string }

const consulPort = 8500
const etcdPort = 2379

const understood = 'consul, consul-tls, consul-unix, consulkv, consulkv-unix or etcd was expected'

/** The registry that a URI names, or what is wrong with it. */
export function parseTarget(uri: string): Target | string {
  const [, scheme, authority = '', encoded = ''] =
    /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)/i.exec(uri) ?? []
  if (scheme === undefined) return `${uri}: no URI, one such as consul://127.0.0.1:8500 was expected`
  const path = decode(encoded)
  if (path === undefined) return `${uri}: a % that stands for no character, %25 was expected`
  const prefix = normaliseKey(path)
  const wrongHost = `${uri}: '${authority}' is no address, HOST or HOST:PORT was expected`
  const noPrefix = `${uri}: the path is missing, the folder for the keys was expected`
  switch (scheme.toLowerCase()) {
    case 'consul':
    case 'consul-tls': {
      const tls = scheme.toLowerCase() === 'consul-tls'
      const endpoint = consulAt(authority, tls)
      return endpoint === undefined ? wrongHost : { kind: 'consul', endpoint }
    }
    case 'consul-unix':
      if (path === '') return `${uri}: the socket is missing, consul-unix:///PATH was expected`
      return { kind: 'consul', endpoint: { at: 'unix', path } }
    case 'consulkv': {
      const endpoint = consulAt(authority, false)
      if (endpoint === undefined) return wrongHost
      return prefix === '' ? noPrefix : { kind: 'consulkv', endpoint, prefix }
    }
    case 'consulkv-unix': {
      const [socket = '', folder = ''] = path.split(/:([^]*)/)
      if (socket === '') return `${uri}: the socket is missing, consulkv-unix:///PATH:/PREFIX was expected`
      if (normaliseKey(folder) === '') return noPrefix
      return { kind: 'consulkv', endpoint: { at: 'unix', path: socket }, prefix: normaliseKey(folder) }
    }
    case 'etcd': {
      const found = hostAndPort(authority, etcdPort)
      return found === undefined ? wrongHost : { kind: 'etcd', ...found, prefix }
    }
    case 'skydns2':
    case 'zookeeper':
    case 'etcd-legacy':
    case 'coredns':
      return `${uri}: ${scheme} is not supported, ${understood}; the original's image can be set as REGISTRATOR_IMAGE`
    default:
      return `${uri}: there is no registry '${scheme}', ${understood}`
  }
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

function consulAt(authority: string, tls: boolean): ConsulEndpoint | undefined {
  if (authority === '' && !tls) return { at: 'default' }
  const found = hostAndPort(authority, consulPort)
  return found && { at: 'tcp', ...found, tls }
}

/** Without a host it is this one, as in Go's dialler. */
function hostAndPort(authority: string, usual: number): { host: string; port: number } | undefined {
  const [, v6, name, digits] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]@\s]*))(?::(\d*))?$/i.exec(authority) ?? []
  if (v6 === undefined && name === undefined) return undefined
  const port = digits ? Number(digits) : usual
  const host = v6 ?? name ?? ''
  return port > 0 && port <= 65535 ? { host: host === '' ? '127.0.0.1' : host, port } : undefined
}
