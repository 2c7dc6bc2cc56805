import assert from 'node:assert/strict'
import Pull from '../../../src/commands/pull.ts'
import { runOn } from '../../support/command.ts'
import { fakeDocker, type EngineState } from '../../support/docker.ts'

/** Services may name the same image: it is pulled once. */
const settings = { ARPANET_IMAGE: 'a/one:1', CONSUL_IMAGE: 'a/two', CADVISOR_IMAGE: 'a/two' }
const both = { 'a/one:1': 'sha256:1', 'a/two:latest': 'sha256:2' }

const pull = async (state: EngineState, ...argv: string[]) => {
  const docker = fakeDocker(state)
  return { seen: await runOn({ docker, settings }, Pull, 'pull', ...argv), changes: docker.changes }
}

describe('pull', () => {
  it('uses the images of all services, and of arpanet', () => {
    assert.ok(Pull.uses.includes('ARPANET_IMAGE') && Pull.uses.includes('CONSUL_IMAGE'))
    assert.equal(new Set(Pull.uses).size, Pull.uses.length)
  })

  it('pulls what is not here, and tells how it gets on', async () => {
    const events = [{ status: 'Downloading', id: 'x', progressDetail: { current: 8e6, total: 1e7 } }]
    const { seen, changes } = await pull({ registry: both, events })
    assert.deepEqual(changes, ['pull a/one:1', 'pull a/two:latest'])
    assert.deepEqual(seen, {
      stdout: '2 images on this host: 2 pulled\n',
      stderr: `a/one:1: pulling
a/two:latest: pulling
a/one:1: 8.0 of 10.0 MB, 0 of 1 layers
a/two:latest: 8.0 of 10.0 MB, 0 of 1 layers
a/one:1: pulled (8.0 of 10.0 MB, 0 of 1 layers)
a/two:latest: pulled (8.0 of 10.0 MB, 0 of 1 layers)
`,
      exitCode: 0,
    })
  })

  it('does not ask for what is here', async () => {
    const { seen, changes } = await pull({ images: both, registry: both })
    assert.deepEqual(changes, [])
    assert.deepEqual(seen, { stdout: '2 images on this host: 2 here already\n', stderr: '', exitCode: 0 })
  })

  it('asks for what is here when it is told to, and says what was new', async () => {
    const images = { ...both, 'a/two:latest': 'sha256:old' }
    const { seen, changes } = await pull({ images, registry: both }, '--force')
    assert.deepEqual(changes, ['pull a/one:1', 'pull a/two:latest'])
    assert.equal(seen.stdout, '2 images on this host: 1 pulled, 1 up to date\n')
  })

  it('goes on when one fails, lists what came and what did not, and exits 4', async () => {
    const { seen, changes } = await pull({ registry: { 'a/two:latest': 'sha256:2' } })
    assert.deepEqual(changes, ['pull a/two:latest'])
    assert.deepEqual([seen.stdout, seen.exitCode], ['', 4])
    assert.match(seen.stderr, /^a\/one:1: not pulled: manifest for a\/one:1 not found$/m)
    assert.ok(
      seen.stderr.endsWith(`pull: 1 of 2 images did not come
  a/one:1       not pulled: manifest for a/one:1 not found
  a/two:latest  pulled
`),
      seen.stderr,
    )
  })
})
