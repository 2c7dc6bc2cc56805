import assert from 'node:assert/strict'
import { parse } from 'dotenv'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { declaration, settingNames } from '../../src/settings/table.ts'
import { program } from '../support/arpanet.ts'

/** The shells that the wrapper must run in; the lab's hosts have both. */
const shells = [['/bin/dash'], ['/bin/busybox', 'sh']].filter(([file = '']) => existsSync(file))

const rcHome = resolve('test/fixtures/home')

/** Lines of a ~/.arpanetrc that name the image in all the ways that dotenv takes. */
const imageLines = [
  'ARPANET_IMAGE=mine:1',
  'ARPANET_IMAGE="mine:1"\n',
  "ARPANET_IMAGE='mine:1'\n",
  'ARPANET_IMAGE=`mine:1`\n',
  'export ARPANET_IMAGE=mine:1\n',
  '  ARPANET_IMAGE = mine:1   # ours\n',
  'ARPANET_IMAGE="mine:1" # ours\n',
  'ARPANET_IMAGE=registry:5000/a/b@sha256:0\n',
  'ARPANET_IMAGE=one:1\nARPANET_IMAGE=two:2\n',
  'ARPANET_IMAGE=mine:1\r\n',
  '#ARPANET_IMAGE=mine:1\n',
  'MY_ARPANET_IMAGE=mine:1\n',
  'ARPANET_IMAGE=\n',
  'CONSUL_IMAGE=mine:1\n',
]

const image = declaration('ARPANET_IMAGE').default ?? ''
const tools = ['cat', 'env', 'id', 'sed', 'stat', 'tail', 'uname']

describe('wrapper', () => {
  const folder = mkdtempSync(join(tmpdir(), 'arpanet-wrapper-'))
  const socket = join(folder, 'docker.sock')
  /** Programs of the host without docker. */
  const bare = join(folder, 'bin')
  const engine: Server = createServer()

  before(async () => {
    mkdirSync(bare)
    for (const tool of tools) symlinkSync(`/usr/bin/${tool}`, join(bare, tool))
    await new Promise<void>((listening) => engine.listen(socket, listening))
  })
  after(() => {
    engine.close()
    rmSync(folder, { recursive: true })
  })

  const withDocker = `${resolve('test/fixtures/docker')}:${bare}`
  const host = { PATH: withDocker, HOME: '/nonexistent', DOCKER_HOST: `unix://${socket}` }

  for (const shell of shells) {
    const typed = (argv: readonly string[], environment: Record<string, string> = {}) =>
      program([...shell, 'wrapper', ...argv], { ...host, ...environment })

    describe(`in ${shell.join(' ').replace('/bin/', '')}`, () => {
      it('has no syntax of other shells', async () => {
        assert.deepEqual(await program([...shell, '-n', 'wrapper'], host), {
          stdout: '',
          stderr: '',
          exitCode: 0,
        })
      })

      it('runs the image with what was typed, and passes its exit status on', async () => {
        const { stdout, stderr, exitCode } = await typed(['kv', 'set', 'a b', '', '*'], { STATUS: '6' })
        assert.deepEqual([stderr, exitCode], ['', 6])
        const args = stdout.slice(0, -1).split('\n')
        assert.deepEqual(args.slice(0, 2), ['run', '--rm'])
        assert.deepEqual(args.slice(args.indexOf(image)), [image, 'kv', 'set', 'a b', '', '*'])
        assert.equal(args.includes('--tty'), false)
        assert.ok(args.includes(`${socket}:/var/run/docker.sock`))
      })

      it('passes on the settings that are set, by name, and nothing else', async () => {
        const { stdout } = await typed(['info'], {
          ARPANET_IP: '192.0.2.1',
          CONSUL_DATA: 'a "b"\n#c',
          CONSUL_PORT: '',
          ARPANET_IPP: 'mistyped',
          HOSTNAME: 'chosen',
          EDITOR: 'vi',
        })
        const args = stdout.split('\n')
        const names = args.filter((_arg, index) => args[index - 1] === '--env')
        assert.deepEqual([...new Set(names)].sort(), ['ARPANET_IP', 'ARPANET_IPP', 'CONSUL_DATA', 'HOSTNAME'])
      })

      it('passes on every setting there is', async () => {
        const all = Object.fromEntries(settingNames.map((name) => [name, 'x']))
        const { stdout } = await typed([], all)
        for (const name of settingNames) assert.match(stdout, new RegExp(`^--env\\n${name}$`, 'm'))
      })

      it("leaves the host's own name to the container", async () => {
        const { stdout } = await typed([], { HOSTNAME: hostname() })
        assert.doesNotMatch(stdout, /^HOSTNAME$/m)
      })

      it('hands ~/.arpanetrc over', async () => {
        const { stdout } = await typed([], { HOME: rcHome })
        assert.match(stdout, /^--env\nARPANETRC$/m)
      })

      describe('with a login of docker', () => {
        const home = join(folder, `login-${shell.length}`)
        const file = join(home, '.docker/config.json')
        const mount = (path: string) => `${path}:/host/docker/config.json:ro`

        before(() => {
          mkdirSync(join(home, '.docker'), { recursive: true })
          writeFileSync(file, '{"auths": {"r": {"auth": "c2VjcmV0"}}}', { mode: 0o600 })
        })

        it('mounts it for the commands that pull, and for no others', async () => {
          const { stdout } = await typed(['pull', '--force'], { HOME: home })
          assert.match(stdout, new RegExp(`^--volume\n${mount(file)}$`, 'm'))
          assert.doesNotMatch(stdout, /ARPANETLOGINS|c2VjcmV0/)
          for (const pulling of [['start:consul', 'boot'], ['start', 'consul', 'boot'], ['start:stack']]) {
            assert.ok((await typed(pulling, { HOME: home })).stdout.includes(mount(file)))
          }
          const others = [['info'], ['plan'], ['kv', 'set', 'pull', 'pull'], []]
          for (const { stdout } of await Promise.all(others.map((argv) => typed(argv, { HOME: home })))) {
            assert.doesNotMatch(stdout, /config\.json|ARPANETLOGINS/)
          }
        })

        it('takes it from DOCKER_CONFIG', async () => {
          const environment = { DOCKER_CONFIG: join(home, '.docker') }
          assert.ok((await typed(['pull'], environment)).stdout.includes(mount(file)))
        })

        it('passes it in a variable where the container could not read it, or not be given it', async () => {
          const odd = join(home, 'a:b')
          mkdirSync(odd, { recursive: true })
          writeFileSync(join(odd, 'config.json'), '{}')
          const { stdout } = await typed(['pull'], { DOCKER_CONFIG: odd })
          assert.match(stdout, /^--env\nARPANETLOGINS$/m)
          assert.doesNotMatch(stdout, /config\.json/)
        })

        it('does without where there is none', async () => {
          const { stdout, stderr } = await typed(['pull'])
          assert.equal(stderr, '')
          assert.doesNotMatch(stdout, /config\.json|ARPANETLOGINS/)
        })
      })

      it('pulls an image that is missing, and says so where nobody takes it for output', async () => {
        const result = await typed(['x'], { ENGINE: 'pull', ARPANET_IMAGE: 'mine:1' })
        assert.equal(result.exitCode, 0)
        assert.match(result.stderr, /^pulling mine:1\n/)
        assert.match(result.stdout, /^run\n[^]*^mine:1\nx\n$/m)
      })

      for (const [index, line] of imageLines.entries()) {
        it(`runs the image that dotenv reads from ${JSON.stringify(line)}`, async () => {
          const home = join(folder, `${shell.length}-${index}`)
          mkdirSync(home)
          writeFileSync(join(home, '.arpanetrc'), line)
          const { ARPANET_IMAGE: named } = parse(line)
          const { stdout } = await typed(['last'], { HOME: home })
          assert.equal(stdout.split('\n').at(-3), named === undefined || named === '' ? image : named)
        })
      }

      it('runs the image that the environment names before that of ~/.arpanetrc', async () => {
        const { stdout } = await typed(['last'], { HOME: rcHome, ARPANET_IMAGE: 'mine:2' })
        assert.equal(stdout.split('\n').at(-3), 'mine:2')
      })

      const refusals: Record<string, { environment: Record<string, string>; says: string }> = {
        'there is no docker program': {
          environment: { PATH: bare },
          says: 'Docker: no program "docker" on this host, expected Docker 20.10 or newer',
        },
        'there is no socket': {
          environment: { DOCKER_HOST: 'unix:///nonexistent/docker.sock' },
          says: 'Docker: no socket at /nonexistent/docker.sock, expected a running engine',
        },
        'what stands there is no socket': {
          environment: { DOCKER_HOST: 'unix:///dev/null' },
          says: 'Docker: no socket at /dev/null, expected a running engine',
        },
        'DOCKER_HOST is another host': {
          environment: { DOCKER_HOST: 'tcp://192.0.2.1:2375' },
          says: 'DOCKER_HOST: expected a socket of this host, got "tcp://192.0.2.1:2375"',
        },
        'nobody answers': {
          environment: { ENGINE: 'silent' },
          says: 'Docker: no answer at SOCKET: Cannot connect to the Docker daemon',
        },
      }
      for (const [what, { environment, says }] of Object.entries(refusals)) {
        it(`exits 3 with one clear line where ${what}`, async () => {
          const { stdout, stderr, exitCode } = await typed(['info'], environment)
          const [first, ...hints] = stderr.trimEnd().split('\n')
          assert.deepEqual([first, stdout, exitCode], [says.replace('SOCKET', socket), '', 3])
          for (const hint of hints) assert.match(hint, /^ {2}\S/)
        })
      }

      it('exits 3 and says why an image cannot be pulled', async () => {
        const { stdout, stderr, exitCode } = await typed(['info'], { ENGINE: 'none' })
        assert.deepEqual([stdout, exitCode], ['', 3])
        assert.match(
          stderr,
          new RegExp(
            `^${image}: not on this host and cannot be pulled: Error response from daemon: manifest unknown$`,
            'm',
          ),
        )
      })
    })
  }
})
