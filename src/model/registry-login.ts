/** What Docker's API takes as the login of a registry. */
export interface RegistryAuth {
  readonly serveraddress: string
  readonly username?: string
  readonly password?: string
  readonly identitytoken?: string
  readonly registrytoken?: string
}

/** What a docker config.json says of one registry. */
export interface RegistryLogin {
  readonly registry: string
  /** None: pull as nobody in particular. */
  readonly auth?: RegistryAuth
  /** Why there is a login that cannot be used; holds nothing secret. */
  readonly fault?: string
}

/** Docker's own registry is called so in images, and by its old address in config.json. */
const dockerHub = 'docker.io'
const dockerHubKeys = ['index.docker.io', 'registry-1.docker.io']

/** The registry that an image comes from: the part before the first slash where it looks like a host. */
export function registryOf(image: string): string {
  const [first = ''] = image.split('/', 1)
  const isHost = image.includes('/') && (/[.:A-Z]/.test(first) || first === 'localhost')
  return isHost && !dockerHubKeys.includes(first) ? first : dockerHub
}

/**
 * The login for an image's registry in the text of a docker config.json, looked up as the docker client does: a
 * helper for this registry, a helper for all, then `auths`. A helper is a program of the host, out of reach in here.
 */
export function loginFor(image: string, config: string | undefined): RegistryLogin {
  const registry = registryOf(image)
  if (config === undefined || config.trim() === '') return { registry }
  const parsed = objectOf(parse(config))
  if (parsed === undefined)
    return { registry, fault: 'config.json of Docker is not JSON, so no login was used' }
  const helper = helperOf(parsed, registry)
  if (helper !== undefined) {
    return {
      registry,
      fault: `the login of ${registry} is kept by docker-credential-${helper}, which arpanet's container cannot run`,
    }
  }
  const entry = Object.entries(objectOf(parsed.auths) ?? {}).find(([key]) => hostOf(key) === registry)
  return withAuth(registry, objectOf(entry?.[1]) ?? {})
}

function withAuth(registry: string, entry: Entry): RegistryLogin {
  const text = (name: string) => {
    const value = entry[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const [identitytoken, registrytoken, encoded] = ['identitytoken', 'registrytoken', 'auth'].map(text)
  const token = { ...(identitytoken && { identitytoken }), ...(registrytoken && { registrytoken }) }
  const hasToken = Object.keys(token).length > 0
  // Docker ends some of them with NUL bytes.
  const decoded = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString().replace(/\0+$/, '')
  const colon = decoded.indexOf(':')
  if (colon > 0) {
    const [username, password] = [decoded.slice(0, colon), decoded.slice(colon + 1)]
    // With a token the other half of `auth` is no password.
    const auth = hasToken ? { username, ...token } : { username, password }
    return { registry, auth: { serveraddress: registry, ...auth } }
  }
  if (hasToken) return { registry, auth: { serveraddress: registry, ...token } }
  if (encoded === undefined) return { registry }
  return { registry, fault: `the login of ${registry} in config.json is not the base64 of NAME:PASSWORD` }
}

type Entry = Readonly<Record<string, unknown>>

const objectOf = (value: unknown): Entry | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : undefined

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

function helperOf(config: Entry, registry: string): string | undefined {
  const own = Object.entries(objectOf(config.credHelpers) ?? {}).find(([key]) => hostOf(key) === registry)
  const helper = own?.[1] ?? config.credsStore
  return typeof helper === 'string' && helper !== '' ? helper : undefined
}

/** Keys of config.json are hosts, or addresses such as `https://index.docker.io/v1/`. */
function hostOf(key: string): string {
  const [host = ''] = key.replace(/^https?:\/\//, '').split('/', 1)
  return dockerHubKeys.includes(host) ? dockerHub : host
}
