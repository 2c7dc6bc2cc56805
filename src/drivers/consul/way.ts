import { precondition, usage } from '../../errors.ts'
import { parseTarget, type ConsulEndpoint } from '../../model/registry-target.ts'
import type { TlsOptions } from '../http.ts'

/** How an agent's API is reached. */
export type Way = (
  { readonly host: string; readonly port: number; readonly tls?: ClientTls } | { readonly socket: string }
) & {
  /** Of Consul's access control; without one it is anonymous. */
  readonly token?: string
}

export interface ClientTls extends TlsOptions {
  /** The name that the agent's certificate must have, where it is not that of the host. */
  readonly servername?: string
  /** False takes any certificate. */
  readonly rejectUnauthorized?: boolean
}

/** The variables that Consul's own programs read (https://developer.hashicorp.com/consul/commands#environment-variables). */
export type ConsulVariables = Readonly<Partial<Record<string, string>>>

/** What lies at a path; undefined where nothing does. */
type Read = (path: string) => Promise<string | undefined>

/** The way to an endpoint, as Consul's own client would find it. Throws ArpanetError. */
export async function wayTo(endpoint: ConsulEndpoint, variables: ConsulVariables, read: Read): Promise<Way> {
  const found = endpoint.at === 'default' ? usualEndpoint(variables) : endpoint
  const token = await tokenOf(variables, read)
  const common = token === undefined ? {} : { token }
  if (found.at === 'unix') return { socket: found.path, ...common }
  const { host, port } = found
  const isSecret = found.tls || isYes(variables.CONSUL_HTTP_SSL)
  return { host, port, ...(isSecret && { tls: await tlsOf(variables, read) }), ...common }
}

type Reachable = Exclude<ConsulEndpoint, { at: 'default' }>

function usualEndpoint({ CONSUL_HTTP_ADDR: text = '' }: ConsulVariables): Reachable {
  const [, scheme = '', rest = ''] = /^(?:(unix|https?):\/\/)?(.*?)\/?$/.exec(text) ?? []
  if (scheme === 'unix' && rest.startsWith('/')) return { at: 'unix', path: rest }
  const usual = rest === '' && scheme === '' ? '127.0.0.1' : rest
  const target = parseTarget(`${scheme === 'https' ? 'consul-tls' : 'consul'}://${usual}`)
  const isTcp = scheme !== 'unix' && usual !== '' && !/[/?#]/.test(usual)
  if (!isTcp || typeof target === 'string' || target.kind !== 'consul' || target.endpoint.at !== 'tcp') {
    throw usage(
      `CONSUL_HTTP_ADDR: '${text}' is no address, HOST:PORT, https://HOST:PORT or unix:///PATH was expected`,
    )
  }
  return target.endpoint
}

async function tokenOf(variables: ConsulVariables, read: Read): Promise<string | undefined> {
  const token = variables.CONSUL_HTTP_TOKEN ?? ''
  if (token !== '') return token
  return (await fileOf('CONSUL_HTTP_TOKEN_FILE', 'the token', variables, read))?.trim()
}

async function tlsOf(variables: ConsulVariables, read: Read): Promise<ClientTls> {
  const file = (name: string) => fileOf(name, 'PEM', variables, read)
  const [ca, cert, key] = await Promise.all(
    ['CONSUL_CACERT', 'CONSUL_CLIENT_CERT', 'CONSUL_CLIENT_KEY'].map(file),
  )
  if ((cert === undefined) !== (key === undefined)) {
    throw usage('CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY: one without the other, both or neither were expected')
  }
  const { CONSUL_TLS_SERVER_NAME: servername = '' } = variables
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && key !== undefined && { cert, key }),
    ...(servername !== '' && { servername }),
    ...(isNo(variables.CONSUL_HTTP_SSL_VERIFY) && { rejectUnauthorized: false }),
  }
}

async function fileOf(name: string, what: string, variables: ConsulVariables, read: Read) {
  const path = variables[name] ?? ''
  if (path === '') return undefined
  const text = await read(path)
  if (text === undefined) throw precondition(`${name}: there is no file ${path}, ${what} was expected there`)
  return text
}

/** As Go reads truth. */
const isYes = (text = ''): boolean => /^(1|t|true|T|TRUE|True)$/.test(text)
const isNo = (text = ''): boolean => /^(0|f|false|F|FALSE|False)$/.test(text)
