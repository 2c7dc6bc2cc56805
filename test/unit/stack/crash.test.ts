import assert from 'node:assert/strict'
import { explainCrash } from '../../../src/stack/crash.ts'

describe('crash', () => {
  const cases: Record<string, { log: string[]; says: string; hint: string; exit: number }> = {
    'a TCP port that is taken': {
      log: [
        '==> Starting Consul agent...',
        '==> Error starting agent: error="Failed to start HTTP server: listen tcp 192.0.2.1:8500: bind: address already in use"',
      ],
      says: 'consul: 192.0.2.1:8500 (tcp) is taken by another program, expected it free',
      hint: "ss -lnp 'sport = :8500'",
      exit: 3,
    },
    'a UDP port that is taken': {
      log: ['listen udp 172.17.0.1:53: bind: Address already in use', 'exiting'],
      says: 'consul: 172.17.0.1:53 (udp) is taken by another program, expected it free',
      hint: "ss -lnp 'sport = :53'",
      exit: 3,
    },
    'an address that is not here': {
      log: [
        'Failed to start TCP listener: listen tcp 192.0.2.99:8301: bind: cannot assign requested address',
      ],
      says: 'consul: 192.0.2.99:8301 is not an address of this host, expected one',
      hint: 'ip -4 address',
      exit: 3,
    },
    'the last line that looks like an error': {
      log: ['==> flag provided but not defined: -frob', '  usage: consul agent', '  -bind=<value>  '],
      says: 'consul: ended with status 2 right after its start: ==> flag provided but not defined: -frob',
      hint: 'docker logs arpanet_consul',
      exit: 4,
    },
    'what an agent of ours expected, and how it is mended': {
      log: [
        'tunnel: starts',
        'tunnel: this kernel makes no device of gre, one was expected',
        '  modprobe ip_gre',
      ],
      says: 'consul: ended with status 2 right after its start: tunnel: this kernel makes no device of gre, one was expected',
      hint: 'modprobe ip_gre',
      exit: 4,
    },
    'the last line where none looks like an error': {
      log: ['one', ' two '],
      says: 'consul: ended with status 2 right after its start: two',
      hint: 'docker logs arpanet_consul',
      exit: 4,
    },
    'that nothing was written': {
      log: [],
      says: 'consul: ended with status 2 right after its start: it wrote nothing',
      hint: 'docker logs arpanet_consul',
      exit: 4,
    },
  }
  for (const [what, { log, says, hint, exit }] of Object.entries(cases)) {
    it(`names ${what}`, () => {
      const error = explainCrash('consul', 'arpanet_consul', 2, log)
      assert.deepEqual([error.message, error.hint, error.exitCode], [says, hint, exit])
    })
  }
})
