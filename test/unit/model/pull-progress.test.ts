import assert from 'node:assert/strict'
import {
  afterEvent,
  bar,
  formatSum,
  nothingPulled,
  quarterOf,
  sumOf,
  type PullEvent,
} from '../../../src/model/pull-progress.ts'

const after = (...events: PullEvent[]) => events.reduce(afterEvent, nothingPulled)
const downloading = (id: string, current: number, total: number): PullEvent => ({
  status: 'Downloading',
  id,
  progressDetail: { current, total },
})
const told = (status: string, id: string): PullEvent => ({ status, id, progressDetail: {} })

describe('the progress of a pull', () => {
  it('counts layers and their bytes', () => {
    const progress = after(
      { status: 'Pulling from library/x', id: '1.0' },
      told('Pulling fs layer', 'a'),
      told('Pulling fs layer', 'b'),
      told('Already exists', 'c'),
      told('Waiting', 'b'),
      downloading('a', 500_000, 2_000_000),
    )
    assert.deepEqual(sumOf(progress), { doneBytes: 500_000, totalBytes: 2_000_000, doneLayers: 1, layers: 3 })
    assert.equal(formatSum(sumOf(progress)), '0.5 of 2.0 MB, 1 of 3 layers')
  })

  it('takes a layer as loaded when Docker says so, and as done when it is unpacked', () => {
    const loaded = after(downloading('a', 1, 10), told('Download complete', 'a'))
    assert.deepEqual(sumOf(loaded), { doneBytes: 10, totalBytes: 10, doneLayers: 0, layers: 1 })
    assert.equal(sumOf(afterEvent(loaded, told('Pull complete', 'a'))).doneLayers, 1)
  })

  it('does not take seconds of unpacking for bytes', () => {
    const unpacking = { status: 'Extracting', id: 'a', progressDetail: { current: 3, units: 's' } }
    assert.equal(sumOf(after(downloading('a', 9, 10), unpacking)).doneBytes, 10)
  })

  it('counts what comes where the registry does not say how much there is', () => {
    assert.equal(sumOf(after(downloading('a', 7, -1))).totalBytes, 7)
  })

  it('leaves what says nothing of a layer alone', () => {
    for (const event of [
      { status: 'Digest: sha256:1' },
      { status: 'Retrying in 1 second', id: 'a' },
      told('Download complete', 'tag'),
      {},
    ]) {
      assert.equal(afterEvent(nothingPulled, event), nothingPulled)
    }
  })

  it('is told of in quarters, of layers that have not begun too', () => {
    const waiting = [told('Pulling fs layer', 'a'), told('Pulling fs layer', 'b')]
    assert.equal(quarterOf(after(...waiting)), 0)
    assert.equal(quarterOf(after(...waiting, downloading('a', 10, 10))), 2)
    assert.equal(quarterOf(after(...waiting, downloading('a', 10, 10), downloading('b', 10, 10))), 3)
  })
})

describe('a bar', () => {
  for (const [done, total, drawn] of [
    [0, 0, '[          ]'],
    [0, 10, '[          ]'],
    [1, 10, '[>         ]'],
    [5, 10, '[====>     ]'],
    [10, 10, '[==========]'],
    [20, 10, '[==========]'],
  ] as const) {
    it(`is ${drawn} for ${done} of ${total}`, () => assert.equal(bar(done, total, 12), drawn))
  }
})
