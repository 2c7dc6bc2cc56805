// Containers of all kinds, and what Consul has of each: the registrator of the stack on three engines. What is expected
// is what gliderlabs/registrator documents, with the differences that docs/registrator.md names.
//
//       192.0.2.1         192.0.2.2         192.0.2.3       192.0.2.254
//          h1                h2                h3             switch
//     Docker 20.10      Docker 26.1       Docker 28.5       a registry
//     consul server ─── consul server ─── consul server, registrator on each
//
import assert from 'node:assert/strict'
import type { Check } from '../support/catalogue.ts'
import { useProductLab } from '../support/product-lab.ts'
import { compare, RowsOnHost, type Instance, type Table } from '../support/registrations.ts'
import type { Host } from './host.ts'
import { productImage } from './image.ts'
import { startRegistry } from './registry.ts'

/** Answers every path with 200, /ill with 500 and /many with 429; /head alone wants the method HEAD. */
const web = String.raw`use Socket qw(:DEFAULT pack_sockaddr_in6);
socket S, AF_INET6, SOCK_STREAM, 6 or die;
bind S, pack_sockaddr_in6(8080, "\0" x 16) and listen S, 99 or die;
while (accept C, S) {
  sysread C, $r, 4096;
  $n = $r =~ m{ /ill } ? 500 : $r =~ m{ /many } ? 429 : $r =~ m{ /head } && $r !~ /^HEAD / ? 405 : 200;
  syswrite C, "HTTP/1.0 $n X\r\n\r\n"; close C
}`
const sleep = 'ENTRYPOINT ["sleep", "10000"]'

const images: Record<string, string[]> = {
  plain: [sleep],
  one: [sleep, 'EXPOSE 80'],
  two: [sleep, 'EXPOSE 80 443'],
  dns: [sleep, 'EXPOSE 53/tcp 53/udp'],
  four: [sleep, 'EXPOSE 7000-7003'],
  said: [sleep, 'EXPOSE 80', 'ENV SERVICE_NAME=from-image SERVICE_TAGS=a', 'LABEL SERVICE_REGION=eu'],
  tested: [sleep, 'EXPOSE 80', 'HEALTHCHECK --interval=4s --retries=1 CMD true'],
  web: [`ENTRYPOINT ${JSON.stringify(['perl', '-e', web])}`, 'EXPOSE 8080'],
}

const ports: Table = {
  'a port that the image exposes, published': {
    image: 'one',
    run: '-p 10001:80',
    expected: [{ name: 'one', port: 10001 }],
  },
  'a port that the image exposes, not published': { image: 'one', expected: [] },
  'a port that only -p names': { run: '-p 10002:80', expected: [{ name: 'plain', port: 10002 }] },
  'no port at all': { expected: [] },
  'a port of the host that Docker chooses': {
    image: 'one',
    run: '-p 80',
    expected: [{ name: 'one', port: '80/tcp' }],
  },
  '-P of what the image exposes': {
    image: 'two',
    run: '-P',
    expected: [
      { name: 'two-80', port: '80/tcp' },
      { id: '<host>:<me>:443', name: 'two-443', port: '443/tcp' },
    ],
  },
  '-P of what --expose names': {
    run: '-P --expose 9000',
    expected: [{ id: '<host>:<me>:9000', name: 'plain', port: '9000/tcp' }],
  },
  '--expose without -P': { run: '--expose 9000', expected: [] },
  'two exposed ports, of which one is published: it is alone, and gets no suffix': {
    image: 'two',
    run: '-p 10003:443',
    expected: [{ id: '<host>:<me>:443', name: 'two', port: 10003 }],
  },
  'two published ports': {
    image: 'two',
    run: '-p 10004:80 -p 10005:443',
    expected: [
      { name: 'two-80', port: 10004 },
      { id: '<host>:<me>:443', name: 'two-443', port: 10005 },
    ],
  },
  'one port that the image exposes, and one that it does not': {
    image: 'one',
    run: '-p 10006:80 -p 10007:8080',
    expected: [
      { name: 'one-80', port: 10006 },
      { id: '<host>:<me>:8080', name: 'one-8080', port: 10007 },
    ],
  },
  udp: {
    run: '-p 10008:53/udp',
    expected: [{ id: '<host>:<me>:53:udp', name: 'plain', port: 10008, tags: ['udp'] }],
  },
  'udp that Docker chooses a port for': {
    run: '-p 53/udp',
    expected: [{ id: '<host>:<me>:53:udp', name: 'plain', port: '53/udp', tags: ['udp'] }],
  },
  'udp and tcp of one number': {
    image: 'dns',
    run: '-p 10009:53 -p 10009:53/udp',
    expected: [
      { id: '<host>:<me>:53', name: 'dns-53', port: 10009 },
      { id: '<host>:<me>:53:udp', name: 'dns-53', port: 10009, tags: ['udp'] },
    ],
  },
  'udp and tcp of one number exposed, and udp alone published': {
    image: 'dns',
    run: '-p 10010:53/udp',
    expected: [{ id: '<host>:<me>:53:udp', name: 'dns', port: 10010, tags: ['udp'] }],
  },
  'a range of ports': {
    run: '-p 10011-10013:7000-7002',
    expected: [
      { id: '<host>:<me>:7000', name: 'plain-7000', port: 10011 },
      { id: '<host>:<me>:7001', name: 'plain-7001', port: 10012 },
      { id: '<host>:<me>:7002', name: 'plain-7002', port: 10013 },
    ],
  },
  'a range of the host for one port': {
    run: '-p 10014-10019:80',
    expected: [{ name: 'plain', port: '80/tcp' }],
  },
  'a range that the image exposes, with -P': {
    image: 'four',
    run: '-P',
    expected: [7000, 7001, 7002, 7003].map((port) => ({
      id: `<host>:<me>:${port}`,
      name: `four-${port}`,
      port: `${port}/tcp` as const,
    })),
  },
  'a port that is published twice: what Docker has first counts, and it is one': {
    image: 'one',
    run: '-p 10020:80 -p 10021:80',
    expected: [{ name: 'one', port: 10020 }],
    except: {
      why: 'engines before 28 have the last -p first',
      on: { h1: [{ name: 'one', port: 10021 }], h2: [{ name: 'one', port: 10021 }] },
    },
  },
  'a port on loopback: -ip, which the stack gives, beats it': {
    run: '-p 127.0.0.1:10022:80',
    expected: [{ name: 'plain', port: 10022 }],
  },
  'a port on loopback that Docker chooses': {
    run: '-p 127.0.0.1::80',
    expected: [{ name: 'plain', port: '80/tcp' }],
  },
  "a port on the host's own address": {
    run: '-p <ip>:10023:80',
    expected: [{ name: 'plain', port: 10023 }],
  },
  'a port on IPv4 and IPv6, said one by one': {
    run: '-p 0.0.0.0:10024:80 -p [::]:10024:80',
    expected: [{ name: 'plain', port: 10024 }],
  },
  'a port on IPv6 alone: -ip beats that too': {
    run: '-p [::1]:10025:80',
    expected: [{ name: 'plain', port: 10025 }],
  },
}

const networks: Table = {
  'the network of the host, and one exposed port': {
    image: 'one',
    run: '--network host',
    expected: [{ name: 'one', port: 80 }],
  },
  'the network of the host, and two exposed ports': {
    image: 'two',
    run: '--network host',
    expected: [
      { name: 'two-80', port: 80 },
      { id: '<host>:<me>:443', name: 'two-443', port: 443 },
    ],
  },
  'the network of the host, and nothing exposed': { run: '--network host', expected: [] },
  'the network of the host, and a port of --expose': {
    run: '--network host --expose 9000/udp',
    expected: [{ id: '<host>:<me>:9000:udp', name: 'plain', port: 9000, tags: ['udp'] }],
  },
  'the network of the host with -p, which Docker takes for no more than --expose': {
    run: '--network host -p 10101:80',
    expected: [{ name: 'plain', port: 80 }],
  },
  'the default network by its name': {
    run: '--network bridge -p 10102:80',
    expected: [{ name: 'plain', port: 10102 }],
  },
  'a network of the user: where the host answers, not where nothing does': {
    image: 'one',
    run: '--network shop -p 10103:80',
    expected: [{ name: 'one', port: 10103 }],
  },
  'a network of the user, with nothing published': { image: 'one', run: '--network shop', expected: [] },
  'a second network, connected later': {
    run: '--network shop -p 10104:80',
    then: 'docker network connect back <me>',
    expected: [{ name: 'plain', port: 10104 }],
  },
  'a network that the container left': {
    run: '-p 10105:80',
    then: 'docker network disconnect bridge <me>',
    expected: [],
  },
  'another network than the one that it was started on': {
    run: '-p 10106:80',
    then: 'docker network disconnect bridge <me> && docker network connect shop <me>',
    expected: [{ name: 'plain', port: 10106 }],
  },
  'a network with IPv6': {
    image: 'one',
    run: '--network six -p 10107:80',
    expected: [{ name: 'one', port: 10107 }],
  },
  'a network without a way out, where nothing is published': {
    image: 'one',
    run: '--network shut -p 10108:80',
    expected: [],
  },
  'no network': { image: 'one', run: '--network none', expected: [] },
  'no network, and -p': { image: 'one', run: '--network none -p 10109:80', expected: [] },
  "another container's network: its address and every exposed port": {
    image: 'two',
    run: '--network container:pod',
    expected: [
      { name: 'two-80', address: '<address of pod on bridge>', port: 80 },
      { id: '<host>:<me>:443', name: 'two-443', address: '<address of pod on bridge>', port: 443 },
    ],
  },
  "the network of a container on the user's": {
    image: 'one',
    run: '--network container:pod-of-shop',
    expected: [{ name: 'one', address: '<address of pod-of-shop on shop>', port: 80 }],
  },
  "the network of a container on the host's": {
    image: 'one',
    run: '--network container:pod-of-host',
    expected: [{ name: 'one', port: 80 }],
  },
  "another container's network, by its number": {
    image: 'one',
    run: '--network container:$(docker inspect -f "{{.Id}}" pod)',
    expected: [{ name: 'one', address: '<address of pod on bridge>', port: 80 }],
  },
}

const names: Table = {
  'an image of a registry with a port, and a tag': {
    image: 'registry.example:5000/team/shop:2',
    run: '-p 10201:80',
    expected: [{ name: 'shop', port: 10201 }],
  },
  'an image with a tag': { image: 'one:3', run: '-p 10202:80', expected: [{ name: 'one', port: 10202 }] },
  'an image by its digest, which does not leak into the name': {
    image: '$(docker inspect -f "{{index .RepoDigests 0}}" 192.0.2.254:5000/team/shop:2)',
    run: '-p 10203:80',
    expected: [{ name: 'shop', port: 10203 }],
  },
  'an image by tag and digest': {
    image:
      '192.0.2.254:5000/team/shop:2@$(docker inspect -f "{{index .RepoDigests 0}}" 192.0.2.254:5000/team/shop:2 | cut -d @ -f 2)',
    run: '-p 10204:80',
    expected: [{ name: 'shop', port: 10204 }],
  },
  "an image by its number, which is no name: the container's": {
    image: '$(docker inspect -f "{{.Id}}" one)',
    run: '-p 10205:80',
    expected: [{ name: '<me>', port: 10205 }],
  },
  'an image by the first digits of its number': {
    image: '$(docker images -q one:latest)',
    run: '-p 10206:80',
    expected: [{ name: '<me>', port: 10206 }],
  },
  SERVICE_NAME: {
    run: '-p 10207:80 -e SERVICE_NAME=shop',
    expected: [{ name: 'shop', port: 10207 }],
  },
  'a label beats the environment': {
    run: '-p 10208:80 -e SERVICE_NAME=shop -l SERVICE_NAME=store',
    expected: [{ name: 'store', port: 10208 }],
  },
  'an empty SERVICE_NAME is none': {
    image: 'one',
    run: '-p 10209:80 -e SERVICE_NAME=',
    expected: [{ name: 'one', port: 10209 }],
  },
  'service_name in lower case is nothing': {
    image: 'one',
    run: '-p 10210:80 -e service_name=shop -l service_name=store',
    expected: [{ name: 'one', port: 10210 }],
  },
  'SERVICE_NAME of two ports gets their numbers': {
    run: '-p 10211:80 -p 10212:443 -e SERVICE_NAME=shop',
    expected: [
      { name: 'shop-80', port: 10211 },
      { id: '<host>:<me>:443', name: 'shop-443', port: 10212 },
    ],
  },
  'the name of one port gets no number, and beats a label of all': {
    run: '-p 10213:80 -p 10214:443 -e SERVICE_80_NAME=shop -l SERVICE_NAME=all',
    expected: [
      { name: 'shop', port: 10213 },
      { id: '<host>:<me>:443', name: 'all-443', port: 10214 },
    ],
  },
  'the name of a port that is not there': {
    image: 'one',
    run: '-p 10215:80 -e SERVICE_8080_NAME=shop -e SERVICE_10215_NAME=store',
    expected: [{ name: 'one', port: 10215 }],
  },
  'the name of one protocol': {
    run: '-p 10216:53 -p 10216:53/udp -e SERVICE_53_NAME=dns -e SERVICE_53_udp_NAME=datagrams',
    expected: [
      { id: '<host>:<me>:53', name: 'dns', port: 10216 },
      { id: '<host>:<me>:53:udp', name: 'datagrams', port: 10216, tags: ['udp'] },
    ],
  },
  'a name with letters that DNS has not': {
    run: `-p 10217:80 -e 'SERVICE_NAME=My Shop_ü'`,
    expected: [{ name: 'My Shop_ü', port: 10217 }],
  },
  'a name that cannot be printed': {
    run: `-p 10218:80 -e "SERVICE_NAME=$(printf 'a\\tb')"`,
    expected: [],
  },
  SERVICE_ID: {
    run: '-p 10219:80 -e SERVICE_ID=shop-<host>',
    expected: [{ id: 'shop-<host>', name: 'plain', port: 10219 }],
  },
  'the id of one port replaces all, :udp too': {
    run: '-p 10220:53/udp -p 10221:80 -e SERVICE_53_ID=dns/<host>',
    expected: [
      { id: 'dns/<host>', name: 'plain-53', port: 10220, tags: ['udp'] },
      { name: 'plain-80', port: 10221 },
    ],
  },
  'an id that Consul could not be asked to remove': {
    run: '-p 10222:80 -e SERVICE_ID=a//../b',
    expected: [],
  },
  'SERVICE_IGNORE=true': { run: '-p 10223:80 -e SERVICE_IGNORE=true', expected: [] },
  'SERVICE_IGNORE=false means no': {
    run: '-p 10224:80 -e SERVICE_IGNORE=false',
    expected: [{ name: 'plain', port: 10224 }],
  },
  'SERVICE_IGNORE=0 means no': {
    run: '-p 10225:80 -l SERVICE_IGNORE=0',
    expected: [{ name: 'plain', port: 10225 }],
  },
  'SERVICE_IGNORE with nothing is none': {
    run: '-p 10226:80 -e SERVICE_IGNORE=',
    expected: [{ name: 'plain', port: 10226 }],
  },
  'a port that is ignored counts for the name': {
    image: 'two',
    run: '-p 10227:80 -p 10228:443 -e SERVICE_443_IGNORE=1',
    expected: [{ name: 'two-80', port: 10227 }],
  },
  'a range that is ignored but for one port': {
    run: '-p 10229-10231:7000-7002 -e SERVICE_7000-7002_IGNORE=1 -e SERVICE_7001_IGNORE=no',
    expected: [{ id: '<host>:<me>:7001', name: 'plain-7001', port: 10230 }],
  },
  'what the image says of itself': {
    image: 'said',
    run: '-p 10232:80',
    expected: [{ name: 'from-image', port: 10232, tags: ['a'], meta: { region: 'eu' } }],
  },
  'what is said of the container beats what the image says': {
    image: 'said',
    run: '-p 10233:80 -e SERVICE_NAME=own -l SERVICE_TAGS=b -l SERVICE_REGION=us',
    expected: [{ name: 'own', port: 10233, tags: ['b'], meta: { region: 'us' } }],
  },
}

const tagged = (port: number, tags: string, expected: string[]) => ({
  run: `-p ${port}:80 -e 'SERVICE_TAGS=${tags}'`,
  expected: [{ name: 'plain', port, tags: expected }],
})

const metadata: Table = {
  'several tags': tagged(10301, 'foo,bar', ['foo', 'bar']),
  'a tag with a comma': tagged(10302, String.raw`foo,bar\,baz`, ['foo', 'bar,baz']),
  'a tag that begins and ends with a comma': tagged(10303, String.raw`\,foobar\,`, [',foobar,']),
  'tags with nothing in them': tagged(10304, ',,,,', []),
  'tags of which some have nothing in them': tagged(10305, ',,,,foo,,,bar,,,', ['foo', 'bar']),
  'a tag that is a comma': tagged(10306, String.raw`,,\,,`, [',']),
  'tags of one port, and the tag of udp': {
    run: '-p 10307:53/udp -p 10308:80 -e SERVICE_TAGS=a -l SERVICE_53_TAGS=b,c',
    expected: [
      { id: '<host>:<me>:53:udp', name: 'plain-53', port: 10307, tags: ['b', 'c', 'udp'] },
      { name: 'plain-80', port: 10308, tags: ['a'] },
    ],
  },
  'attributes: names in lower case, values as they are, a label before the environment': {
    run: `-p 10309:80 -e SERVICE_Region=EU -e 'SERVICE_NOTE= a "b" = ü' -e SERVICE_WEIGHT=1 -l SERVICE_WEIGHT=2`,
    expected: [{ name: 'plain', port: 10309, meta: { region: 'EU', note: ' a "b" = ü', weight: '2' } }],
  },
  'attributes of one port beat those of all, labels or not': {
    run: '-p 10310:80 -p 10311:443 -e SERVICE_80_WEIGHT=1 -l SERVICE_WEIGHT=2',
    expected: [
      { name: 'plain-80', port: 10310, meta: { weight: '1' } },
      { id: '<host>:<me>:443', name: 'plain-443', port: 10311, meta: { weight: '2' } },
    ],
  },
  'attributes that Consul does not take are left out, and the rest stays': {
    run: `-p 10312:80 -e SERVICE_A.B=1 -e SERVICE_=2 -e SERVICE_CONSUL-X=3 -e SERVICE_LONG=$(printf %600s | tr ' ' x) -e SERVICE_GOOD=4`,
    expected: [{ name: 'plain', port: 10312, meta: { good: '4' } }],
  },
  'more attributes than Consul takes: the first by name': {
    run: `-p 10313:80 $(seq -f '-e SERVICE_A%g=x' 10 79)`,
    expected: [
      {
        name: 'plain',
        port: 10313,
        meta: Object.fromEntries(Array.from({ length: 62 }, (_, n) => [`a${n + 10}`, 'x'])),
      },
    ],
  },
  'SERVICE_ in another case is nothing': {
    run: '-p 10314:80 -e Service_Tags=a -l service.tags=b -l com.SERVICE_TAGS=c',
    expected: [{ name: 'plain', port: 10314 }],
  },
}

/** Metadata `CHECK_X=y` as the container is given it, and as it comes out. */
const asked = (said: Record<string, string>) => ({
  run: Object.entries(said)
    .map(([key, value]) => `-e 'SERVICE_${key}=${value}'`)
    .join(' '),
  meta: Object.fromEntries(Object.entries(said).map(([key, value]) => [key.toLowerCase(), value])),
})

const checked = (port: number, said: Record<string, string>, checks: readonly Check[]) => {
  const { run, meta } = asked(said)
  return {
    image: 'web',
    run: `-p ${port}:8080 ${run}`,
    expected: [{ id: '<host>:<me>:8080', name: 'web', port, meta, checks }],
  }
}

const tested = (port: number, run: string, checks: readonly Check[]) => ({
  image: 'one',
  run: `-p ${port}:80 ${run}`,
  expected: [{ name: 'one', port, checks }],
})

/** Docker's word on a HEALTHCHECK, which holds for a year. */
const health = (status: Check['status']): Check => ({ type: 'ttl', status, ttlS: 8760 * 3600 })

const checks: Table = {
  'a check by HTTP, every ten seconds': checked(10401, { CHECK_HTTP: '/ok' }, [
    { type: 'http', status: 'passing', http: 'http://<ip>:10401/ok', intervalS: 10 },
  ]),
  'a path without its slash': checked(10402, { CHECK_HTTP: 'ok', CHECK_INTERVAL: '1s' }, [
    { type: 'http', status: 'passing', http: 'http://<ip>:10402/ok', intervalS: 1 },
  ]),
  'a check by HTTP that fails': checked(10403, { CHECK_HTTP: '/ill', CHECK_INTERVAL: '1s' }, [
    { type: 'http', status: 'critical', http: 'http://<ip>:10403/ill', intervalS: 1 },
  ]),
  'a check by HTTP that warns': checked(10404, { CHECK_HTTP: '/many', CHECK_INTERVAL: '1s' }, [
    { type: 'http', status: 'warning', http: 'http://<ip>:10404/many', intervalS: 1 },
  ]),
  'all that can be said of a check by HTTP': checked(
    10405,
    {
      CHECK_HTTP: '/head',
      CHECK_HTTP_METHOD: 'head',
      CHECK_INTERVAL: '1500ms',
      CHECK_TIMEOUT: '3s',
      CHECK_INITIAL_STATUS: 'passing',
      CHECK_DEREGISTER_AFTER: '24h',
    },
    [
      {
        type: 'http',
        status: 'passing',
        http: 'http://<ip>:10405/head',
        method: 'HEAD',
        intervalS: 1.5,
        timeoutS: 3,
        deregisterAfterS: 86_400,
      },
    ],
  ),
  'a check by HTTPS, which finds no TLS': checked(
    10406,
    { CHECK_HTTPS: '/ok', CHECK_HTTPS_METHOD: 'POST', CHECK_TLS_SKIP_VERIFY: 'true' },
    [
      {
        type: 'http',
        status: 'critical',
        http: 'https://<ip>:10406/ok',
        method: 'POST',
        tlsSkipVerify: true,
        intervalS: 10,
      },
    ],
  ),
  'a check by TCP': checked(10407, { CHECK_TCP: 'true', CHECK_INTERVAL: '1s', CHECK_TIMEOUT: '2s' }, [
    { type: 'tcp', status: 'passing', tcp: '<ip>:10407', intervalS: 1, timeoutS: 2 },
  ]),
  'a check by TCP that is off': checked(10408, { CHECK_TCP: 'off' }, []),
  'a check by gRPC, which finds none': checked(10409, { CHECK_GRPC: 'true' }, [
    { type: 'grpc', status: 'critical', grpc: '<ip>:10409', intervalS: 10 },
  ]),
  'a check by gRPC of one service, with TLS': checked(
    10410,
    { CHECK_GRPC: '/shop.v1', CHECK_GRPC_USE_TLS: 'true', CHECK_TLS_SKIP_VERIFY: '1', CHECK_TIMEOUT: '2s' },
    [
      {
        type: 'grpc',
        status: 'critical',
        grpc: '<ip>:10410/shop.v1',
        grpcUseTls: true,
        tlsSkipVerify: true,
        intervalS: 10,
        timeoutS: 2,
      },
    ],
  ),
  'a check by ttl, that nobody has told anything yet': checked(
    10411,
    { CHECK_TTL: '24h', CHECK_INTERVAL: '1s' },
    [{ type: 'ttl', status: 'critical', ttlS: 86_400 }],
  ),
  'a check by ttl, with a status to begin with': checked(
    10412,
    { CHECK_TTL: '24h', CHECK_INITIAL_STATUS: 'warning' },
    [{ type: 'ttl', status: 'warning', ttlS: 86_400 }],
  ),
  'a check by script, where scripts are not allowed': checked(10413, { CHECK_SCRIPT: 'true' }, []),
  'a check by command, where scripts are not allowed': checked(10414, { CHECK_CMD: 'true' }, []),
  'several checks at once': checked(
    10415,
    { CHECK_HTTP: '/ok', CHECK_TCP: 'true', CHECK_TTL: '24h', CHECK_INTERVAL: '1s' },
    [
      { type: 'http', status: 'passing', http: 'http://<ip>:10415/ok', intervalS: 1 },
      { type: 'ttl', status: 'critical', ttlS: 86_400 },
      { type: 'tcp', status: 'passing', tcp: '<ip>:10415', intervalS: 1 },
    ],
  ),
  'modifiers that make no sense are left out, and the check stays': checked(
    10416,
    {
      CHECK_TCP: '1',
      CHECK_INTERVAL: '10',
      CHECK_TIMEOUT: '-1s',
      CHECK_INITIAL_STATUS: 'good',
      CHECK_DEREGISTER_AFTER: '1d',
    },
    [{ type: 'tcp', status: 'passing', tcp: '<ip>:10416', intervalS: 10 }],
  ),
  'modifiers without a check': checked(10417, { CHECK_INTERVAL: '1s', CHECK_TIMEOUT: '1s' }, []),
  'a path with a blank, which nobody can ask for': checked(10418, { CHECK_HTTP: '/a b' }, []),
  'a check of one of two ports': {
    image: 'web',
    run: '-p 10419:8080 -p 10420:80 -e SERVICE_8080_CHECK_TCP=true -e SERVICE_8080_CHECK_INTERVAL=1s',
    expected: [
      {
        id: '<host>:<me>:8080',
        name: 'web-8080',
        port: 10419,
        meta: { check_tcp: 'true', check_interval: '1s' },
        checks: [{ type: 'tcp', status: 'passing', tcp: '<ip>:10419', intervalS: 1 }],
      },
      { name: 'web-80', port: 10420 },
    ],
  },
  'a HEALTHCHECK that is well': tested(10421, '--health-cmd true --health-interval 4s', [health('passing')]),
  'a HEALTHCHECK that is ill': tested(10422, '--health-cmd false --health-interval 4s --health-retries 1', [
    health('critical'),
  ]),
  'a HEALTHCHECK that has not said anything': tested(10423, '--health-cmd "sleep 1000" --health-timeout 1h', [
    health('critical'),
  ]),
  "the image's HEALTHCHECK": {
    image: 'tested',
    run: '-p 10424:80',
    expected: [{ name: 'tested', port: 10424, checks: [health('passing')] }],
  },
  "the image's HEALTHCHECK, switched off": {
    image: 'tested',
    run: '-p 10425:80 --no-healthcheck',
    expected: [{ name: 'tested', port: 10425 }],
  },
  'a HEALTHCHECK of two ports, beside another check': {
    image: 'web',
    run: '-p 10426:8080 -p 10427:80 -e SERVICE_8080_CHECK_HTTP=/ok -e SERVICE_8080_CHECK_INTERVAL=1s --health-cmd true --health-interval 4s',
    expected: [
      {
        id: '<host>:<me>:8080',
        name: 'web-8080',
        port: 10426,
        meta: { check_http: '/ok', check_interval: '1s' },
        checks: [
          { type: 'http', status: 'passing', http: 'http://<ip>:10426/ok', intervalS: 1 },
          health('passing'),
        ],
      },
      { name: 'web-80', port: 10427, checks: [health('passing')] },
    ],
  },
}

const states: Table = {
  'a container that was only created': { run: '-p 10501:80', isOnlyCreated: true, expected: [] },
  'a container that has ended': { run: '-p 10502:80', then: 'docker kill <me>', expected: [] },
  'a container that is paused: it keeps its connections': {
    run: '-p 10503:80',
    then: 'docker pause <me>',
    expected: [{ name: 'plain', port: 10503 }],
  },
  'a container that was started anew': {
    run: '-p 10504:80',
    then: 'docker restart --time 0 <me>',
    expected: [{ name: 'plain', port: 10504 }],
  },
  'a container with another name than it had': {
    run: '-p 10505:80',
    then: 'docker rename <me> other',
    expected: [{ id: '<host>:other:80', name: 'plain', port: 10505 }],
  },
}

/** What `web` on a network with IPv6 is registered with. */
const onSix = (address: string, url: string): Instance => ({
  id: '<host>:<me>:8080',
  name: 'web',
  address,
  port: 8080,
  meta: { check_http: '/ok', check_interval: '1s' },
  checks: [{ type: 'http', status: 'passing', http: `http://${url}:8080/ok`, intervalS: 1 }],
})
const onBoth = [onSix('<address of <me> on only-six>', '<address of <me> on only-six>')]

/** With REGISTRATOR_INTERNAL=1 and REGISTRATOR_SCRIPTS=1. */
const inside: Table = {
  'an exposed port that is not published': {
    image: 'one',
    expected: [{ name: 'one', address: '<address of <me> on bridge>', port: 80 }],
  },
  'a published port: the one inside': {
    image: 'one',
    run: '-p 10601:80',
    expected: [{ name: 'one', address: '<address of <me> on bridge>', port: 80 }],
  },
  'nothing exposed': { expected: [] },
  'two exposed ports, of which one is published': {
    image: 'two',
    run: '-p 10602:443',
    expected: [
      { name: 'two-80', address: '<address of <me> on bridge>', port: 80 },
      { id: '<host>:<me>:443', name: 'two-443', address: '<address of <me> on bridge>', port: 443 },
    ],
  },
  'the network that it was started on, of two': {
    image: 'one',
    run: '--network shop',
    then: 'docker network connect back <me>',
    expected: [{ name: 'one', address: '<address of <me> on shop>', port: 80 }],
  },
  'the network that is left': {
    image: 'one',
    run: '--network shop',
    then: 'docker network connect back <me> && docker network disconnect shop <me>',
    expected: [{ name: 'one', address: '<address of <me> on back>', port: 80 }],
  },
  'a network without a way out': {
    image: 'one',
    run: '--network shut',
    expected: [{ name: 'one', address: '<address of <me> on shut>', port: 80 }],
  },
  'a network with IPv4 and IPv6': {
    image: 'one',
    run: '--network six',
    expected: [{ name: 'one', address: '<address of <me> on six>', port: 80 }],
  },
  'a network with IPv6 alone, where the engine can make one': {
    image: 'web',
    run: '--network only-six --ip6 fd00:7::7 -e SERVICE_CHECK_HTTP=/ok -e SERVICE_CHECK_INTERVAL=1s',
    expected: [onSix('fd00:7::7', '[fd00:7::7]')],
    except: { why: 'no network is without IPv4 before Docker 28', on: { h1: onBoth, h2: onBoth } },
  },
  'no network': { image: 'one', run: '--network none', expected: [] },
  'the network of the host': {
    image: 'one',
    run: '--network host',
    expected: [{ name: 'one', port: 80 }],
  },
  "another container's network": {
    image: 'one',
    run: '--network container:pod',
    expected: [{ name: 'one', address: '<address of pod on bridge>', port: 80 }],
  },
  "a check by HTTP at the container's address": {
    image: 'web',
    run: '-e SERVICE_CHECK_HTTP=/ok -e SERVICE_CHECK_INTERVAL=1s',
    expected: [
      {
        id: '<host>:<me>:8080',
        name: 'web',
        address: '<address of <me> on bridge>',
        port: 8080,
        meta: { check_http: '/ok', check_interval: '1s' },
        checks: [
          {
            type: 'http',
            status: 'passing',
            http: 'http://<address of <me> on bridge>:8080/ok',
            intervalS: 1,
          },
        ],
      },
    ],
  },
  'a check by script, split as a shell does': {
    image: 'one',
    run: `-l 'SERVICE_CHECK_SCRIPT=test "$SERVICE_IP a" = "\${SERVICE_IP} a" -a $SERVICE_PORT = 80' -e SERVICE_CHECK_INTERVAL=1s`,
    expected: [
      {
        name: 'one',
        address: '<address of <me> on bridge>',
        port: 80,
        meta: {
          check_script: 'test "$SERVICE_IP a" = "${SERVICE_IP} a" -a $SERVICE_PORT = 80',
          check_interval: '1s',
        },
        checks: [
          {
            type: 'script',
            status: 'passing',
            args: [
              'test',
              '<address of <me> on bridge> a',
              '=',
              '<address of <me> on bridge> a',
              '-a',
              '80',
              '=',
              '80',
            ],
            intervalS: 1,
          },
        ],
      },
    ],
  },
  'a check by command, whose program this Consul has not': {
    image: 'one',
    run: `-e 'SERVICE_CHECK_CMD=redis-cli ping' -e SERVICE_CHECK_TIMEOUT=5s`,
    expected: [
      {
        name: 'one',
        address: '<address of <me> on bridge>',
        port: 80,
        meta: { check_cmd: 'redis-cli ping', check_timeout: '5s' },
        checks: [
          {
            type: 'script',
            status: 'critical',
            args: ['check-cmd', '<id>', '80', 'redis-cli ping'],
            intervalS: 10,
            timeoutS: 5,
          },
        ],
      },
    ],
  },
}

/** With `-explicit -useIpFromLabel addr -tags 'lab,{{…}}'` and without `-ip`. */
const byHand: Table = {
  'a port on every address': {
    run: '-p 10701:80 -e SERVICE_NAME=a',
    expected: [{ name: 'a', port: 10701, tags: ['lab', 'none'] }],
  },
  'a port on loopback': {
    run: '-p 127.0.0.1:10702:80 -e SERVICE_NAME=a',
    expected: [{ name: 'a', address: '127.0.0.1', port: 10702, tags: ['lab', 'none'] }],
  },
  'a port on another address of the host': {
    run: '-p 198.51.100.7:10703:80 -e SERVICE_NAME=a',
    expected: [{ name: 'a', address: '198.51.100.7', port: 10703, tags: ['lab', 'none'] }],
  },
  'a port on one IPv6 address': {
    image: 'web',
    run: '-p [fd00:9::1]:10704:8080 -e SERVICE_NAME=a -e SERVICE_CHECK_HTTP=/ok -e SERVICE_CHECK_TCP=true -e SERVICE_CHECK_INTERVAL=1s',
    expected: [
      {
        id: '<host>:<me>:8080',
        name: 'a',
        address: 'fd00:9::1',
        port: 10704,
        tags: ['lab', 'none'],
        meta: { check_http: '/ok', check_tcp: 'true', check_interval: '1s' },
        checks: [
          { type: 'http', status: 'passing', http: 'http://[fd00:9::1]:10704/ok', intervalS: 1 },
          { type: 'tcp', status: 'passing', tcp: '[fd00:9::1]:10704', intervalS: 1 },
        ],
      },
    ],
  },
  'a port on every IPv6 address alone, of a host that has none to register': {
    run: '-p [::]:10705:80 -e SERVICE_NAME=a',
    expected: [],
  },
  'an address in a label; the port stays': {
    run: '-p 10706:80 -e SERVICE_NAME=a -l addr=10.9.8.7/24',
    expected: [{ name: 'a', address: '10.9.8.7', port: 10706, tags: ['lab', 'none'] }],
  },
  'a label that holds no address': {
    run: `-p 10707:80 -e SERVICE_NAME=a -l 'addr=$(reboot)'`,
    expected: [],
  },
  'no SERVICE_NAME': { image: 'one', run: '-p 10708:80', expected: [] },
  'SERVICE_NAME of one port': {
    run: '-p 10709:80 -p 10710:443 -e SERVICE_80_NAME=a',
    expected: [{ name: 'a', port: 10709, tags: ['lab', 'none'] }],
  },
  'a tag from a template, and tags of its own': {
    run: '-p 10711:80 -e SERVICE_NAME=a -e SERVICE_TAGS=b,lab -l team=red',
    expected: [{ name: 'a', port: 10711, tags: ['b', 'lab', 'red'] }],
  },
  "a network of the user: the host's address with the host's port, which the original mixed up": {
    run: '--network shop -p 10712:80 -e SERVICE_NAME=a',
    expected: [{ name: 'a', port: 10712, tags: ['lab', 'none'] }],
  },
  'the network of the host': {
    image: 'one',
    run: '--network host -e SERVICE_NAME=a',
    expected: [{ name: 'a', port: 80, tags: ['lab', 'none'] }],
  },
}

describe('registrations', () => {
  const lab = useProductLab('registrations', { h1: 'bookworm', h2: 'trixie', h3: 'forky' })
  const onAll = <T>(act: (host: Host) => Promise<T>) => Promise.all(lab().hosts.map(act))

  before('a stack on each, and images, networks and containers that rows ask for', async function () {
    this.timeout(180_000)
    const registry = await startRegistry(lab(), 5000)
    await onAll(async (host) => {
      await host.writeFile('/etc/docker/daemon.json', `{"insecure-registries": ["${registry}"]}`)
      await host.restartDocker()
      await host.run('ip addr add 198.51.100.7/32 dev lo; ip addr add fd00:9::1/128 dev lo nodad')
      for (const [image, lines] of Object.entries(images)) {
        const file = [`FROM ${productImage()}`, ...lines].join('\n')
        await host.run(`DOCKER_BUILDKIT=0 docker build -q -t ${image} -`, { input: file })
      }
      for (const image of ['one:3', 'registry.example:5000/team/shop:2', `${registry}/team/shop:2`]) {
        await host.run(`docker tag one ${image}`)
      }
      const six = '--ipv6 --subnet 10.99.7.0/24 --subnet fd00:7::/64'
      await host.run(
        `set -e; docker push -q ${registry}/team/shop:2
        docker network create shop; docker network create back; docker network create --internal shut
        docker network create --ipv6 --subnet fd00:6::/64 six
        docker network create --ipv6 --ipv4=false --subnet fd00:7::/64 only-six || docker network create ${six} only-six
        docker run --detach --name pod plain
        docker run --detach --name pod-of-shop --network shop plain
        docker run --detach --name pod-of-host --network host plain`,
      )
    })
    const { h1, h2, h3 } = lab()
    await h1.run('arpanet start:consul boot -enable-script-checks')
    for (const host of [h2, h3]) {
      await host.run('arpanet start:consul server 192.0.2.1 -enable-script-checks')
    }
  })

  const phase = (title: string, tables: Record<string, Table>, start: (host: Host) => Promise<unknown>) => {
    describe(title, () => {
      const rows = Object.values(tables).flatMap((table) => Object.values(table))
      let hosts: RowsOnHost[] = []

      before('all of them run', async function () {
        this.timeout(300_000)
        await onAll(start)
        hosts = lab().hosts.map((host) => new RowsOnHost(host, rows))
        await Promise.all(hosts.map((host) => host.settle()))
      })
      after('none runs', async function () {
        this.timeout(180_000)
        await Promise.all(hosts.map((host) => host.remove()))
      })

      for (const [about, table] of Object.entries(tables)) {
        describe(about, () => {
          for (const [row, what] of Object.entries(table)) it(row, () => compare(hosts, rows.indexOf(what)))
        })
      }
      it('has nothing else in the catalogue', () => {
        assert.deepEqual(
          hosts.flatMap(({ strangers }) => strangers),
          [],
        )
      })
    })
  }

  const stack = (settings: string) => (host: Host) => host.run(`${settings} arpanet start:stack registrator`)
  phase('of the stack', { ports, networks, names, metadata, checks, states }, stack(''))
  phase(
    'with REGISTRATOR_INTERNAL and REGISTRATOR_SCRIPTS',
    { 'containers from inside': inside },
    stack('REGISTRATOR_INTERNAL=1 REGISTRATOR_SCRIPTS=1'),
  )
  const options = `-explicit -useIpFromLabel addr -tags 'lab,{{if .Config.Labels.team}}{{.Config.Labels.team}}{{else}}none{{end}}'`
  phase(
    "with the original's options, and without -ip",
    { 'several options at once': byHand },
    async (host) => {
      await host.run('arpanet stop registrator')
      await host.run(
        `docker run --detach --network host --user 0 --volume /var/run/docker.sock:/var/run/docker.sock \
        --env ARPANET_IP=${host.ip} --env HOSTNAME=${host.name} --env SERVICE_IGNORE=true \
        ${productImage()} registrator ${options} consul://${host.ip}:8500`,
      )
    },
  )
})
