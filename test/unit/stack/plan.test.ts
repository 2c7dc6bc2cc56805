import assert from 'node:assert/strict'
import { serviceLabel, specLabel } from '../../../src/model/container-spec.ts'
import type { Container } from '../../../src/model/container.ts'
import { labelsOf, planContainer, type Step } from '../../../src/stack/plan.ts'
import { aContainer, aSpec } from '../../support/docker.ts'

const spec = aSpec()
const wanted = { service: 'web', spec, imageId: 'sha256:now' }
const ours = (changes: Partial<Container> = {}) =>
  aContainer({ imageId: 'sha256:now', labels: labelsOf('web', spec), ...changes })

const step = (verb: Step['verb'], reason: string, details?: string[]): Step => ({
  verb,
  target: 'arpanet_web',
  reason,
  ...(details && { details }),
})
const replaced = (...details: string[]) => [
  step('remove', 'it is not what is wanted now', details),
  step('create', 'in its place'),
  step('start', 'created'),
]

describe('plan', () => {
  const plans: Record<
    string,
    { actual: Container | undefined; imageId?: string | undefined; steps: Step[] }
  > = {
    'a container that is not there is created and started': {
      actual: undefined,
      steps: [step('create', 'there is none'), step('start', 'created')],
    },
    'a container that is up to date stays as it is': { actual: ours(), steps: [] },
    'a container that is paused stays as it is': { actual: ours({ state: 'paused' }), steps: [] },
    'a container that has ended is started': {
      actual: ours({ state: 'exited' }),
      steps: [step('start', 'it is exited')],
    },
    'a container that was only created is started': {
      actual: ours({ state: 'created' }),
      steps: [step('start', 'it is created')],
    },
    'a container of another spec is made anew, and what differs is said': {
      actual: ours({ labels: labelsOf('web', aSpec({ args: ['serve', '-port=81'] })) }),
      steps: replaced('- argument -port=81', '+ argument -port=80'),
    },
    'a container of another spec that has ended is made anew too': {
      actual: ours({ state: 'exited', labels: labelsOf('web', aSpec({ args: ['serve'] })) }),
      steps: replaced('+ argument -port=80'),
    },
    'a container whose label nobody can read is made anew': {
      actual: ours({ labels: { [serviceLabel]: 'web', [specLabel]: '?' } }),
      steps: replaced('made by another version of arpanet'),
    },
    'a container of an older image of the same name is made anew': {
      actual: ours({ imageId: 'sha256:before' }),
      steps: replaced('example/web:1 stands for a newer image'),
    },
    'a container whose image is gone from the host goes on': {
      actual: ours(),
      imageId: undefined,
      steps: [],
    },
    'another image of another name is one difference': {
      actual: ours({ imageId: 'sha256:before', labels: labelsOf('web', aSpec({ image: 'example/web:0' })) }),
      steps: replaced('- image example/web:0', '+ image example/web:1'),
    },
  }
  for (const [title, { actual, steps, ...image }] of Object.entries(plans)) {
    it(title, () => {
      assert.deepEqual(planContainer({ ...wanted, ...image }, actual), { kind: 'steps', steps })
    })
  }

  const foreign: Record<string, Record<string, string>> = {
    'without labels': {},
    'of another service': labelsOf('other', spec),
    'with our spec but not our mark': { [specLabel]: labelsOf('web', spec)[specLabel] ?? '' },
  }
  for (const [what, labels] of Object.entries(foreign)) {
    it(`a container ${what} is a conflict`, () => {
      assert.deepEqual(planContainer(wanted, ours({ labels })), { kind: 'conflict', image: 'example/web:1' })
    })
  }
})
