/** How Consul finds out whether a service is well: it asks `url` every `intervalSeconds` and wants a status of 2xx. */
export interface HttpCheck {
  readonly url: string
  readonly intervalSeconds: number
}

/** A service of this host as Consul's agent keeps it. */
export interface Registration {
  /** One per host. */
  readonly id: string
  /** What others ask for, as in NAME.service.consul. */
  readonly name: string
  readonly address: string
  readonly port: number
  readonly check: HttpCheck
}

/** One text per registration, kept with it, so that an agent can tell whether it holds this one already. */
export const formatRegistration = ({ id, name, address, port, check }: Registration): string =>
  [id, name, address, port, check.url, check.intervalSeconds].join(' ')
