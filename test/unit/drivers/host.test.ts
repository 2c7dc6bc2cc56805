import assert from 'node:assert/strict'
import { readHost } from '../../../src/drivers/host.ts'
import { isLoopback } from '../../../src/model/resolvers.ts'

describe('host', () => {
  const subnet = '203.0.113.0/24'

  it("takes the bridge's address from the engine, or the first of its network", async () => {
    assert.equal((await readHost('h1', { subnet, gateway: '203.0.113.9' })).bridgeAddress, '203.0.113.9')
    assert.equal((await readHost('h1', { subnet, gateway: undefined })).bridgeAddress, '203.0.113.1')
  })

  it("does not take a container's addresses for the host's, where the bridge is not seen", async () => {
    assert.equal((await readHost('h1', { subnet, gateway: undefined })).addresses, undefined)
  })

  it('names resolvers that containers can ask', async () => {
    const { name, resolvers } = await readHost('h1', { subnet, gateway: undefined })
    assert.equal(name, 'h1')
    assert.equal(resolvers.some(isLoopback), false)
  })
})
