import assert from 'node:assert/strict'
import fc from 'fast-check'
import { textOf } from '../../../src/drivers/docker/logs.ts'

function frame(text: string, stream = 1): Buffer {
  const head = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0])
  head.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([head, Buffer.from(text)])
}

describe("a container's log", () => {
  it('is its frames, standard output and error as they came', () => {
    assert.equal(
      textOf(Buffer.concat([frame('one\n'), frame('two\n', 2), frame('three')])),
      'one\ntwo\nthree',
    )
  })

  it('may be cut off within a frame, or within its head', () => {
    const log = Buffer.concat([frame('one\n'), frame('two\n')])
    assert.equal(textOf(log.subarray(0, -2)), 'one\ntw')
    assert.equal(textOf(log.subarray(0, 14)), 'one\n')
    assert.equal(textOf(Buffer.alloc(0)), '')
  })

  it('is the same text however it is framed', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (parts) => {
        assert.equal(textOf(Buffer.concat(parts.map((part) => frame(part)))), parts.join(''))
      }),
    )
  })
})
