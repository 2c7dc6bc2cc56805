import { unavailable, type ArpanetError } from '../../errors.ts'

/** What the consul library throws: an error of the socket, or an answer that is not 2xx. */
interface Foreign {
  readonly message: string
  readonly code?: string
  readonly isTimeout?: boolean
  readonly statusCode?: number
  readonly response?: { readonly body?: unknown }
}

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
  ETIMEDOUT: 'timed out',
  ENOENT: 'there is no such socket',
  EACCES: 'permission denied',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted, CONSUL_CACERT names the authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted, CONSUL_CACERT names the authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted, CONSUL_CACERT names the authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name or address',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a certificate, CONSUL_CLIENT_CERT names ours',
  ERR_SSL_TLSV1_ALERT_BAD_CERTIFICATE: 'it wants a certificate, CONSUL_CLIENT_CERT names ours',
  'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE': 'it wants a certificate, CONSUL_CLIENT_CERT names ours',
  EPROTO: 'it does not speak TLS',
}

export const isMissing = (error: unknown): boolean => (error as Foreign).statusCode === 404
export const isServerFault = (error: unknown): boolean => ((error as Foreign).statusCode ?? 0) >= 500

/** Faults that an election or another server mends; a refused connection is not one, for nobody listens there. */
export const isPassing = (error: unknown): boolean => {
  const { isTimeout, code } = error as Foreign
  return isTimeout === true || code === 'ECONNRESET' || isServerFault(error)
}

/** An error of a Consul agent at `address`, in our words. */
export function translate(address: string, error: unknown): ArpanetError {
  const { code, isTimeout, statusCode, response, message } = error as Foreign
  if (statusCode !== undefined) {
    const body = Buffer.isBuffer(response?.body) ? response.body.toString() : response?.body
    const said = typeof body === 'string' && body !== '' ? body.trim() : message
    const hint = /no cluster leader/i.test(said) ? 'arpanet info' : undefined
    return unavailable(`Consul at ${address}: ${said} (HTTP ${statusCode})`, hint, error)
  }
  const why = isTimeout ? 'timed out' : code === undefined ? message : (sentences[code] ?? code)
  return unavailable(`Consul: no answer at ${address}: ${why}`, 'arpanet info', error)
}
