import assert from 'node:assert/strict'
import { parseArguments } from '../../../src/commands/start/consul.ts'
import type { ConsulOptions } from '../../../src/services/consul.ts'

describe('start:consul', () => {
  const lines: Record<string, ConsulOptions> = {
    boot: { mode: 'boot', args: [] },
    'boot -dc dc34': { mode: 'boot', args: ['-dc', 'dc34'] },
    'boot -- x': { mode: 'boot', args: ['--', 'x'] },
    'server 192.0.2.1': { mode: 'server', join: '192.0.2.1', args: [] },
    'server h2 -node mycustomname -dc dc34': {
      mode: 'server',
      join: 'h2',
      args: ['-node', 'mycustomname', '-dc', 'dc34'],
    },
    'client h2.example.org word --help': {
      mode: 'client',
      join: 'h2.example.org',
      args: ['word', '--help'],
    },
  }
  for (const [line, expected] of Object.entries(lines)) {
    it(`understands: ${line}`, () => {
      assert.deepEqual(parseArguments(line.split(' ')), expected)
    })
  }
})
