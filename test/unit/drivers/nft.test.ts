import assert from 'node:assert/strict'
import { connect } from '../../../src/drivers/nft.ts'
import { unavailable } from '../../../src/errors.ts'

describe('nft', () => {
  const answering = (answer: () => Promise<string>) =>
    connect({ run: answer, follow: () => Promise.resolve() })
  const failing = (message: string) => answering(() => Promise.reject(unavailable(message)))

  it('lists nothing where there is no table', async () => {
    const said = 'nft: ended with 1: Error: No such file or directory\nlist table inet arpanet\n     ^^^'
    assert.deepEqual(await failing(said).list('arpanet'), [])
  })

  it('refuses a listing that is none', async () => {
    await assert.rejects(answering(() => Promise.resolve('table inet')).list('arpanet'), /is no JSON/)
  })

  it('says what is wrong with which line of a script', async () => {
    const said =
      'nft: ended with 1: /dev/stdin:1:25-31: Error: Device or resource busy\ndelete map inet arpanet m\n   ^^^, 0 was expected'
    await assert.rejects(failing(said).apply('delete map inet arpanet m\n'), {
      kind: 'unavailable',
      message: 'nft: Device or resource busy: delete map inet arpanet m',
    })
  })

  it('tells of tables of all families, as of those that iptables has', async () => {
    const lines = [
      'add table inet arpanet_probe',
      'delete rule ip filter DOCKER-USER handle 2',
      'add element inet arpanet routes4 { 192.0.2.1 }',
      '# new generation 5 by process 16717 (iptables)',
    ]
    const told: string[] = []
    const nft = connect({
      run: () => Promise.resolve(''),
      follow: (_argv, line) => {
        lines.forEach(line)
        return Promise.resolve()
      },
    })
    await nft.changes(
      (table) => told.push(table),
      () => undefined,
      new AbortController().signal,
    )
    assert.deepEqual(told, ['filter', 'arpanet'])
  })

  it('runs nothing for a script without a line', () => failing('it was run').apply(''))
})
