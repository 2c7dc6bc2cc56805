import assert from 'node:assert/strict'
import { PullBoard } from '../../../src/model/pull-board.ts'

function boardOn(columns: number | undefined, ...images: string[]) {
  const written: string[] = []
  const paper = { write: (text: string) => void written.push(text), columns: () => columns }
  return { board: new PullBoard(images, paper), written }
}

const downloading = (current: number) => ({
  status: 'Downloading',
  id: 'a',
  progressDetail: { current, total: 100_000_000 },
})

describe('a board of pulls', () => {
  it('writes a line for every quarter where there is no terminal', () => {
    const { board, written } = boardOn(undefined, 'a:1', 'bb:1')
    for (let bytes = 0; bytes <= 100_000_000; bytes += 100_000) board.event('a:1', downloading(bytes))
    board.end('a:1', 'pulled')
    board.end('bb:1', 'not pulled: no such\nthing')
    assert.deepEqual(written, [
      'a:1: pulling\n',
      'bb:1: pulling\n',
      'a:1: 25.0 of 100.0 MB, 0 of 1 layers\n',
      'a:1: 50.0 of 100.0 MB, 0 of 1 layers\n',
      'a:1: 75.0 of 100.0 MB, 0 of 1 layers\n',
      'a:1: pulled (100.0 of 100.0 MB, 0 of 1 layers)\n',
      'bb:1: not pulled: no such\nthing\n',
    ])
  })

  it('draws a line for each again in its place on a terminal', () => {
    const { board, written } = boardOn(80, 'a:1', 'bb:1')
    board.event('a:1', downloading(50_000_000))
    board.event('a:1', downloading(50_000_000))
    board.end('bb:1', 'pulled')
    assert.deepEqual(written, [
      '\ra:1   [                    ] 0.0 of 0.0 MB, 0 of 0 layers\x1b[K\n' +
        '\rbb:1  [                    ] 0.0 of 0.0 MB, 0 of 0 layers\x1b[K\n',
      '\x1b[2A\ra:1   [=========>          ] 50.0 of 100.0 MB, 0 of 1 layers\x1b[K\n' +
        '\rbb:1  [                    ] 0.0 of 0.0 MB, 0 of 0 layers\x1b[K\n',
      '\x1b[2A\ra:1   [=========>          ] 50.0 of 100.0 MB, 0 of 1 layers\x1b[K\n' +
        '\rbb:1  pulled\x1b[K\n',
    ])
  })

  it('cuts a line that a narrow terminal would wrap', () => {
    const { written } = boardOn(10, 'a-long-name:1')
    assert.deepEqual(written, ['\ra-long-na\x1b[K\n'])
  })

  it('leaves an image alone that it does not show, or that has ended', () => {
    const { board, written } = boardOn(undefined, 'a:1')
    board.end('a:1', 'pulled')
    board.event('a:1', downloading(60_000_000))
    board.event('b:1', downloading(60_000_000))
    board.end('b:1', 'pulled')
    assert.deepEqual(written, ['a:1: pulling\n', 'a:1: pulled\n'])
  })

  it('writes nothing where there is nothing to pull', () => {
    assert.deepEqual([boardOn(80).written, boardOn(undefined).written], [[], []])
  })
})
