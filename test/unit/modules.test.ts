import assert from 'node:assert/strict'
import { globSync } from 'node:fs'

describe('modules', () => {
  it('do nothing when they are loaded', async () => {
    const files = globSync('src/**/*.ts')
    assert.ok(files.length > 40)
    const listeners = process.eventNames().length
    for (const file of files) await import(`../../${file}`)
    assert.equal(process.eventNames().length, listeners)
    assert.equal(process.exitCode, undefined)
  })
})
