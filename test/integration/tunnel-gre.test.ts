import assert from 'node:assert/strict'
import { inKernelWithGre } from '../support/gre-kernel.ts'

describe('a kernel with gre', function () {
  this.timeout(120_000)

  it('runs a program on the files of this machine, and gives what it said', async () => {
    const script =
      'pwd; echo "$1" >&2; echo changed >README.md; ip link add name g type gre key 7; ip -br link; exit 3'
    const { exitCode, stdout, stderr } = await inKernelWithGre(['sh', '-c', script, 'sh', "a 'word'\n"])
    assert.deepEqual([exitCode, stderr], [3, "a 'word'\n\n"])
    assert.ok(stdout.startsWith(`${process.cwd()}\n`))
    assert.match(stdout, /^g@NONE /m)
  })

  it('ends a program that takes too long, and gives what it said until then', async () => {
    const { exitCode, stdout } = await inKernelWithGre(['sh', '-c', 'echo said; sleep 1000'], {
      timeoutMs: 1000,
    })
    assert.deepEqual([exitCode, stdout], [124, 'said\n'])
  })
})
