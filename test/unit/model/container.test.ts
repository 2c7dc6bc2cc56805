import assert from 'node:assert/strict'
import { isUp, type Container } from '../../../src/model/container.ts'
import { isAliveServer } from '../../../src/model/member.ts'
import { aMember } from '../../support/consul-cluster.ts'
import { aContainer } from '../../support/docker.ts'

describe('container', () => {
  const states: Record<Container['state'], boolean> = {
    created: false,
    running: true,
    restarting: false,
    paused: true,
    exited: false,
    dead: false,
    removing: false,
  }
  for (const [state, expected] of Object.entries(states) as [Container['state'], boolean][]) {
    it(`is ${expected ? 'up' : 'down'} while it is ${state}`, () => {
      assert.equal(isUp(aContainer({ state })), expected)
    })
  }
})

describe('member', () => {
  it('counts as a server that is alive only where it is both', () => {
    assert.equal(isAliveServer(aMember('h1')), true)
    assert.equal(isAliveServer(aMember('h1', { role: 'client' })), false)
    assert.equal(isAliveServer(aMember('h1', { status: 'failed' })), false)
    assert.equal(isAliveServer(aMember('h1', { status: 'left' })), false)
  })
})
