import { normalize } from 'node:path/posix'
import { isHostAddress, isHostname } from '../model/address.ts'
import { durationMs } from '../model/go-duration.ts'
import { isImageReference } from '../model/image-reference.ts'
import { hasDotSegment } from '../model/key.ts'
import { tunnelDrivers } from '../model/overlay-config.ts'
import { isSubnet, prefixOf } from '../model/subnet.ts'
import { version } from '../model/version.ts'

/** One variable: what it means, what it may hold, what it is when nobody sets it. */
export interface Setting<Value> {
  readonly summary: string
  /** Ends the sentence `NAME: expected …`. */
  readonly expected: string
  readonly example: string
  readonly default?: string
  /** The setting whose value is the default of this one. */
  readonly defaultFrom?: string
  /** What stands in its place where nobody sets it and it may be absent. */
  readonly otherwise?: string
  /** All that it may be, where that is a few names: one of them may have been meant. */
  readonly names?: readonly string[]
  /** Undefined where the text is not what is expected. */
  readonly parse: (text: string) => Value | undefined
  /** Never shown, not even in an error. */
  readonly secret?: true
}

type Words = Omit<Setting<never>, 'parse' | 'expected'>

const image = (words: Words): Setting<string> => ({
  ...words,
  expected: 'an image such as registry:5000/name:tag',
  parse: (text) => (isImageReference(text) ? text : undefined),
})

const containerName = (words: Words): Setting<string> => ({
  ...words,
  expected: 'a container name: letters, digits, "_", "." and "-", two at least',
  parse: (text) => (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(text) ? text : undefined),
})

const whole = (words: Words, from: number, to: number, noun: string): Setting<number> => ({
  ...words,
  expected: `${noun} from ${from} to ${to}`,
  parse: (text) => (/^\d{1,5}$/.test(text) && +text >= from && +text <= to ? +text : undefined),
})

const choice = (words: Words, names: readonly string[]): Setting<string> => ({
  ...words,
  names,
  expected: `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`,
  parse: (text) => (names.includes(text) ? text : undefined),
})

const flag = (words: Words): Setting<boolean> => ({
  ...words,
  expected: '1 or 0',
  parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
})

const port = (words: Words): Setting<number> => whole(words, 1, 65535, 'a port')

/**
 * Every setting, declared once. Types, validation, help, `.arpanetrc.example`, the README's table and the list of
 * variables that the wrapper passes on are made from this.
 */
export const table = {
  HOSTNAME: {
    summary: 'the name of this host, different on every host',
    expected: 'a host name: letters, digits, "-" and ".", and not localhost',
    example: 'node1',
    parse: (text: string) => (isHostname(text) && text.toLowerCase() !== 'localhost' ? text : undefined),
  },
  ARPANET_IP: {
    summary: "the address of this host on the hosts' private network",
    expected: 'an IPv4 address of this host',
    example: '192.168.8.120',
    parse: (text: string) => (isHostAddress(text) ? text : undefined),
  },
  DOCKER_PORT: port({
    summary: "the port of Docker's TCP socket, opened by setup",
    default: '2376',
    example: '2376',
  }),
  ARPANET_INSECURE_DOCKER: flag({
    summary: "with 1, Docker's TCP socket opens without TLS: whoever reaches it is root on this host",
    default: '0',
    example: '0',
  }),
  ARPANET_CIDR: {
    summary: "the containers' network over all hosts, the same on every host",
    expected: 'a network from /8 to /24 such as 10.210.0.0/16',
    default: '10.210.0.0/16',
    example: '10.210.0.0/16',
    parse: (text: string) =>
      isSubnet(text) && prefixOf(text) >= 8 && prefixOf(text) <= 24 ? text : undefined,
  },
  ARPANET_SUBNET: {
    summary: "this host's part of ARPANET_CIDR, different on every host",
    expected: 'a /24 network such as 10.210.8.0/24',
    otherwise: 'the /24 numbered by the last octet of ARPANET_IP',
    example: '10.210.8.0/24',
    parse: (text: string) => (isSubnet(text) && prefixOf(text) === 24 ? text : undefined),
  },
  ARPANET_TUNNEL: choice(
    {
      summary: 'how packets get from host to host, the same on every host',
      default: 'auto',
      example: 'auto',
    },
    ['auto', ...tunnelDrivers],
  ),
  ARPANET_BRIDGE: {
    summary: "the network of this host's containers that others reach: docker0, or one that the tunnel makes",
    expected: 'docker0 or the name of a Docker network',
    default: 'docker0',
    example: 'docker0',
    parse: (text: string) =>
      /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(text) && !/^(bridge|host|none|default)$/.test(text)
        ? text
        : undefined,
  },
  ARPANET_LEASE_TTL: {
    summary: 'after which others may have the subnet of a host that was not seen',
    expected: 'a time of an hour or more such as 24h',
    default: '24h',
    example: '24h',
    // In milliseconds. A host says once an hour that it is there.
    parse: (text: string) => {
      const ms = durationMs(text)
      return ms !== undefined && ms >= 3_600_000 ? ms : undefined
    },
  },
  CADVISOR_PORT: port({
    summary: "the port of cAdvisor's page and metrics",
    default: '8080',
    example: '8080',
  }),
  REGISTRATOR_PORT: port({
    summary: "the port of the registrator's metrics and health",
    default: '9610',
    example: '9610',
  }),
  REGISTRATOR_INTERNAL: flag({
    summary: 'with 1, services are registered at the addresses of their containers',
    default: '0',
    example: '0',
  }),
  REGISTRATOR_SCRIPTS: flag({
    summary: 'with 1, containers may have Consul run the checks that their SERVICE_CHECK_SCRIPT says',
    default: '0',
    example: '0',
  }),
  FLEETSTREET_PORT: port({
    summary: "the port of fleetstreet's metrics and health",
    default: '9611',
    example: '9611',
  }),
  FLEETSTREET_ENV: {
    summary: 'the variables whose values fleetstreet shows to the whole cluster, all others it hides',
    expected: 'names and patterns such as SERVICE_*,PATH',
    default: 'SERVICE_*,FLEETSTREET_*,BACKEND_*',
    example: 'SERVICE_*,FLEETSTREET_*,BACKEND_*',
    parse: (text: string) =>
      text.split(',').every((name) => /^\s*[^\s,=]+\s*$/.test(name)) ? text : undefined,
  },
  AMBASSADOR_PORT: port({
    summary: "the port of the ambassador's metrics and health",
    default: '9612',
    example: '9612',
  }),
  TUNNEL_PORT: port({
    summary: "the port of the tunnel's metrics and health",
    default: '9613',
    example: '9613',
  }),
  CONSUL_PORT: port({ summary: "the port of Consul's HTTP API and page", default: '8500', example: '8500' }),
  CONSUL_EXPECT: whole(
    {
      summary: 'how many servers the first leader is elected from; 1, 3 or 5',
      default: '3',
      example: '3',
    },
    1,
    9,
    'a number of servers',
  ),
  CONSUL_DATA: {
    summary: "the folder of this host that keeps Consul's data",
    expected: 'an absolute path without ":", and not the root',
    default: '/mnt/arpanet-consul',
    example: '/mnt/arpanet-consul',
    // `//` and `/mnt/..` are the host's root too, which Consul's image would make its own.
    parse: (text: string) => (/^\/[^:\0]*$/.test(text) && normalize(text) !== '/' ? text : undefined),
  },
  CONSUL_KV_PATH: {
    summary: "the folder of Consul's key-value store that arpanet writes in",
    expected: 'a path of names such as /arpanet',
    default: '/arpanet',
    example: '/arpanet',
    parse: (text: string) =>
      /^\/?[^/?\s]+(\/[^/?\s]+)*\/?$/.test(text) && !hasDotSegment(text) ? text : undefined,
  },
  ARPANET_IMAGE: image({
    summary: 'the image of arpanet itself',
    default: `binocarlos/arpanet:${version}`,
    example: `registry.example.com/arpanet:${version}`,
  }),
  CONSUL_IMAGE: image({
    summary: 'the image of Consul',
    default: 'hashicorp/consul:1.22.3',
    example: 'arpanet/consul:debian',
  }),
  CADVISOR_IMAGE: image({
    summary: 'the image of cAdvisor',
    default: 'ghcr.io/google/cadvisor:v0.53.0',
    example: 'arpanet/cadvisor:debian',
  }),
  AMBASSADORD_IMAGE: image({
    summary: 'the image of the ambassador',
    defaultFrom: 'ARPANET_IMAGE',
    example: `binocarlos/arpanet:${version}`,
  }),
  REGISTRATOR_IMAGE: image({
    summary: 'the image of the registrator',
    defaultFrom: 'ARPANET_IMAGE',
    example: `binocarlos/arpanet:${version}`,
  }),
  FLEETSTREET_IMAGE: image({
    summary: 'the image of fleetstreet',
    defaultFrom: 'ARPANET_IMAGE',
    example: `binocarlos/arpanet:${version}`,
  }),
  CONSUL_NAME: containerName({
    summary: "the name of Consul's container",
    default: 'arpanet_consul',
    example: 'arpanet_consul',
  }),
  CADVISOR_NAME: containerName({
    summary: "the name of cAdvisor's container",
    default: 'arpanet_cadvisor',
    example: 'arpanet_cadvisor',
  }),
  REGISTRATOR_NAME: containerName({
    summary: "the name of the registrator's container",
    default: 'arpanet_registrator',
    example: 'arpanet_registrator',
  }),
  AMBASSADOR_NAME: containerName({
    summary: 'the name of the container that others reach services through',
    default: 'arpanet_backends',
    example: 'arpanet_backends',
  }),
  AMBASSADOR_AGENT_NAME: containerName({
    summary: 'the name of the container that leads them there',
    default: 'arpanet_ambassador',
    example: 'arpanet_ambassador',
  }),
  TUNNEL_NAME: containerName({
    summary: "the name of the tunnel's container",
    default: 'arpanet_tunnel',
    example: 'arpanet_tunnel',
  }),
  FLEETSTREET_NAME: containerName({
    summary: "the name of fleetstreet's container",
    default: 'arpanet_fleetstreet',
    example: 'arpanet_fleetstreet',
  }),
} satisfies Record<string, Setting<Value>>

export type SettingName = keyof typeof table

type Value = string | number | boolean

type ValueOf<S> = S extends { readonly parse: (text: string) => infer Found }
  ? NonNullable<Found> | (S extends { readonly otherwise: string } ? undefined : never)
  : never

/** The values of all settings, by their names in the environment. */
export type Settings = { readonly [Name in SettingName]: ValueOf<(typeof table)[Name]> }

export const settingNames = Object.keys(table) as SettingName[]

/** A setting seen without its value's type, for what treats all of them alike. */
export const declaration = (name: SettingName): Setting<Value> => table[name]
