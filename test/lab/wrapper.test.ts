// The wrapper, by the two shells that hosts have, against a real engine.
//
//     h1 192.0.2.1, Docker 20.10
//
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { seen, useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'
import { productImage } from './image.ts'

for (const shell of ['dash', 'busybox sh']) {
  describe(`wrapper, by ${shell}`, () => {
    const lab = useProductLab(`wrapper-${shell.slice(0, 4)}`, { h1: 'bookworm' })
    const wrapper = `${shell} /usr/local/bin/arpanet`
    const rc = (text: string) => lab().h1.writeFile('/root/.arpanetrc', text)
    /** Shows the environment that the program in the container has, as JSON, in the place of the program. */
    const environment = async (line: string): Promise<Record<string, string>> => {
      const { h1 } = lab()
      const { stdout } = await h1.run(`ARPANET_IMAGE=show-environment ${line}`)
      return JSON.parse(stdout) as Record<string, string>
    }

    before(async () => {
      const show = `FROM ${productImage()}\\nENTRYPOINT ["node","-p","JSON.stringify(process.env)"]`
      await lab().h1.run(`printf '${show}' | docker build -q -t show-environment -`)
    })
    beforeEach(() => rc('ARPANET_IP=192.0.2.1\n'))

    it('prints itself from the image', async () => {
      const printed = await lab().h1.run(`docker run --rm ${productImage()} wrapper`)
      assert.equal(printed.stdout, await readFile('wrapper', 'utf8'))
    })

    it('passes on the variables that are set, byte by byte, and no others', async () => {
      const value = ` a "b" 'c' #d $e \\f\n\ng=h `
      const { h1 } = lab()
      const { stdout } = await h1.run(wrapper, {
        env: {
          ARPANET_IMAGE: 'show-environment',
          CONSUL_DATA: value,
          CONSUL_PORT: '',
          UNRELATED: 'x',
          ARPANET_TYPO: 'y',
        },
      })
      const got = JSON.parse(stdout) as Record<string, string>
      assert.equal(got.CONSUL_DATA, value)
      assert.deepEqual(
        Object.keys(got)
          .filter((name) => !['PATH', 'HOME', 'HOSTNAME', 'NODE_ENV'].includes(name))
          .sort(),
        ['ARPANETRC', 'ARPANET_IMAGE', 'ARPANET_TYPO', 'CONSUL_DATA'],
      )
    })

    it('passes ~/.arpanetrc on as it is, and the image named there is run', async () => {
      const text = `# comment\nARPANET_IP="192.0.2.1" # ours\nexport ARPANET_IMAGE='show-environment' # quoted\nCONSUL_DATA="/a b\nc#d"`
      await rc(text)
      const { stdout } = await lab().h1.run(wrapper)
      assert.equal((JSON.parse(stdout) as Record<string, string>).ARPANETRC, text)
    })

    it('takes settings with spaces, signs and newlines from ~/.arpanetrc', async () => {
      await rc(`ARPANET_IP=192.0.2.1\nCONSUL_DATA="/a b\\nc:#d"\n`)
      const { stderr, exitCode } = await lab().h1.exec(`${wrapper} start:consul boot`)
      assert.equal(exitCode, 2)
      assert.match(
        stderr,
        /^CONSUL_DATA: expected an absolute path without ":", and not the root, got "\/a b\nc:#d"$/m,
      )
    })

    it("gives the host's name, unless another is set", async () => {
      assert.equal((await environment(wrapper)).HOSTNAME, 'h1')
      assert.equal((await environment(`HOSTNAME=other ${wrapper}`)).HOSTNAME, 'other')
    })

    it('runs the program as the user who types, with a read-only root and no capability', async () => {
      const { h1 } = lab()
      await h1.run(`useradd --create-home --groups docker ann || true`)
      const show = `FROM ${productImage()}\\nENTRYPOINT ["sh","-c","id -u; grep CapEff /proc/self/status; touch /x 2>&1"]`
      await h1.run(`printf '${show}' | docker build -q -t show-rights -`)
      const { stdout } = await h1.exec(`su ann -c 'ARPANET_IMAGE=show-rights ${wrapper}'`)
      const uid = (await h1.run('id -u ann')).stdout.trim()
      assert.match(stdout, new RegExp(`^${uid}\\nCapEff:\\t0+\\ntouch: .*Read-only file system`))
      const own = await h1.exec(`su ann -c 'ARPANET_IP=192.0.2.1 ${wrapper} info'`)
      assert.match(own.stdout, /^engine +Docker 20\.10/m)
    })

    it('passes exit status, both streams and standard input', async () => {
      const { h1 } = lab()
      assert.equal(
        seen(await h1.exec(`${wrapper} kv`)),
        'kv: expected kv get, kv set, kv ls, kv del or kv info\n  arpanet help kv\n=> 2',
      )
      const big = await h1.exec(`${wrapper} kv set a -`, { input: Buffer.alloc(600_000) })
      assert.equal(big.exitCode, 2)
      assert.match(big.stderr, /524288 bytes at most/)
      assert.match((await h1.exec(`${wrapper} --version < /dev/null`)).stdout, /^arpanet \d/)
      assert.match((await h1.exec(`${wrapper} --version <&-`)).stdout, /^arpanet \d/)
    })

    it('needs no terminal, and uses one where there is one', async () => {
      const { h1 } = lab()
      const show = `FROM ${productImage()}\\nENTRYPOINT ["sh","-c","tty; tty <&2"]`
      await h1.run(`printf '${show}' | docker build -q -t show-terminal -`)
      const line = `ARPANET_IMAGE=show-terminal ${wrapper}`
      assert.match((await h1.exec(line, { tty: true })).stdout, /\/dev\/pts\/0\r\n\/dev\/pts\/0/)
      assert.equal((await h1.exec(line)).stdout, 'not a tty\nnot a tty\n')
      const redirected = await h1.exec(`${line} 2>/tmp/stderr`, { tty: true })
      assert.match(redirected.stdout, /not a tty/)
    })

    for (const [signal, status] of [
      ['TERM', 143],
      ['INT', 130],
      ['HUP', 129],
    ] as const) {
      it(`passes SIG${signal} on to the program, whose status is its own`, async () => {
        const { h1 } = lab()
        // A standard input that never ends.
        const running = h1.exec(
          `mkfifo -m 600 /tmp/endless; exec 3<>/tmp/endless; exec ${wrapper} kv set a - <&3`,
        )
        const client = await eventually('the program waits for its input', async () => {
          const containers = await h1.run(`docker ps -q --filter ancestor=${productImage()}`)
          const found = await h1.exec(`pgrep -o -f '^docker run .* kv set a -$'`)
          return containers.stdout !== '' && found.stdout.trim()
        })
        // Node is up a moment after its container.
        await eventually('it listens to signals', async (see) => {
          const status = await h1.exec(
            `grep SigCgt /proc/$(pgrep -o -f '^/usr/local/bin/node .* kv set a -$')/status`,
          )
          return (Number.parseInt(see(status.stdout).trim().slice(-8), 16) & 0x4003) === 0x4003
        })
        await h1.run(`kill -${signal} ${client}`)
        assert.equal((await running).exitCode, status)
        assert.equal((await h1.run(`docker ps -aq --filter ancestor=${productImage()}`)).stdout, '')
        await h1.run('rm /tmp/endless')
      })
    }

    describe('on a host that lacks something', () => {
      for (const [lack, line, sentence] of [
        [
          'no docker program',
          `PATH=/nowhere /bin/${shell === 'dash' ? 'dash' : 'busybox sh'} /usr/local/bin/arpanet info`,
          /^Docker: no program "docker" on this host, expected Docker 20\.10 or newer$/m,
        ],
        [
          'no socket',
          `DOCKER_HOST=unix:///nowhere.sock ${wrapper} info`,
          /^Docker: no socket at \/nowhere\.sock, expected a running engine$/m,
        ],
        [
          'a remote engine',
          `DOCKER_HOST=tcp://192.0.2.9:2375 ${wrapper} info`,
          /^DOCKER_HOST: expected a socket of this host, got "tcp:\/\/192\.0\.2\.9:2375"$/m,
        ],
        [
          'no permission',
          `su nobody -s /bin/sh -c '${wrapper} info'`,
          /^Docker: nobody may not use \/var\/run\/docker\.sock, expected a member of its group or root$/m,
        ],
        [
          'no image',
          `ARPANET_IMAGE=192.0.2.254:5000/none:1 ${wrapper} info`,
          /^192\.0\.2\.254:5000\/none:1: not on this host and cannot be pulled: /m,
        ],
        [
          'an engine that is gone',
          `perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local=>"/tmp/dead.sock",Listen=>1)'; DOCKER_HOST=unix:///tmp/dead.sock ${wrapper} info`,
          /^Docker: no answer at \/tmp\/dead\.sock: /m,
        ],
      ] as const) {
        it(`says what it is and exits 3: ${lack}`, async () => {
          const refused = await lab().h1.exec(line)
          assert.equal(refused.exitCode, 3, seen(refused))
          assert.match(refused.stderr, sentence)
          assert.equal(refused.stdout, '')
        })
      }
    })
  })
}
