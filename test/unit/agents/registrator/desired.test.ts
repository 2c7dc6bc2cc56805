import assert from 'node:assert/strict'
import { desired } from '../../../../src/agents/registrator/desired.ts'
import type { DockerContainer } from '../../../../src/model/docker-container.ts'
import type { RegistrationPolicy } from '../../../../src/model/registration-policy.ts'
import type { Check, Registration } from '../../../../src/model/registration.ts'
import { aContainer, aPolicy, aRegistration, binding, port, published } from './containers.ts'

interface Case {
  readonly container?: Partial<DockerContainer>
  readonly others?: readonly Partial<DockerContainer>[]
  readonly policy?: Partial<RegistrationPolicy>
  readonly expected: readonly Partial<Registration>[]
  /** `80/tcp: why`, or why alone where it is said of a whole container. */
  readonly ignored?: readonly string[]
}

const environment = (text: string): { environment: Record<string, string> } => ({
  environment: Object.fromEntries(
    text.split(' ').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  ),
})
const notPublished = 'it is not published on the host'
const http: Check = { kind: 'http', url: 'http://192.0.2.1:8080/ok', interval: '10s' }
const every = { interval: '10s' }

const ports: Record<string, Case> = {
  'a published port': { expected: [{}] },
  'a port that is exposed and not published': {
    container: { bindings: [] },
    expected: [],
    ignored: [`80/tcp: ${notPublished}`],
  },
  'a port that is published and not exposed': { container: { exposed: [] }, expected: [{}] },
  'no port at all': {
    container: { exposed: [], bindings: [] },
    expected: [],
    ignored: ['it exposes and publishes no port'],
  },
  'two ports, of which one is published': {
    container: { exposed: [port('80'), port('443')] },
    expected: [{}],
    ignored: [`443/tcp: ${notPublished}`],
  },
  'two published ports': {
    container: published('443', '80'),
    expected: [
      { name: 'nginx-80', port: 180 },
      { id: 'h1:web:443', name: 'nginx-443', port: 543 },
    ],
  },
  'udp and tcp of one number': {
    container: published('53/udp', '53'),
    expected: [
      { id: 'h1:web:53', name: 'nginx-53', port: 153 },
      { id: 'h1:web:53:udp', name: 'nginx-53', port: 153, tags: ['udp'] },
    ],
  },
  'udp alone': {
    container: published('53/udp'),
    expected: [{ id: 'h1:web:53:udp', port: 153, tags: ['udp'] }],
  },
  'sctp alone': { container: published('80/sctp'), expected: [{ port: 180 }] },
  'sctp and tcp of one number, which the original gives one id': {
    container: published('80/sctp', '80'),
    expected: [{ name: 'nginx-80', port: 180 }],
    ignored: ["the id 'h1:web:80' is that of port 180 of 'web'"],
  },
  'a port that is published on IPv4 and IPv6 alike': {
    container: { bindings: [binding('0.0.0.0:8080->80'), binding('[::]:8080->80')] },
    expected: [{}],
  },
  'the same with IPv6 first': {
    container: { bindings: [binding('[::]:8080->80'), binding('0.0.0.0:8080->80')] },
    expected: [{}],
  },
  'a port that is published on IPv6 alone': {
    container: { bindings: [binding('[::]:8080->80')] },
    expected: [{ address: '2001:db8::1' }],
  },
  'a port on IPv6 alone, and a host without such an address': {
    container: { bindings: [binding('[::]:8080->80')] },
    policy: { hostAddress6: undefined as never },
    expected: [],
    ignored: ['80/tcp: it is published on IPv6 only, and this host has no IPv6 address to register'],
  },
  'a port that is published twice: the first counts': {
    container: { bindings: [binding('8081->80'), binding('8080->80')] },
    expected: [{ port: 8081 }],
  },
  'a binding without a port of the host': {
    container: { bindings: [binding('0->80')] },
    expected: [],
    ignored: [`80/tcp: ${notPublished}`],
  },
  'a container that is paused': { container: { state: 'paused' }, expected: [{}] },
  'a container that was only created': { container: { state: 'created' }, expected: [] },
  'a container that starts anew': { container: { state: 'restarting' }, expected: [] },
  'a container that has ended': { container: { state: 'exited' }, expected: [] },
  'a container that was told to stop': { container: { isStopping: true }, expected: [] },
}

const addresses: Record<string, Case> = {
  'a port on one address of the host': {
    container: { bindings: [binding('198.51.100.7:8080->80')] },
    expected: [{ address: '198.51.100.7' }],
  },
  'a port on loopback, as the original has it': {
    container: { bindings: [binding('127.0.0.1:8080->80')] },
    expected: [{ address: '127.0.0.1' }],
  },
  'a binding that names no address': {
    container: { bindings: [{ ...binding('8080->80'), hostAddress: '' }] },
    expected: [{}],
  },
  '-ip beats the binding': {
    container: { bindings: [binding('198.51.100.7:8080->80')] },
    policy: { forcedAddress: '203.0.113.5' },
    expected: [{ address: '203.0.113.5' }],
  },
  'a network of the user: the host and its port, which answer': {
    container: { networkMode: 'shop', networks: { shop: { ipv4: '172.20.0.2', ipv6: '' } } },
    expected: [{}],
  },
  '-internal: the container and its port': {
    policy: { internal: true },
    expected: [{ address: '10.210.1.2', port: 80 }],
  },
  '-internal: ports need not be published': {
    container: { bindings: [] },
    policy: { internal: true },
    expected: [{ address: '10.210.1.2', port: 80 }],
  },
  '-internal: the network it was started on, not the first': {
    container: {
      networkMode: 'shop',
      networks: { back: { ipv4: '172.21.0.2', ipv6: '' }, shop: { ipv4: '172.20.0.2', ipv6: '' } },
    },
    policy: { internal: true },
    expected: [{ address: '172.20.0.2', port: 80 }],
  },
  '-internal: the first by name where it left that one': {
    container: {
      networkMode: 'shop',
      networks: { front: { ipv4: '172.22.0.2', ipv6: '' }, back: { ipv4: '172.21.0.2', ipv6: '' } },
    },
    policy: { internal: true },
    expected: [{ address: '172.21.0.2', port: 80 }],
  },
  '-internal: IPv6 where there is no other': {
    container: { networks: { bridge: { ipv4: '', ipv6: 'fd00::2' } } },
    policy: { internal: true },
    expected: [{ address: 'fd00::2', port: 80 }],
  },
  '-internal: nothing where there is no address': {
    container: { networks: {} },
    policy: { internal: true },
    expected: [],
    ignored: ['it has no address on any network'],
  },
  '-internal beats -ip': {
    policy: { internal: true, forcedAddress: '203.0.113.5' },
    expected: [{ address: '10.210.1.2', port: 80 }],
  },
  'the network of the host: every exposed port': {
    container: { networkMode: 'host', bindings: [], networks: {}, exposed: [port('80'), port('443')] },
    expected: [
      { name: 'nginx-80', port: 80 },
      { id: 'h1:web:443', name: 'nginx-443', port: 443 },
    ],
  },
  'the network of the host with -internal': {
    container: { networkMode: 'host', bindings: [], networks: { host: { ipv4: '', ipv6: '' } } },
    policy: { internal: true },
    expected: [{ port: 80 }],
  },
  'the network of the host with -ip': {
    container: { networkMode: 'host', bindings: [] },
    policy: { forcedAddress: '203.0.113.5' },
    expected: [{ address: '203.0.113.5', port: 80 }],
  },
  'no network': {
    container: { networkMode: 'none', bindings: [], networks: {} },
    expected: [],
    ignored: ['it has no network'],
  },
  'no network, but an address in a label': {
    container: { networkMode: 'none', bindings: [], labels: { ip: '10.9.8.7/24' } },
    policy: { addressLabel: 'ip' },
    expected: [{ address: '10.9.8.7', port: 80 }],
  },
  'an address in a label': {
    container: { labels: { ip: '10.9.8.7/24' } },
    policy: { addressLabel: 'ip', forcedAddress: '203.0.113.5' },
    expected: [{ address: '10.9.8.7' }],
  },
  'an address in a label, with -internal': {
    container: { labels: { ip: '10.9.8.7' } },
    policy: { addressLabel: 'ip', internal: true },
    expected: [{ address: '10.9.8.7', port: 80 }],
  },
  'without that label': { policy: { addressLabel: 'ip' }, expected: [{}] },
  'a label that holds no address': {
    container: { labels: { ip: '$(reboot)' } },
    policy: { addressLabel: 'ip' },
    expected: [],
    ignored: ["80/tcp: '$(reboot)' is no address of a host, an IP address or a host name was expected"],
  },
  'a label with half an address': {
    container: { labels: { ip: '10.9.8' } },
    policy: { addressLabel: 'ip' },
    expected: [],
    ignored: ["80/tcp: '10.9.8' is no address of a host, an IP address or a host name was expected"],
  },
  'a label that stands for every address': {
    container: { labels: { ip: '0.0.0.0' } },
    policy: { addressLabel: 'ip' },
    expected: [],
    ignored: ["80/tcp: '0.0.0.0' is no address of a host, an IP address or a host name was expected"],
  },
  "another container's network: its address, even over -ip": {
    container: { networkMode: `container:${'ab'.repeat(32)}`, bindings: [], networks: {} },
    others: [{ id: 'ab'.repeat(32), name: 'pod', state: 'exited' }],
    policy: { forcedAddress: '203.0.113.5' },
    expected: [{ address: '10.210.1.2', port: 80 }],
  },
  "another container's network that is the host's": {
    container: { networkMode: 'container:pod', bindings: [], networks: {} },
    others: [{ id: 'ab'.repeat(32), name: 'pod', state: 'exited', networkMode: 'host' }],
    expected: [{ port: 80 }],
  },
  'the network of a container that is gone': {
    container: { networkMode: 'container:pod', bindings: [], networks: {} },
    expected: [],
    ignored: ["it uses the network of container 'pod', which is not here"],
  },
}

const names: Record<string, Case> = {
  'an image of a registry with a port, a tag and a digest': {
    container: { image: `registry:5000/team/shop:2@sha256:${'0a'.repeat(32)}` },
    expected: [{ name: 'shop' }],
  },
  'an image by its digest': {
    container: { image: `nginx@sha256:${'0a'.repeat(32)}` },
    expected: [{ name: 'nginx' }],
  },
  'an image by its number, which is no name': {
    container: { image: `sha256:${'0a'.repeat(32)}` },
    expected: [{ name: 'web' }],
  },
  SERVICE_NAME: { container: environment('SERVICE_NAME=shop'), expected: [{ name: 'shop' }] },
  'an empty SERVICE_NAME': { container: environment('SERVICE_NAME='), expected: [{}] },
  'SERVICE_NAME in a label, which beats the environment': {
    container: { ...environment('SERVICE_NAME=shop'), labels: { SERVICE_NAME: 'store' } },
    expected: [{ name: 'store' }],
  },
  'service_name in lower case, which is none': {
    container: environment('service_name=shop'),
    expected: [{}],
  },
  'SERVICE_NAME of two ports gets their numbers': {
    container: { ...published('80', '443'), ...environment('SERVICE_NAME=shop') },
    expected: [
      { name: 'shop-80', port: 180 },
      { id: 'h1:web:443', name: 'shop-443', port: 543 },
    ],
  },
  'a name of one port gets no number, and beats a label of all': {
    container: {
      ...published('80', '443'),
      ...environment('SERVICE_80_NAME=shop'),
      labels: { SERVICE_NAME: 'all' },
    },
    expected: [
      { name: 'shop', port: 180 },
      { id: 'h1:web:443', name: 'all-443', port: 543 },
    ],
  },
  'a name of one protocol': {
    container: {
      ...published('53', '53/udp'),
      ...environment('SERVICE_53_NAME=dns SERVICE_53_udp_NAME=dns-datagrams'),
    },
    expected: [
      { id: 'h1:web:53', name: 'dns', port: 153 },
      { id: 'h1:web:53:udp', name: 'dns-datagrams', port: 153, tags: ['udp'] },
    ],
  },
  'a name of a range, and one of a narrower range': {
    container: {
      ...published('7000', '7005', '7050'),
      ...environment('SERVICE_7000-7010_NAME=few SERVICE_7000-7999_NAME=many'),
    },
    expected: [
      { id: 'h1:web:7000', name: 'few', port: 7100 },
      { id: 'h1:web:7005', name: 'few', port: 7105 },
      { id: 'h1:web:7050', name: 'many', port: 7150 },
    ],
  },
  'a name that DNS cannot serve stays': {
    container: { environment: { SERVICE_NAME: 'My Shop_ü' } },
    expected: [{ name: 'My Shop_ü' }],
  },
  'a name with a control character': {
    container: { environment: { SERVICE_NAME: 'a\nb' } },
    expected: [],
    ignored: [String.raw`80/tcp: the name 'a\nb' has characters that cannot be printed`],
  },
  'an id': { container: environment('SERVICE_ID=shop/1'), expected: [{ id: 'shop/1' }] },
  'an id of one port, without :udp': {
    container: { ...published('53/udp'), ...environment('SERVICE_53_ID=dns SERVICE_ID=no') },
    expected: [{ id: 'dns', port: 153, tags: ['udp'] }],
  },
  'an id of two ports: the lower has it': {
    container: { ...published('443', '80'), ...environment('SERVICE_ID=shop') },
    expected: [{ id: 'shop', name: 'nginx-80', port: 180 }],
    ignored: ["the id 'shop' is that of port 180 of 'web'"],
  },
  'an id of two containers: the newer has it': {
    container: environment('SERVICE_ID=shop'),
    others: [
      {
        name: 'next',
        bindings: [binding('8081->80')],
        createdAt: 1_700_000_001,
        ...environment('SERVICE_ID=shop'),
      },
    ],
    expected: [{ id: 'shop', port: 8081 }],
    ignored: ["the id 'shop' is that of port 8081 of 'next'"],
  },
  'an id that Consul could not be asked to remove': {
    container: environment('SERVICE_ID=a//../b'),
    expected: [],
    ignored: ["80/tcp: the id 'a//../b' has a path with empty or dotted segments"],
  },
  SERVICE_IGNORE: {
    container: environment('SERVICE_IGNORE=true'),
    expected: [],
    ignored: ['80/tcp: SERVICE_IGNORE says so'],
  },
  ...Object.fromEntries(
    ['false', '0', 'no', 'off', 'FALSE', ''].map((text) => [
      `SERVICE_IGNORE=${text}, which is no`,
      { container: environment(`SERVICE_IGNORE=${text}`), expected: [{}] },
    ]),
  ),
  'a port that is ignored counts for the name': {
    container: { ...published('80', '443'), ...environment('SERVICE_443_IGNORE=1') },
    expected: [{ name: 'nginx-80', port: 180 }],
    ignored: ['443/tcp: SERVICE_IGNORE says so'],
  },
  'a range that is ignored but for one port': {
    container: {
      ...published('7000', '7001', '7002'),
      ...environment('SERVICE_7000-7002_IGNORE=1 SERVICE_7001_IGNORE=no'),
    },
    expected: [{ id: 'h1:web:7001', name: 'nginx-7001', port: 7101 }],
    ignored: ['7000/tcp: SERVICE_IGNORE says so', '7002/tcp: SERVICE_IGNORE says so'],
  },
  '-explicit without a name': {
    policy: { explicit: true },
    expected: [],
    ignored: ['80/tcp: -explicit is set, and it has no SERVICE_NAME'],
  },
  '-explicit with a name of one port': {
    container: { ...published('80', '443'), ...environment('SERVICE_80_NAME=shop') },
    policy: { explicit: true },
    expected: [{ name: 'shop', port: 180 }],
    ignored: ['443/tcp: -explicit is set, and it has no SERVICE_NAME'],
  },
}

const metadata: Record<string, Case> = {
  'tags of the container and of -tags, each once': {
    container: environment(String.raw`SERVICE_TAGS=a,b\,c,,a`),
    policy: { tags: 'd,a' },
    expected: [{ tags: ['a', 'b,c', 'd'] }],
  },
  'tags of one port': {
    container: environment('SERVICE_TAGS=a SERVICE_80_TAGS=b SERVICE_443_TAGS=c'),
    expected: [{ tags: ['b'] }],
  },
  '-tags from a template': {
    container: { labels: { team: 'red' }, ...environment('A=1') },
    policy: {
      tags: '{{index .Config.Labels "team"}},{{strSlice .ID 0 4}},{{.Name | replace -1 "/" ""}},{{if eq .Config.Image "nginx:1"}}one{{else}}other{{end}}',
    },
    expected: [{ tags: ['red', 'c0ff', 'web', 'one'] }],
  },
  '-tags from a template that does not fit': {
    policy: { tags: '{{splitIndex 4 "," .Name}}' },
    expected: [{}],
    ignored: ['80/tcp: the tags of -tags are left out: there is no element 4 of 1'],
  },
  'attributes, with names in lower case': {
    container: environment(
      'SERVICE_Region=EU SERVICE_80_WEIGHT=3 SERVICE_443_WEIGHT=9 SERVICE_EMPTY= OTHER=1',
    ),
    expected: [{ meta: { region: 'EU', weight: '3', empty: '' } }],
  },
  'attributes that an object would take for its own': {
    container: environment('SERVICE___PROTO__=a SERVICE_CONSTRUCTOR=b'),
    expected: [
      {
        meta: Object.fromEntries([
          ['__proto__', 'a'],
          ['constructor', 'b'],
        ]),
      },
    ],
  },
  'attributes that Consul does not take': {
    container: {
      environment: {
        'SERVICE_A.B': '1',
        SERVICE_: '2',
        'SERVICE_CONSUL-X': '3',
        SERVICE_LONG: 'ü'.repeat(257),
      },
    },
    expected: [{}],
    ignored: [
      "80/tcp: the attribute '' is left out: Consul takes up to 128 letters, digits, hyphens and underscores as a name",
      "80/tcp: the attribute 'a.b' is left out: Consul takes up to 128 letters, digits, hyphens and underscores as a name",
      "80/tcp: the attribute 'consul-x' is left out: Consul keeps names that begin with consul- for itself",
      "80/tcp: the attribute 'long' is left out: its value has 514 bytes, and Consul takes 512",
    ],
  },
  'as many attributes as Consul takes, less our own two': {
    container: {
      environment: Object.fromEntries(Array.from({ length: 63 }, (_, n) => [`SERVICE_A${n + 10}`, 'x'])),
    },
    expected: [{ meta: Object.fromEntries(Array.from({ length: 62 }, (_, n) => [`a${n + 10}`, 'x'])) }],
    ignored: ["80/tcp: the attribute 'a72' is left out: an instance has room for 62"],
  },
}

const checks: Record<string, Case> = {
  'a check by HTTP': {
    container: environment('SERVICE_CHECK_HTTP=/ok'),
    expected: [{ meta: { check_http: '/ok' }, checks: [http] }],
  },
  'a path without its slash': {
    container: environment('SERVICE_CHECK_HTTP=ok'),
    expected: [{ meta: { check_http: 'ok' }, checks: [http] }],
  },
  'all that is said of a check by HTTP': {
    container: environment(
      'SERVICE_80_CHECK_HTTP=/ok SERVICE_CHECK_HTTP_METHOD=head SERVICE_CHECK_INTERVAL=1m30s SERVICE_CHECK_TIMEOUT=500ms SERVICE_CHECK_INITIAL_STATUS=passing SERVICE_CHECK_DEREGISTER_AFTER=24h',
    ),
    expected: [
      {
        meta: {
          check_deregister_after: '24h',
          check_http: '/ok',
          check_http_method: 'head',
          check_initial_status: 'passing',
          check_interval: '1m30s',
          check_timeout: '500ms',
        },
        checks: [
          {
            ...http,
            method: 'HEAD',
            interval: '1m30s',
            timeout: '500ms',
            initialStatus: 'passing',
            deregisterAfter: '24h',
          },
        ],
      },
    ],
  },
  'checks by HTTP and HTTPS at once, on IPv6': {
    container: {
      bindings: [binding('[::]:8080->80')],
      ...environment('SERVICE_CHECK_HTTP=/ok SERVICE_CHECK_HTTPS=/s SERVICE_CHECK_TLS_SKIP_VERIFY=true'),
    },
    expected: [
      {
        address: '2001:db8::1',
        meta: { check_http: '/ok', check_https: '/s', check_tls_skip_verify: 'true' },
        checks: [
          { ...http, url: 'http://[2001:db8::1]:8080/ok' },
          { ...http, url: 'https://[2001:db8::1]:8080/s', skipTlsVerify: true },
        ],
      },
    ],
  },
  'a check by TCP': {
    container: environment('SERVICE_CHECK_TCP=true'),
    expected: [
      { meta: { check_tcp: 'true' }, checks: [{ kind: 'tcp', address: '192.0.2.1:8080', ...every }] },
    ],
  },
  'a check by TCP that is off': {
    container: environment('SERVICE_CHECK_TCP=off'),
    expected: [{ meta: { check_tcp: 'off' } }],
  },
  'a check by gRPC': {
    container: environment('SERVICE_CHECK_GRPC=1'),
    expected: [
      {
        meta: { check_grpc: '1' },
        checks: [{ kind: 'grpc', address: '192.0.2.1:8080', useTls: false, ...every }],
      },
    ],
  },
  'a check by gRPC of one service with TLS': {
    container: environment(
      'SERVICE_CHECK_GRPC=/shop.v1 SERVICE_CHECK_GRPC_USE_TLS=true SERVICE_CHECK_TLS_SKIP_VERIFY=1',
    ),
    expected: [
      {
        meta: { check_grpc: '/shop.v1', check_grpc_use_tls: 'true', check_tls_skip_verify: '1' },
        checks: [
          { kind: 'grpc', address: '192.0.2.1:8080/shop.v1', useTls: true, skipTlsVerify: true, ...every },
        ],
      },
    ],
  },
  'a check by ttl, whose interval is its own': {
    container: environment('SERVICE_CHECK_TTL=30s SERVICE_CHECK_INTERVAL=5s'),
    expected: [
      {
        meta: { check_interval: '5s', check_ttl: '30s' },
        checks: [{ kind: 'ttl', interval: '30s' }],
      },
    ],
  },
  'a script that is not allowed': {
    container: environment('SERVICE_CHECK_SCRIPT=true'),
    expected: [{ meta: { check_script: 'true' } }],
    ignored: [
      '80/tcp: SERVICE_CHECK_SCRIPT is left out: this agent does not allow containers to run programs on the host',
    ],
  },
  'a script, split as a shell does': {
    container: { labels: { SERVICE_CHECK_SCRIPT: `nc -z "$SERVICE_IP" '\${SERVICE_PORT}' a\\ b;c` } },
    policy: { allowScripts: true },
    expected: [
      {
        meta: { check_script: `nc -z "$SERVICE_IP" '\${SERVICE_PORT}' a\\ b;c` },
        checks: [{ kind: 'script', args: ['nc', '-z', '192.0.2.1', '8080', 'a b;c'], ...every }],
      },
    ],
  },
  'a script with a quote that does not end': {
    container: environment(`SERVICE_CHECK_SCRIPT=a'b`),
    policy: { allowScripts: true },
    expected: [{ meta: { check_script: `a'b` } }],
    ignored: ["80/tcp: SERVICE_CHECK_SCRIPT is left out: 'a'b' is no command, or a quote in it does not end"],
  },
  'a command inside the container': {
    container: { labels: { SERVICE_CHECK_CMD: 'redis-cli ping' } },
    policy: { allowScripts: true },
    expected: [
      {
        meta: { check_cmd: 'redis-cli ping' },
        checks: [{ kind: 'script', args: ['check-cmd', 'c0ffee012345', '80', 'redis-cli ping'], ...every }],
      },
    ],
  },
  'modifiers without a check': {
    container: environment('SERVICE_CHECK_INTERVAL=nonsense'),
    expected: [{ meta: { check_interval: 'nonsense' } }],
  },
  'modifiers that make no sense': {
    container: environment(
      'SERVICE_CHECK_TCP=1 SERVICE_CHECK_INTERVAL=10 SERVICE_CHECK_TIMEOUT=-1s SERVICE_CHECK_INITIAL_STATUS=good SERVICE_CHECK_DEREGISTER_AFTER=1d',
    ),
    expected: [
      {
        meta: {
          check_deregister_after: '1d',
          check_initial_status: 'good',
          check_interval: '10',
          check_tcp: '1',
          check_timeout: '-1s',
        },
        checks: [{ kind: 'tcp', address: '192.0.2.1:8080', ...every }],
      },
    ],
    ignored: [
      "80/tcp: SERVICE_CHECK_INITIAL_STATUS is left out: 'good', passing, warning or critical was expected",
      "80/tcp: SERVICE_CHECK_DEREGISTER_AFTER is left out: '1d' is no duration, one such as 10s or 1m30s was expected",
      "80/tcp: SERVICE_CHECK_TIMEOUT is left out: '-1s' is no duration, one such as 10s or 1m30s was expected",
      "80/tcp: SERVICE_CHECK_INTERVAL is left out: '10' is no duration, one such as 10s or 1m30s was expected",
    ],
  },
  'a path with a blank': {
    container: { environment: { SERVICE_CHECK_HTTP: '/a b' } },
    expected: [{ meta: { check_http: '/a b' } }],
    ignored: ["80/tcp: SERVICE_CHECK_HTTP is left out: '/a b', a path without blanks was expected"],
  },
  'a HEALTHCHECK beside another check': {
    container: { health: 'healthy', ...environment('SERVICE_CHECK_HTTP=/ok') },
    expected: [
      { meta: { check_http: '/ok' }, checks: [http, { kind: 'health', status: 'passing', ...every }] },
    ],
  },
  'a HEALTHCHECK that has not said anything': {
    container: { health: 'starting' },
    expected: [{ checks: [{ kind: 'health', status: 'critical', ...every }] }],
  },
  'a HEALTHCHECK that failed': {
    container: { health: 'unhealthy' },
    expected: [{ checks: [{ kind: 'health', status: 'critical', ...every }] }],
  },
}

describe('what the registrator wants', () => {
  const tables = { ports, addresses, names, metadata, checks }
  for (const [about, table] of Object.entries(tables)) {
    describe(about, () => {
      for (const [title, { container, others = [], policy, expected, ignored = [] }] of Object.entries(
        table,
      )) {
        it(title, () => {
          const containers = [container, ...others].map((changes) => aContainer(changes))
          const found = desired(containers, aPolicy(policy))
          assert.deepEqual(
            found.registrations.map(({ registration }) => registration),
            expected.map((changes) => aRegistration(changes)),
          )
          assert.deepEqual(
            found.ignored.map(({ port: of, reason }) => (of === undefined ? reason : `${of}: ${reason}`)),
            ignored,
          )
        })
      }
    })
  }

  it('is told with the container behind it', () => {
    const [web, db] = [aContainer(), aContainer({ name: 'db', bindings: [binding('5432->80')] })]
    const found = desired([web, db], aPolicy())
    assert.deepEqual(
      found.registrations.map(({ registration, container }) => [registration.id, container.name]),
      [
        ['h1:web:80', 'web'],
        ['h1:db:80', 'db'],
      ],
    )
  })
})
