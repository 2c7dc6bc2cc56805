import assert from 'node:assert/strict'
import { names } from '../../../src/drivers/names.ts'

describe('names', () => {
  it("are found as this host's programs find them", async () => {
    assert.ok((await names.lookup('localhost')).includes('127.0.0.1'))
    assert.deepEqual(await names.lookup('192.0.2.1'), ['192.0.2.1'])
  })

  it('are found by nobody where nobody is asked', async () => {
    assert.deepEqual(await names.ask('localhost', []), [])
  })
})
