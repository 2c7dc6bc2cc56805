import assert from 'node:assert/strict'
import { ArpanetError } from '../../../src/errors.ts'
import type { Container } from '../../../src/model/container.ts'
import { launch, waitUntilReady } from '../../../src/stack/launch.ts'
import { labelsOf, planContainer } from '../../../src/stack/plan.ts'
import { aContainer, aSpec, fakeDocker, type EngineState } from '../../support/docker.ts'

const spec = aSpec()
const other = aSpec({ args: ['serve', '-port=81'], image: 'example/web:0' })
const ours = (changes: Partial<Container> = {}) =>
  aContainer({ imageId: 'sha256:now', labels: labelsOf('web', spec), ...changes })
const neighbours = [
  aContainer({ name: 'arpanet_web1', labels: labelsOf('web', spec) }),
  aContainer({ name: 'my_arpanet_web' }),
]
const images = { 'example/web:1': 'sha256:now', 'example/web:0': 'sha256:before' }

/** What a host may look like before a launch, and what the launch then changes. */
const states: Record<string, { from: EngineState; changes: string[] }> = {
  absent: { from: { images }, changes: ['create arpanet_web', 'start arpanet_web'] },
  'absent, the image to be pulled': {
    from: { registry: images },
    changes: ['pull example/web:1', 'create arpanet_web', 'start arpanet_web'],
  },
  'ours, current and running': { from: { images, containers: [ours()] }, changes: [] },
  'ours, current and running, its image gone from the host': { from: { containers: [ours()] }, changes: [] },
  'ours, current and ended': {
    from: { images, containers: [ours({ state: 'exited' })] },
    changes: ['start arpanet_web'],
  },
  'ours, current and created only': {
    from: { images, containers: [ours({ state: 'created' })] },
    changes: ['start arpanet_web'],
  },
  'ours, current and restarting over and over': {
    from: { images, containers: [ours({ state: 'restarting' })] },
    changes: ['start arpanet_web'],
  },
  'ours, of another spec and running': {
    from: { images, containers: [ours({ labels: labelsOf('web', other), imageId: 'sha256:before' })] },
    changes: ['stop arpanet_web SIGTERM', 'remove arpanet_web', 'create arpanet_web', 'start arpanet_web'],
  },
  'ours, of another spec and ended': {
    from: { images, containers: [ours({ state: 'exited', labels: labelsOf('web', other) })] },
    changes: ['remove arpanet_web', 'create arpanet_web', 'start arpanet_web'],
  },
  'ours, of another spec, the image to be pulled': {
    from: { registry: images, containers: [ours({ labels: labelsOf('web', other) })] },
    changes: [
      'pull example/web:1',
      'stop arpanet_web SIGTERM',
      'remove arpanet_web',
      'create arpanet_web',
      'start arpanet_web',
    ],
  },
  'ours, of an older image': {
    from: { images, containers: [ours({ imageId: 'sha256:before' })] },
    changes: ['stop arpanet_web SIGTERM', 'remove arpanet_web', 'create arpanet_web', 'start arpanet_web'],
  },
  'ours, made by another version': {
    from: { images, containers: [ours({ labels: { 'arpanet.service': 'web' } })] },
    changes: ['stop arpanet_web SIGTERM', 'remove arpanet_web', 'create arpanet_web', 'start arpanet_web'],
  },
}

const silent = () => undefined
/** No terminal; what is written there goes to `told`. */
const paperOf = (told: string[]) => ({
  write: (text: string) => void told.push(text),
  columns: () => undefined,
})
const unread = paperOf([])

describe('launch', () => {
  for (const [state, { from, changes }] of Object.entries(states)) {
    it(`from ${state} reaches what is wanted in one pass, and then has nothing to do`, async () => {
      const docker = fakeDocker({ ...from, containers: [...(from.containers ?? []), ...neighbours] })
      await launch('web', spec, docker, silent, unread)
      assert.deepEqual(docker.changes, changes)

      const actual = await docker.containers.find('arpanet_web')
      assert.equal(actual?.state, 'running')
      assert.equal(actual.imageId, 'sha256:now')
      const imageId = await docker.images.id('example/web:1')
      assert.deepEqual(planContainer({ service: 'web', spec, imageId }, actual), { kind: 'steps', steps: [] })

      assert.deepEqual(await launch('web', spec, docker, silent, unread), [])
      assert.deepEqual(docker.changes, changes)
      assert.deepEqual(
        docker.all().filter(({ name }) => name !== 'arpanet_web'),
        neighbours,
      )
    })
  }

  for (const [before] of Object.entries(states)) {
    it(`from what is reached from ${before} goes to another spec and back`, async () => {
      const docker = fakeDocker({ images, ...states[before]?.from, registry: images })
      for (const wanted of [spec, other, spec]) {
        await launch('web', wanted, docker, silent, unread)
        assert.deepEqual(await launch('web', wanted, docker, silent, unread), [])
      }
      const [container] = docker.all()
      assert.deepEqual([container?.image, container?.state], ['example/web:1', 'running'])
    })
  }

  for (const state of ['running', 'exited'] as const) {
    it(`leaves a ${state} container alone that arpanet did not make, and says how to make room`, async () => {
      const foreign = aContainer({ state, image: 'somebody/else:1' })
      const docker = fakeDocker({ images, containers: [foreign] })
      await assert.rejects(launch('web', spec, docker, silent, unread), (error: ArpanetError) => {
        assert.equal(
          error.message,
          'web: container arpanet_web (somebody/else:1) was not made by arpanet, expected the name free',
        )
        assert.equal(error.hint, 'docker rename arpanet_web arpanet_web_other')
        return error.exitCode === 5
      })
      assert.deepEqual(docker.changes, [])
      assert.deepEqual(docker.all(), [foreign])
    })
  }

  it('keeps what runs where the new image cannot be had', async () => {
    const running = ours({ labels: labelsOf('web', other) })
    const docker = fakeDocker({ containers: [running] })
    await assert.rejects(launch('web', spec, docker, silent, unread), /cannot pull example\/web:1/)
    assert.deepEqual(docker.all(), [running])
  })

  it('tells of every step before it is taken, with its reason and what differs', async () => {
    const docker = fakeDocker({ images, containers: [ours({ labels: labelsOf('web', other) })] })
    const told: string[] = []
    await launch('web', spec, docker, (line) => told.push(`${docker.changes.length}: ${line}`), unread)
    assert.deepEqual(told, [
      '0: remove arpanet_web: it is not what is wanted now',
      '0:   - image example/web:0',
      '0:   - argument -port=81',
      '0:   + image example/web:1',
      '0:   + argument -port=80',
      '2: create arpanet_web: in its place',
      '3: start arpanet_web: created',
    ])
  })

  const downloading = { status: 'Downloading', id: 'x', progressDetail: { current: 8e6, total: 1e7 } }

  it('shows how far a pull is before it takes the first step', async () => {
    const told: string[] = []
    const docker = fakeDocker({ registry: images, events: [downloading] })
    await launch('web', spec, docker, (line) => told.push(line), paperOf(told))
    assert.deepEqual(told, [
      'example/web:1: pulling\n',
      'example/web:1: 8.0 of 10.0 MB, 0 of 1 layers\n',
      'example/web:1: pulled (8.0 of 10.0 MB, 0 of 1 layers)\n',
      'create arpanet_web: there is none',
      'start arpanet_web: created',
    ])
  })

  it('draws a pull in its place on a terminal', async () => {
    const told: string[] = []
    const paper = { ...paperOf(told), columns: () => 80 }
    await launch('web', spec, fakeDocker({ registry: images, events: [downloading] }), silent, paper)
    assert.equal(told.length, 3)
    assert.equal(told.at(-1), '\x1b[1A\rexample/web:1  pulled (8.0 of 10.0 MB, 0 of 1 layers)\x1b[K\n')
  })

  it('says that an image was not pulled, and leaves the reason to the error', async () => {
    const told: string[] = []
    const docker = fakeDocker({ events: [downloading] })
    await assert.rejects(
      launch('web', spec, docker, silent, paperOf(told)),
      /^ArpanetError: Docker: cannot pull example\/web:1: manifest/,
    )
    assert.equal(told.at(-1), 'example/web:1: not pulled (8.0 of 10.0 MB, 0 of 1 layers)\n')
  })
})

describe('wait until ready', () => {
  const url = 'http://192.0.2.1:80/'
  const readiness = (budgetMs: number) => ({ kind: 'http' as const, url, budgetMs })
  const wait = (
    docker: ReturnType<typeof fakeDocker>,
    http: () => Promise<number | undefined>,
    budgetMs = 5_000,
  ) => waitUntilReady('web', 'arpanet_web', readiness(budgetMs), docker.containers, http)

  it('ends with the first good answer', async () => {
    const answers = [undefined, 503, 200]
    await wait(fakeDocker({ containers: [ours()] }), () => Promise.resolve(answers.shift()))
    assert.deepEqual(answers, [])
  })

  it('says when nobody answered in time', async () => {
    await assert.rejects(
      wait(fakeDocker({ containers: [ours()] }), () => Promise.resolve(503), 0),
      { message: `web: no answer at ${url} in 0 s`, hint: 'docker logs arpanet_web', exitCode: 4 },
    )
  })

  it('says when the container was removed meanwhile', async () => {
    await assert.rejects(
      wait(fakeDocker({}), () => Promise.resolve(undefined)),
      { message: 'web: container arpanet_web was removed while it started', exitCode: 4 },
    )
  })

  const crashes: Record<string, Partial<Container>> = {
    'has ended': { state: 'exited', exitCode: 7 },
    'was started again by Docker': { state: 'running', restarts: 1, exitCode: 7 },
    'is being started again': { state: 'restarting', restarts: 3, exitCode: 7 },
  }
  for (const [what, changes] of Object.entries(crashes)) {
    it(`says what a container wrote that ${what}, and lets it rest`, async () => {
      const docker = fakeDocker({ containers: [ours(changes)], log: ['error: bad luck'] })
      await assert.rejects(
        wait(docker, () => Promise.resolve(undefined)),
        { message: 'web: ended with status 7 right after its start: error: bad luck' },
      )
      assert.equal(docker.all()[0]?.state, 'exited')
    })
  }

  it('says with what status a container ends that Docker has just started again', async () => {
    const { containers, ...docker } = fakeDocker({ containers: [ours()], log: ['error: bad luck'] })
    const seen = [ours({ restarts: 1, exitCode: 0 }), ours({ state: 'restarting', restarts: 1, exitCode: 7 })]
    const find = () => Promise.resolve(seen.shift())
    const stop = () => Promise.resolve()
    await assert.rejects(
      wait({ ...docker, containers: { ...containers, find, stop } }, () => Promise.resolve(undefined)),
      { message: 'web: ended with status 7 right after its start: error: bad luck' },
    )
  })
})
