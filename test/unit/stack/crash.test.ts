import assert from 'node:assert/strict'
import { explainCrash } from '../../../src/stack/crash.ts'

describe('crash', () => {
  const cases: Record<
    string,
    { status?: number; log: string[]; says: string; hint: string | undefined; exit: number }
  > = {
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
    'all that an agent of ours refuses, once, with its status': {
      status: 5,
      log: [
        '  arpanet network',
        'cidr: is 10.220.0.0/16 on this host, 10.210.0.0/16 as in the overlay was expected',
        'consul: driver: is gre on this host, vxlan as in the overlay was expected',
        '  arpanet network',
        'cidr: is 10.220.0.0/16 on this host, 10.210.0.0/16 as in the overlay was expected',
        'consul: driver: is gre on this host, vxlan as in the overlay was expected',
        '  arpanet network',
      ],
      says:
        'consul: cidr: is 10.220.0.0/16 on this host, 10.210.0.0/16 as in the overlay was expected\n' +
        'consul: driver: is gre on this host, vxlan as in the overlay was expected',
      hint: 'arpanet network',
      exit: 5,
    },
    'what an agent of ours refuses, though nothing mends it': {
      status: 3,
      log: ['10.210.7.0/24: lan of this host has it, a subnet that nobody uses was expected'],
      says: 'consul: 10.210.7.0/24: lan of this host has it, a subnet that nobody uses was expected',
      hint: undefined,
      exit: 3,
    },
    'what an agent of ours could not ask, which may go by itself': {
      status: 4,
      log: ['consul: no answer at 192.0.2.1:8500, one was expected'],
      says: 'consul: ended with status 4 right after its start: consul: no answer at 192.0.2.1:8500, one was expected',
      hint: 'docker logs arpanet_consul',
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
  for (const [what, { status = 2, log, says, hint, exit }] of Object.entries(cases)) {
    it(`names ${what}`, () => {
      const error = explainCrash('consul', 'arpanet_consul', status, log)
      assert.deepEqual([error.message, error.hint, error.exitCode], [says, hint, exit])
    })
  }
})
