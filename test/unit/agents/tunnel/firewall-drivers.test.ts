import assert from 'node:assert/strict'
import type { FirewallStep } from '../../../../src/agents/tunnel/desired/firewall/step.ts'
import { readFirewall } from '../../../../src/agents/tunnel/firewall/read.ts'
import { takeFirewall } from '../../../../src/agents/tunnel/firewall/take.ts'
import { unavailable } from '../../../../src/errors.ts'

describe('the drivers of the firewall', () => {
  /** An nft that answers so, and what it was handed. */
  const reading = async (answers: { list?: readonly unknown[] | Error; apply?: Error; forward?: string }) => {
    const { list = [], apply, forward = '1\n' } = answers
    const scripts: string[] = []
    const actual = await readFirewall({
      iptables: { rules: () => Promise.resolve([]) },
      nft: {
        list: () => (list instanceof Error ? Promise.reject(list) : Promise.resolve(list)),
        apply: (script) => {
          scripts.push(script)
          return apply === undefined ? Promise.resolve() : Promise.reject(apply)
        },
      },
      files: { readText: () => Promise.resolve(forward) },
    })
    return { ...actual, scripts }
  }

  it('try the table where there is none, and leave nothing of it', async () => {
    const { table, scripts } = await reading({})
    assert.equal(table, undefined)
    assert.equal(scripts.length, 1)
    assert.match(scripts[0]!, /delete table inet arpanet_tunnel_attempt\n$/)
  })

  it('try nothing where there is one', async () => {
    const { table, scripts } = await reading({ list: [{ table: { name: 'arpanet_tunnel' } }] })
    assert.deepEqual(scripts, [])
    assert.equal((table as { fault: string }).fault, 'it has no chain inside_gre')
  })

  it('say why there can be none', async () => {
    const [no, half] = [
      unavailable('nft: Protocol not supported'),
      unavailable('nft: No such file or directory: add set'),
    ]
    assert.equal((await reading({ list: no })).table, no.message)
    assert.equal((await reading({ apply: half })).table, half.message)
  })

  it('do not take what cannot be read for what is not there', async () => {
    const denied = unavailable('nft: Operation not permitted')
    await assert.rejects(reading({ list: denied }), denied)
    await assert.rejects(reading({ apply: denied }), denied)
  })

  it('read whether the kernel passes packets on', async () => {
    assert.equal((await reading({})).forwards, true)
    assert.equal((await reading({ forward: '0\n' })).forwards, false)
  })

  it('take those of one program that follow one another as one batch', async () => {
    const taken: string[] = []
    const hands = {
      nft: { apply: (script: string) => Promise.resolve(void taken.push(`nft: ${script}`)) },
      iptables: {
        apply: (engine: string, changes: readonly { table: string; line: string }[]) =>
          Promise.resolve(
            void taken.push(`${engine}: ${changes.map(({ table, line }) => `${table} ${line}`).join()}`),
          ),
      },
    }
    const about = { verb: 'add', target: 'it', reason: 'it is wanted' } as const
    const nft = (line: string): FirewallStep => ({ ...about, program: 'nft', lines: [line] })
    const rule = (engine: 'nft' | 'legacy', table: string, line: string): FirewallStep => ({
      ...about,
      program: 'iptables',
      engine,
      table,
      lines: [line],
    })
    await takeFirewall(
      [
        nft('a'),
        nft('b'),
        rule('nft', 'filter', 'c'),
        rule('nft', 'nat', 'd'),
        rule('legacy', 'nat', 'e'),
        nft('f'),
      ],
      hands,
    )
    assert.deepEqual(taken, ['nft: a\nb\n', 'nft: filter c,nat d', 'legacy: nat e', 'nft: f\n'])
    await takeFirewall([], hands)
    assert.equal(taken.length, 4)
  })
})
