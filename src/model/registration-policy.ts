/** What decides, beside the containers, which instances this host has. */
export interface RegistrationPolicy {
  /** The first part of an id. */
  readonly hostname: string
  /** IPv4: what a port that is open on every address of the host is registered with. */
  readonly hostAddress: string
  /** The same of a port that is open on every IPv6 address only. */
  readonly hostAddress6?: string
  /** Of every published port, whatever it is bound to. */
  readonly forcedAddress?: string
  /** Containers are registered with their own address and the port inside. */
  readonly internal: boolean
  /** Only what has a SERVICE_NAME. */
  readonly explicit: boolean
  /** The label that holds a container's address. */
  readonly addressLabel?: string
  /** Further tags of every instance: comma separated, and a template where it says `{{`. */
  readonly tags: string
  /** Whether a container may name programs that Consul's agent runs on the host. */
  readonly allowScripts: boolean
  /** `on-success` keeps what belongs to a container that failed. */
  readonly deregister: 'always' | 'on-success'
  /** The mark of our own entries in Consul. */
  readonly owner: string
}
