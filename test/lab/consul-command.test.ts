// arpanet consul: the consul program in its container, as if it were on the host.
//
//     h1 192.0.2.1, Docker 20.10, consul server
//
import assert from 'node:assert/strict'
import { seen, useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'

describe('consul', () => {
  const lab = useProductLab('program', { h1: 'bookworm' })

  it('says how to start it where it does not run', async () => {
    assert.equal(
      seen(await lab().h1.exec('arpanet consul members')),
      'consul: there is no container arpanet_consul, expected it running\n  arpanet start:consul --help\n=> 4',
    )
  })

  describe('where it runs', () => {
    before(async () => {
      await lab().h1.run('CONSUL_EXPECT=1 arpanet start:consul boot')
    })

    it('gives its output, its errors and its exit status', async () => {
      const { h1 } = lab()
      assert.match((await h1.run('arpanet consul members')).stdout, /^h1 +192\.0\.2\.1:8301 +alive +server/m)
      const missing = await h1.exec('arpanet consul kv get nosuch')
      assert.equal(missing.exitCode, 1)
      assert.equal(missing.stdout, '')
      assert.match(missing.stderr, /No key exists/)
    })

    it('takes standard input', async () => {
      const { h1 } = lab()
      await h1.run('arpanet consul kv put piped -', { input: 'one\ntwo' })
      assert.equal((await h1.run('arpanet kv get piped')).stdout, 'one\ntwo')
    })

    it('leaves --help and every other flag to the program', async () => {
      const { h1 } = lab()
      assert.match((await h1.exec('arpanet consul members --help')).stdout, /^Usage: consul members/)
      assert.match((await h1.run('arpanet consul --help')).stdout, /arpanet consul CONSUL_ARGS/)
    })

    /**
     * Number, on the host, of the process whose command line matches. The oldest: a child that has not yet become
     * another program has its parent's command line.
     */
    const pid = async (pattern: string) =>
      (await lab().h1.exec(['pgrep', '-o', '-f', pattern])).stdout.trim() || undefined

    for (const [what, key, tty] of [
      ['gives it a terminal where there is one', 'terminal', true],
      ['gives it none where there is none', 'none', false],
    ] as const) {
      it(what, async () => {
        const { h1 } = lab()
        const running = h1.exec(`arpanet consul watch -type=key -key=${key} true`, { tty })
        const program = await eventually('the program runs', () => pid(`^consul watch.*=${key} `))
        const input = (await h1.run(`readlink /proc/${program}/fd/0`)).stdout
        assert.equal(input.startsWith('/dev/pts/'), tty, input)
        await h1.run(`kill -TERM ${program}`)
        assert.notEqual((await running).exitCode, 124)
      })
    }

    for (const signal of ['TERM', 'INT']) {
      it(`passes SIG${signal} on, and the program ends`, async () => {
        const { h1 } = lab()
        const running = h1.exec(`exec arpanet consul watch -type=key -key=${signal} true`)
        await eventually('the program runs', () => pid(`^consul watch.*=${signal} `))
        await h1.run(`kill -${signal} ${await pid(`^docker run .* consul watch.*=${signal} `)}`)
        assert.notEqual((await running).exitCode, 124)
        assert.equal(await pid(`^consul watch.*=${signal} `), undefined)
      })
    }
  })
})
