import assert from 'node:assert/strict'
import { arpanet, useArpanet, type Result, type Run } from '../support/arpanet.ts'

const usage = 2
const precondition = 3

type Wrong = Omit<Run, 'argv'> & { readonly says: string; readonly exit: number }

/** The line that is typed, and what else is wrong, or there so that nothing else is. */
type Case = [typed: string | readonly string[], wrong: Wrong]

const address = { ARPANET_IP: '192.0.2.1' }
const boot = 'start:consul boot'
const notJoinable = (mode: string, got: string) =>
  `start:consul ${mode}: expected JOINIP to be the IPv4 address or the name of another host, got "${got}"`
const noSocket = "Docker: no socket at /nonexistent/docker.sock, expected the engine's"

const unknownWords: Case[] = [
  ['frobnicate', { says: 'arpanet: unknown command "frobnicate"', exit: usage }],
  ['inof', { says: 'arpanet: unknown command "inof", did you mean info?', exit: usage }],
  ['KV get a', { says: 'arpanet: unknown command "KV", did you mean kv?', exit: usage }],
  [
    'start:consl boot',
    { says: 'arpanet: unknown command "start:consl", did you mean start:consul?', exit: usage },
  ],
  ['--versoin', { says: 'arpanet: unknown command "--versoin", did you mean --version?', exit: usage }],
  ['-x', { says: 'arpanet: unknown command "-x"', exit: usage }],
  [[''], { says: 'arpanet: unknown command ""', exit: usage }],
  ['kv', { says: 'kv: expected kv get, kv set, kv ls, kv del or kv info', exit: usage }],
  ['kv gte a', { says: 'kv: expected kv get, kv set, kv ls, kv del or kv info, got "gte"', exit: usage }],
  ['kv --json', { says: 'kv: expected kv get, kv set, kv ls, kv del or kv info, got "--json"', exit: usage }],
  ['start', { says: 'start: expected start:consul or start:stack', exit: usage }],
  ['start docker', { says: 'start: expected start:consul or start:stack, got "docker"', exit: usage }],
  ['help frobnicate', { says: 'help: unknown command "frobnicate"', exit: usage }],
  ['help kv frobnicate', { says: 'help: unknown command "kv frobnicate"', exit: usage }],
]

const argumentsAndFlags: Case[] = [
  ['kv get', { says: 'kv get: expected KEY', exit: usage }],
  ['kv get', { input: 'a\n', says: 'kv get: expected KEY', exit: usage }],
  ['kv set', { says: 'kv set: expected KEY and VALUE', exit: usage }],
  ['kv set a', { says: 'kv set: expected VALUE', exit: usage }],
  ['kv set a', { input: 'a value', says: 'kv set: expected VALUE', exit: usage }],
  ['kv del', { says: 'kv del: expected KEY', exit: usage }],
  ['kv info', { says: 'kv info: expected KEY', exit: usage }],
  ['kv get a b', { says: 'kv get: unexpected argument "b"', exit: usage }],
  ['kv get -- a --json', { says: 'kv get: unexpected argument "--json"', exit: usage }],
  ['kv set a two words', { says: 'kv set: unexpected argument "words"', exit: usage }],
  ['kv ls a b', { says: 'kv ls: unexpected argument "b"', exit: usage }],
  [
    'stop now',
    {
      says: 'stop: unknown service "now", expected consul or tunnel or registrator or fleetstreet or backends or ambassador or cadvisor',
      exit: usage,
    },
  ],
  ['info consul', { says: 'info: unexpected argument "consul"', exit: usage }],
  ['wrapper sh', { says: 'wrapper: unexpected argument "sh"', exit: usage }],
  ['kv get --jsno a', { says: 'kv get: unknown flag --jsno', exit: usage }],
  ['kv ls --jsno', { says: 'kv ls: unknown flag --jsno, did you mean --json?', exit: usage }],
  ['kv del --recurs a', { says: 'kv del: unknown flag --recurs, did you mean --recurse?', exit: usage }],
  ['kv del -rf a', { says: 'kv del: unknown flag -f', exit: usage }],
  ['info -x', { says: 'info: unknown flag -x', exit: usage }],
  ['kv del --recurse=a', { says: 'kv del: --recurse takes no value, got "--recurse=a"', exit: usage }],
  ['info --json=no', { says: 'info: --json takes no value, got "--json=no"', exit: usage }],
  ['kv set a b --cas', { says: 'kv set: --cas expects a value', exit: usage }],
  ['kv set --cas x a b', { says: 'kv set: expected --cas to be an index such as 42, got "x"', exit: usage }],
  [
    'kv set --cas=-1 a b',
    { says: 'kv set: expected --cas to be an index such as 42, got "-1"', exit: usage },
  ],
  ['kv set --cas= a b', { says: 'kv set: expected --cas to be an index such as 42, got ""', exit: usage }],
  ['kv set --cas 1 --cas 2 a b', { says: 'kv set: --cas can only be specified once', exit: usage }],
  ['consul', { says: 'consul: expected a command of the consul program', exit: usage }],
  ['consul --', { says: 'consul: expected a command of the consul program', exit: usage }],
]

const keysAndValues: Case[] = [
  [['kv', 'get', ''], { says: 'kv get: expected a key, got ""', exit: usage }],
  ['kv get ///', { says: 'kv get: expected a key, got "///"', exit: usage }],
  ['kv del ?recurse', { says: 'kv del: expected a key, got ""', exit: usage }],
  ['kv del --recurse /', { says: 'kv del: expected a key, got "/"', exit: usage }],
  [
    'kv get a/../b',
    { says: 'kv get: expected a key without "." or ".." between slashes, got "a/../b"', exit: usage },
  ],
  [
    'kv set . x',
    { says: 'kv set: expected a key without "." or ".." between slashes, got "."', exit: usage },
  ],
  [
    'kv ls ..',
    { says: 'kv ls: expected a folder without "." or ".." between slashes, got ".."', exit: usage },
  ],
  [
    ['kv', 'set', 'a\nb', 'x'],
    { says: 'kv set: expected a key without control characters, got "a\\nb"', exit: usage },
  ],
  [
    'kv set a -',
    {
      environment: address,
      input: Buffer.alloc(512 * 1024 + 1),
      says: 'kv set: expected a value of 524288 bytes at most, got more',
      exit: usage,
    },
  ],
]

const consulModes: Case[] = [
  ['start:consul', { says: 'start:consul: expected boot, server or client', exit: usage }],
  ['start consul', { says: 'start:consul: expected boot, server or client', exit: usage }],
  [
    'start:consul leader',
    { says: 'start:consul: unknown mode "leader", expected boot, server or client', exit: usage },
  ],
  [
    'start:consul -node x boot',
    { says: 'start:consul: unknown mode "-node", expected boot, server or client', exit: usage },
  ],
  [
    'start:consul boot 192.0.2.9',
    { says: 'start:consul boot: does not take a JOINIP, got "192.0.2.9"', exit: usage },
  ],
  [
    'start:consul server',
    { says: 'start:consul server: needs a JOINIP, the address of a member', exit: usage },
  ],
  [
    'start:consul client -node x',
    { says: 'start:consul client: needs a JOINIP, the address of a member', exit: usage },
  ],
  ['start:consul server 192.0.2', { says: notJoinable('server', '192.0.2'), exit: usage }],
  ['start:consul server 192.0.2.300', { says: notJoinable('server', '192.0.2.300'), exit: usage }],
  ['start:consul client 192.0.2.9:8301', { says: notJoinable('client', '192.0.2.9:8301'), exit: usage }],
  ['start:consul client 127.0.0.1', { says: notJoinable('client', '127.0.0.1'), exit: usage }],
  ['start:consul client localhost', { says: notJoinable('client', 'localhost'), exit: usage }],
]

const settings: Case[] = [
  [boot, { says: 'ARPANET_IP: expected an IPv4 address of this host, but it is not set', exit: usage }],
  [
    boot,
    {
      environment: { ARPANET_IP: 'nope' },
      says: 'ARPANET_IP: expected an IPv4 address of this host, got "nope"',
      exit: usage,
    },
  ],
  [
    'kv get a',
    {
      environment: { ARPANET_IP: '127.0.0.1' },
      says: 'ARPANET_IP: expected an IPv4 address of this host, got "127.0.0.1"',
      exit: usage,
    },
  ],
  [
    'kv get a',
    {
      environment: { ARPANET_IP: '' },
      arpanetrc: 'ARPANET_IP=1.2.3\n',
      says: 'ARPANET_IP: expected an IPv4 address of this host, got "1.2.3"',
      exit: usage,
    },
  ],
  [
    'info',
    {
      environment: address,
      arpanetrc: 'export CONSUL_PORT="85000" # too many\n',
      says: 'CONSUL_PORT: expected a port from 1 to 65535, got "85000"',
      exit: usage,
    },
  ],
  [
    boot,
    {
      environment: { ...address, CONSUL_EXPECT: 'three' },
      says: 'CONSUL_EXPECT: expected a number of servers from 1 to 9, got "three"',
      exit: usage,
    },
  ],
  [
    boot,
    {
      environment: { ...address, CONSUL_DATA: 'data' },
      says: 'CONSUL_DATA: expected an absolute path without ":", and not the root, got "data"',
      exit: usage,
    },
  ],
  [
    boot,
    {
      environment: { ...address, CONSUL_DATA: '//' },
      says: 'CONSUL_DATA: expected an absolute path without ":", and not the root, got "//"',
      exit: usage,
    },
  ],
  [
    boot,
    {
      environment: { ...address, CONSUL_IMAGE: 'Consul:1' },
      says: 'CONSUL_IMAGE: expected an image such as registry:5000/name:tag, got "Consul:1"',
      exit: usage,
    },
  ],
  [
    'consul members',
    {
      environment: { CONSUL_NAME: 'my consul' },
      says: 'CONSUL_NAME: expected a container name: letters, digits, "_", "." and "-", two at least, got "my consul"',
      exit: usage,
    },
  ],
  [
    boot,
    {
      environment: { ...address, HOSTNAME: 'localhost' },
      says: 'HOSTNAME: expected a host name: letters, digits, "-" and ".", and not localhost, got "localhost"',
      exit: usage,
    },
  ],
  [
    'kv get a',
    {
      environment: { ...address, ARPANET_IPP: '192.0.2.2' },
      says: 'ARPANET_IPP: unknown setting, did you mean ARPANET_IP?',
      exit: usage,
    },
  ],
  [
    'stop',
    {
      arpanetrc: 'ARPANET_IMGAE=mine\n',
      says: 'ARPANET_IMGAE: unknown setting, did you mean ARPANET_IMAGE?',
      exit: usage,
    },
  ],
  [
    'consul members',
    {
      environment: { ARPANET_COLOUR_OF_THE_SKY: 'blue' },
      says: 'ARPANET_COLOUR_OF_THE_SKY: unknown setting',
      exit: usage,
    },
  ],
]

const setup: Case[] = [
  ['setup --undo --verify', { says: 'setup: --undo and --verify exclude each other', exit: usage }],
  ['setup --dry-run --verify', { says: 'setup: --verify and --dry-run exclude each other', exit: usage }],
  ['setup --json', { says: 'setup: --json needs --dry-run', exit: usage }],
  ['setup --undo --json', { says: 'setup: --json needs --dry-run', exit: usage }],
  ['setup now', { says: 'setup: unexpected argument "now"', exit: usage }],
  ['setup --json=no', { says: 'setup: --json takes no value, got "--json=no"', exit: usage }],
  ['setup --dryrun', { says: 'setup: unknown flag --dryrun, did you mean --dry-run?', exit: usage }],
  ...['setup', 'setup --verify', 'setup --undo', 'setup --dry-run'].map((typed): Case => [
    typed,
    { says: "setup: cannot see this host's files, expected them at /host", exit: precondition },
  ]),
]

const engine: Case[] = [
  [boot, { environment: address, says: noSocket, exit: precondition }],
  ['start:consul server h2 -dc dc34', { environment: address, says: noSocket, exit: precondition }],
  ['stop', { says: noSocket, exit: precondition }],
  ['info', { environment: address, says: noSocket, exit: precondition }],
  ['info --json', { environment: address, says: noSocket, exit: precondition }],
  ['consul members', { says: noSocket, exit: precondition }],
  ['consul -- --version', { says: noSocket, exit: precondition }],
]

const cases = [
  ...unknownWords,
  ...argumentsAndFlags,
  ...keysAndValues,
  ...consulModes,
  ...settings,
  ...setup,
  ...engine,
]

const shown = ({ environment, arpanetrc, input }: Wrong): string =>
  [
    ...Object.entries(environment ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
    ...(arpanetrc === undefined ? [] : [`~/.arpanetrc: ${JSON.stringify(arpanetrc)}`]),
    ...(input === undefined ? [] : [`${input.length} bytes of input`]),
  ].join(', ')

const runOf = ([typed, wrong]: Case): Run => ({
  ...wrong,
  argv: typeof typed === 'string' ? typed.split(' ') : typed,
})

/** One of each group, run as a person would. */
const samples = [unknownWords, argumentsAndFlags, consulModes, settings, engine]
  .flatMap(([first]) => (first ? [first] : []))
  .concat(keysAndValues.slice(-1))

describe('wrong inputs', () => {
  const typed = useArpanet()
  for (const wrong of cases) {
    const result = typed(runOf(wrong))
    it(titleOf(wrong), () => check(result(), wrong[1]))
  }
})

describe('wrong inputs, each in a process of its own', () => {
  let results: Promise<Result>[] = []
  before(() => {
    results = samples.map((sample) => arpanet(runOf(sample)))
  })
  for (const [index, wrong] of samples.entries()) {
    it(titleOf(wrong), async () => check(await results[index]!, wrong[1]))
  }
})

function titleOf([typed, wrong]: Case): string {
  const line = typeof typed === 'string' ? typed : typed.map((word) => JSON.stringify(word)).join(' ')
  const given = shown(wrong)
  return `arpanet ${line}${given && ` with ${given}`} exits ${wrong.exit}: ${wrong.says}`
}

function check(result: Result, { says, exit }: Wrong): void {
  const [first, ...rest] = result.stderr.trimEnd().split('\n')
  assert.deepEqual(
    { first, exitCode: result.exitCode, stdout: result.stdout },
    { first: says, exitCode: exit, stdout: '' },
  )
  for (const hint of rest) assert.match(hint, /^ {2}\S/)
}
