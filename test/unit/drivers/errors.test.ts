import assert from 'node:assert/strict'
import { isMissing, translate as ofConsul } from '../../../src/drivers/consul/errors.ts'
import { attempt, ifThere, isAlreadySo, translate as ofDocker } from '../../../src/drivers/docker/errors.ts'
import type { ArpanetError } from '../../../src/errors.ts'

const said = ({ message, exitCode }: ArpanetError) => `${exitCode} ${message}`
const fails = (fields: object) => Object.assign(new Error('it broke'), fields)

describe('an error of Docker', () => {
  const cases: Record<string, object> = {
    "3 Docker: no socket at /s, expected the engine's": { code: 'ENOENT' },
    '3 Docker: no permission to use /s, expected membership of its group': { code: 'EACCES' },
    '4 Docker: no answer at /s (ECONNREFUSED)': { code: 'ECONNREFUSED' },
    '4 Docker: no answer at /s (ECONNRESET)': { code: 'ECONNRESET' },
    '4 Docker: no answer at /s (EPIPE)': { code: 'EPIPE' },
    '4 Docker: cannot start x: it broke': { statusCode: 500 },
    '4 Docker: cannot start x: port taken': { statusCode: 500, json: { message: 'port taken' } },
  }
  for (const [sentence, fields] of Object.entries(cases)) {
    it(`with ${JSON.stringify(fields)} is: ${sentence}`, () => {
      assert.equal(said(ofDocker('start x', '/s', fails(fields))), sentence)
    })
  }

  it('keeps what the engine threw as its cause', async () => {
    const cause = fails({})
    await assert.rejects(
      attempt('/s')('start x', () => Promise.reject(cause)),
      { message: 'Docker: cannot start x: it broke', cause },
    )
    assert.equal(await attempt('/s')('start x', () => Promise.resolve(7)), 7)
  })

  it('about something missing is no error where it may be missing', async () => {
    assert.equal(await ifThere<number>(Promise.reject(fails({ statusCode: 404 }))), undefined)
    assert.equal(await ifThere(Promise.resolve(1)), 1)
    await assert.rejects(ifThere(Promise.reject(fails({ statusCode: 500 }))), /it broke/)
    assert.deepEqual([isAlreadySo(fails({ statusCode: 304 })), isAlreadySo(fails({}))], [true, false])
  })
})

describe('an error of Consul', () => {
  const at = 'http://192.0.2.1:8500'
  const cases: Record<string, object> = {
    [`4 Consul: no answer at ${at}: connection refused`]: { code: 'ECONNREFUSED' },
    [`4 Consul: no answer at ${at}: no route to that host`]: { code: 'EHOSTUNREACH' },
    [`4 Consul: no answer at ${at}: timed out`]: { isTimeout: true, code: 'ETIMEDOUT' },
    [`4 Consul: no answer at ${at}: EWHATEVER`]: { code: 'EWHATEVER' },
    [`4 Consul: no answer at ${at}: it broke`]: {},
    [`4 Consul at ${at}: No cluster leader (HTTP 500)`]: {
      statusCode: 500,
      response: { body: Buffer.from('No cluster leader\n') },
    },
    [`4 Consul at ${at}: Permission denied (HTTP 403)`]: {
      statusCode: 403,
      response: { body: 'Permission denied' },
    },
    [`4 Consul at ${at}: it broke (HTTP 502)`]: { statusCode: 502, response: { body: '' } },
  }
  for (const [sentence, fields] of Object.entries(cases)) {
    it(`with ${JSON.stringify(fields)} is: ${sentence}`, () => {
      assert.equal(said(ofConsul(at, fails(fields))), sentence)
    })
  }

  it('about a missing key is told from the others', () => {
    assert.equal(isMissing(fails({ statusCode: 404 })), true)
    assert.equal(isMissing(fails({ statusCode: 500 })), false)
  })
})
