import assert from 'node:assert/strict'
import { parseSince } from '../../../src/model/since.ts'

describe('a time since when', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')

  for (const [text, time] of [
    ['90s', '2026-11-21T11:58:30Z'],
    ['10m', '2026-11-21T11:50:00Z'],
    ['2h', '2026-11-21T10:00:00Z'],
    ['1d', '2026-11-20T12:00:00Z'],
    ['2026-11-21T10:00:00Z', '2026-11-21T10:00:00Z'],
    ['2026-11-21T10:00:00+02:00', '2026-11-21T08:00:00Z'],
    ['2026-11-01', '2026-11-01T00:00:00Z'],
  ] as const) {
    it(`takes ${text}`, () => assert.equal(parseSince(text, now), Date.parse(time) / 1_000))
  }

  for (const text of ['', '10', 'm', '10x', '-10m', 'yesterday', '2026-13-01', '1.5h']) {
    it(`refuses "${text}"`, () => assert.equal(parseSince(text, now), undefined))
  }
})
