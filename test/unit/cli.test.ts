import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { commands } from '../../src/commands/index.ts'
import { version } from '../../src/model/version.ts'
import { arpanet, useArpanet } from '../support/arpanet.ts'

const ids = Object.keys(commands)
/** What other commands and the stack run. */
const hidden = ['lookup', 'registrator', 'fleetstreet', 'ambassador', 'tunnel']

describe('help', () => {
  const typed = useArpanet()

  const overview = typed('help')
  it('shows every command with its summary, but for what other commands run', () => {
    assert.equal(overview().exitCode, 0)
    for (const id of ids.filter((each) => !hidden.includes(each))) {
      assert.match(overview().stdout, new RegExp(`^  ${id} +[a-z]`, 'm'))
    }
    for (const id of hidden) assert.doesNotMatch(overview().stdout, new RegExp(`^  ${id} `, 'm'))
  })

  const topic = typed('help kv')
  it('shows the commands of a topic', () => {
    const rows = topic().stdout.match(/^ {2}kv \w+/gm) ?? []
    assert.deepEqual(
      rows.map((row) => row.trim()),
      ids.filter((id) => id.startsWith('kv ')),
    )
    assert.match(topic().stdout, /^ {2}\$ arpanet kv COMMAND$/m)
  })

  const same: Record<string, string[]> = {
    help: ['--help', '-h'],
    'help kv': ['kv --help', 'kv -h'],
    'help kv get': ['help kv:get', 'kv get --help', 'kv:get -h', 'kv get a --help'],
    'help start:consul': ['help start consul', 'start consul --help', 'start:consul -h'],
    'help consul': ['consul --help'],
  }
  for (const [line, others] of Object.entries(same)) {
    const expected = typed(line)
    for (const other of others) {
      const result = typed(other)
      it(`is the same for "${other}" as for "${line}"`, () => assert.deepEqual(result(), expected()))
    }
  }

  const nothing = typed({ argv: [] })
  it('is shown where nothing is typed', () => assert.deepEqual(nothing(), overview()))

  for (const id of ids) {
    const help = typed(`help ${id}`)
    it(`of ${id} says what it does, how it is typed, an example, its flags and its settings`, async () => {
      const { default: command } = await commands[id]!()
      const { stdout, exitCode } = help()
      assert.equal(exitCode, 0)
      assert.equal(stdout.split('\n')[0], command.summary)
      assert.match(stdout, new RegExp(`^USAGE\\n  \\$ arpanet ${id}( |$)`, 'm'))
      assert.match(stdout, /^EXAMPLES$/m)
      for (const name of command.uses) assert.match(stdout, new RegExp(`^  ${name} `, 'm'))
      for (const flag of Object.keys(command.flags)) assert.match(stdout, new RegExp(`--${flag}`))
    })
  }

  for (const [line, exitCode] of Object.entries({
    'kv get -- --help': 2,
    'consul members --help': 3,
    'consul -- --help': 3,
  })) {
    const result = typed(line)
    it(`is not what "${line}" asks for`, () => {
      assert.deepEqual([result().stdout, result().exitCode], ['', exitCode])
    })
  }
})

describe('command line', () => {
  const typed = useArpanet()

  for (const flag of ['--version', '-v']) {
    const result = typed(flag)
    it(`prints its version for ${flag}`, () => {
      assert.deepEqual(result(), { stdout: `arpanet ${version}\n`, stderr: '', exitCode: 0 })
    })
  }

  for (const [colon, space] of [
    ['start:consul', 'start consul'],
    ['kv:get', 'kv get'],
  ] as const) {
    const [one, other] = [typed(colon), typed(space)]
    it(`understands "${space}" as "${colon}"`, () => assert.deepEqual(one(), other()))
  }

  const environment = { ARPANET_IP: 'nope' }
  const values: Record<string, string[]> = {
    'a value that begins with a dash behind two dashes': ['kv', 'set', 'a', '--', '-5'],
    'a negative number': ['kv', 'set', 'a', '-5'],
    'an empty value': ['kv', 'set', '--cas', '0', 'a', ''],
    'a value with spaces': ['kv', 'set', 'a', ' two  words '],
    'a key with signs': ['kv', 'get', 'a b/ü%2F/?x'],
    'no folder': ['kv', 'ls'],
    'the root': ['kv', 'ls', '/'],
  }
  for (const [what, argv] of Object.entries(values)) {
    const result = typed({ argv, environment })
    it(`takes ${what}: ${argv
      .slice(2)
      .map((word) => JSON.stringify(word))
      .join(' ')}`, () => {
      assert.match(result().stderr, /^ARPANET_IP: /)
    })
  }

  const wrapper = typed({ argv: ['wrapper'], environment: { ARPANET_IP: 'nope', CONSUL_PORT: 'x' } })
  it('prints the wrapper, byte for byte, and looks at no setting for it', () => {
    assert.deepEqual(wrapper(), { stdout: readFileSync('wrapper', 'utf8'), stderr: '', exitCode: 0 })
  })

  it('colours an error where that is asked for, and nowhere else', async () => {
    const plain = 'arpanet: unknown command "x"\n  arpanet help\n'
    const coloured = '\u001B[31marpanet: unknown command "x"\u001B[39m\n  arpanet help\n'
    const environments = [{}, { NO_COLOR: '1' }, { FORCE_COLOR: '1' }]
    const results = environments.map((each) => arpanet({ argv: ['x'], environment: each }))
    assert.deepEqual(
      (await Promise.all(results)).map(({ stderr }) => stderr),
      [plain, plain, coloured],
    )
  })
})

describe('~/.arpanetrc', () => {
  const typed = useArpanet()
  const home = resolve('test/fixtures/home')

  const cases: Record<string, { environment: Record<string, string>; says: string }> = {
    'is read': { environment: { HOME: home }, says: 'got "from-file"' },
    'comes after the environment': {
      environment: { HOME: home, ARPANET_IP: 'from-environment' },
      says: 'got "from-environment"',
    },
    'is not read where the wrapper hands it over': {
      environment: { HOME: home, ARPANETRC: 'ARPANET_IP=handed-over' },
      says: 'got "handed-over"',
    },
    'may be missing': { environment: { HOME: '/nonexistent' }, says: 'but it is not set' },
  }
  for (const [title, { environment, says }] of Object.entries(cases)) {
    const result = typed({ argv: ['kv', 'ls'], environment })
    it(title, () => {
      const [first] = result().stderr.split('\n')
      assert.equal(first, `ARPANET_IP: expected an IPv4 address of this host, ${says}`)
    })
  }

  const oddHome = resolve('test/fixtures/odd-home')
  const path = `${oddHome}/.arpanetrc`
  const unreadable = typed({ argv: ['stop'], environment: { HOME: oddHome } })
  it('that cannot be read is a fault of this host', () => {
    assert.deepEqual(unreadable(), {
      stdout: '',
      stderr: `${path}: cannot be read (EISDIR), expected a text file\n  ls -ld ${path}\n`,
      exitCode: 3,
    })
  })
})
