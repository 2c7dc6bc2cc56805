import assert from 'node:assert/strict'
import { planContainer } from '../../../src/stack/plan.ts'
import { labelsOf } from '../../../src/stack/plan.ts'
import { backends } from '../../../src/services/backends.ts'
import { aContainer } from '../../support/docker.ts'

const host = { name: 'h1', addresses: [], bridgeAddress: '172.17.0.1', resolvers: [], hasIpv6: true }
const spec = (image: string) =>
  backends.spec({ AMBASSADORD_IMAGE: image, AMBASSADOR_NAME: 'arpanet_backends' }, host, undefined)

describe('the container that others connect to', () => {
  const made = spec('arpanet:1')
  const there = aContainer({
    name: made.name,
    image: made.image,
    imageId: 'sha256:1',
    state: 'running',
    labels: labelsOf('backends', made),
  })

  it('has one right, in a network of its own, and its process none', () => {
    assert.deepEqual([made.capabilities, made.user, made.network], [['NET_ADMIN'], '65534:65534', 'bridge'])
  })

  it('stays as it is for another image, and for a newer one of the same name', () => {
    for (const [image, imageId] of [
      ['arpanet:2', 'sha256:2'],
      ['arpanet:1', 'sha256:2'],
    ] as const) {
      assert.deepEqual(planContainer({ service: 'backends', spec: spec(image), imageId }, there), {
        kind: 'steps',
        steps: [],
      })
    }
  })

  it('is made anew for anything else, and the image is no reason', () => {
    const wanted = { ...spec('arpanet:2'), capabilities: [] }
    const plan = planContainer({ service: 'backends', spec: wanted, imageId: 'sha256:2' }, there)
    assert.ok(plan.kind === 'steps')
    assert.deepEqual(
      plan.steps.map(({ verb, details }) => [verb, details]),
      [
        ['remove', ['- capability NET_ADMIN']],
        ['create', undefined],
        ['start', undefined],
      ],
    )
  })
})
