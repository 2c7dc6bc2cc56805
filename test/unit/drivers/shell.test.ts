import assert from 'node:assert/strict'
import { local } from '../../../src/drivers/shell.ts'

describe('programs on this host', () => {
  const node = (script: string) => [process.execPath, '-e', script]

  it('are given arguments and input as they are', async () => {
    const script = 'process.stdin.on("data", (text) => console.log(process.argv[1], String(text)))'
    assert.equal(await local.run([...node(script), '$HOME *'], 'input'), '$HOME * input\n')
  })

  it('say why they failed', async () => {
    await assert.rejects(local.run(node('console.error("so it is"); process.exit(3)')), {
      kind: 'unavailable',
      message: `${process.execPath}: ended with 3: so it is, 0 was expected`,
    })
  })

  it('are named with their package where they are missing', async () => {
    await assert.rejects(local.run(['no-such-program']), {
      kind: 'precondition',
      hint: 'apt-get install no-such-program',
    })
  })

  it('are followed line by line, until nobody wants to any more', async () => {
    const [lines, stop, told] = [[] as string[], new AbortController(), [] as string[]]
    const script = 'console.log("one\\ntwo"); setInterval(() => 0, 1000)'
    const take = (line: string) => {
      lines.push(line)
      if (lines.length === 2) stop.abort()
    }
    await local.follow(node(script), take, () => told.push('opened'), stop.signal)
    assert.deepEqual([lines, told], [['one', 'two'], ['opened']])
  })

  it('that are followed say why they failed', async () => {
    const following = local.follow(
      node('console.error("so it is"); process.exit(3)'),
      () => undefined,
      () => undefined,
      new AbortController().signal,
    )
    await assert.rejects(following, /ended with 3: so it is/)
  })
})
