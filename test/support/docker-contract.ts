import assert from 'node:assert/strict'
import type { Docker } from '../../src/drivers/docker/docker.ts'
import type { ContainerSpec } from '../../src/model/container-spec.ts'

/** What every engine does, real or fake; `image` is here, keeps running with the arguments `sleep 1000`, and has `sh`. */
export function dockerContract(make: () => Docker, image: string): void {
  const spec = (changes: Partial<ContainerSpec> = {}): ContainerSpec => ({
    name: 'contract_a',
    image,
    args: ['sleep', '1000'],
    environment: { SOME: 'thing with = and spaces' },
    mounts: [{ source: '/tmp/contract', target: '/data', readOnly: true }],
    network: 'host',
    capabilities: ['NET_BIND_SERVICE'],
    restart: 'unless-stopped',
    ...changes,
  })
  const containers = () => make().containers
  const stateOf = async (name: string) => (await containers().find(name))?.state

  afterEach(async () => {
    for (const name of ['contract_a', 'contract_ab']) await containers().remove(name)
  })

  it('finds nothing where there is no container of that name', async () => {
    assert.equal(await containers().find('contract_a'), undefined)
  })

  it('makes a container, which does not run yet, with its labels', async () => {
    await containers().create(spec(), { one: '1', two: 'a b' })
    const made = await containers().find('contract_a')
    assert.equal(made?.name, 'contract_a')
    assert.equal(made.image, image)
    assert.equal(made.imageId, await make().images.id(image))
    assert.equal(made.state, 'created')
    assert.equal(made.labels.one, '1')
    assert.equal(made.labels.two, 'a b')
  })

  it('finds a container by its whole name only', async () => {
    await containers().create(spec({ name: 'contract_ab' }), {})
    const id = (await containers().find('contract_ab'))?.id ?? ''
    assert.equal(await containers().find('contract_a'), undefined)
    assert.equal(await containers().find(id.slice(0, 12)), undefined)
  })

  it('starts, and starts again without complaint', async () => {
    await containers().create(spec(), {})
    await containers().start('contract_a')
    await containers().start('contract_a')
    assert.equal(await stateOf('contract_a'), 'running')
  })

  it('stops with a signal, and what is stopped or missing without complaint', async () => {
    await containers().create(spec(), {})
    await containers().start('contract_a')
    await containers().stop('contract_a', 'SIGTERM', 500)
    assert.equal(await stateOf('contract_a'), 'exited')
    await containers().stop('contract_a', 'SIGINT', 500)
    await containers().stop('contract_ab', 'SIGTERM', 500)
    assert.equal(await stateOf('contract_a'), 'exited')
  })

  it('removes a container that runs, and none without complaint', async () => {
    await containers().create(spec(), {})
    await containers().start('contract_a')
    await containers().remove('contract_a')
    await containers().remove('contract_a')
    assert.equal(await containers().find('contract_a'), undefined)
  })

  it('refuses a name that is taken, an image that is not here and a container that is not there', async () => {
    await containers().create(spec(), {})
    const refusals = [
      containers().create(spec(), {}),
      containers().create(spec({ name: 'contract_ab', image: 'no/such:image' }), {}),
      containers().start('contract_ab'),
    ]
    for (const refusal of refusals) {
      await assert.rejects(refusal, {
        name: 'ArpanetError',
        kind: 'unavailable',
        message: /^Docker: cannot /,
      })
    }
  })

  it('knows the images that are here and those that are not', async () => {
    assert.match((await make().images.id(image)) ?? '', /^sha256:/)
    assert.equal(await make().images.id('no/such:image'), undefined)
  })
}
