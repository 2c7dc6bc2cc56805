import assert from 'node:assert/strict'
import { isHeld, listeners, type Listener } from '../../../src/model/listener.ts'

// As a kernel wrote them: sshd everywhere, a resolver's stub, Consul at 192.0.2.1, and a connection to it.
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1064 1 000000004a0721c2 100 0 0 10 0
   1: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 9154 1 00000000d0a4a5d1 100 0 0 10 5
   2: 010200C0:206C 00000000:0000 0A 00000000:00000000 00:00000000 00000000   100        0 31337 1 0000000000000000 100 0 0 10 0
   3: 010200C0:206C 020200C0:C350 01 00000000:00000000 02:000009C3 00000000   100        0 31400 2 0000000000000000 20 4 30 10 -1
   4: 010200C0:C351 020200C0:01BB 06 00000000:00000000 03:00000A5F 00000000     0        0 0 3 0000000000000000
`
// sshd on every address, Node on an IPv4 address of a socket of IPv6, and two that take IPv6 alone.
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1066 1 0000000000000000 100 0 0 10 0
   1: 0000000000000000FFFF0000010200C0:0948 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2077 1 0000000000000000 100 0 0 10 0
   2: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2078 1 0000000000000000 100 0 0 10 0
   3: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2079 1 0000000000000000 100 0 0 10 0
   4: 0000000000000000FFFF0000010200C0:0948 0000000000000000FFFF0000020200C0:D431 01 00000000:00000000 00:00000000 00000000     0        0 2080 1 0000000000000000 100 0 0 10 0
`
const udp = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  300: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 9153 2 00000000c3f7a5d1 0
  420: 010200C0:B6A1 350200C0:0035 01 00000000:00000000 00:00000000 00000000     0        0 9155 2 0000000000000000 0
`
const udp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1107: 00000000000000000000000000000000:206D 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000   100        0 31340 2 0000000000000000 0
 1340: 000080FE00000000FF005450FE2A9A12:0222 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000   100        0 31341 2 0000000000000000 0
`

const at = (protocol: Listener['protocol'], address: string, port: number): Listener => ({
  protocol,
  address,
  port,
})

describe('listener', () => {
  const tables: Record<string, { protocol: Listener['protocol']; table: string; expected: Listener[] }> = {
    'tcp: what listens, and no connection': {
      protocol: 'tcp',
      table: tcp,
      expected: [at('tcp', '0.0.0.0', 22), at('tcp', '127.0.0.53', 53), at('tcp', '192.0.2.1', 8300)],
    },
    'tcp6: what takes IPv4 as well': {
      protocol: 'tcp',
      table: tcp6,
      expected: [at('tcp', '0.0.0.0', 22), at('tcp', '192.0.2.1', 2376)],
    },
    'udp: what is bound, and what asks somebody not': {
      protocol: 'udp',
      table: udp,
      expected: [at('udp', '127.0.0.53', 53)],
    },
    'udp6: the wildcard, and no address of a link': {
      protocol: 'udp',
      table: udp6,
      expected: [at('udp', '0.0.0.0', 8301)],
    },
    'a table without lines: nothing': { protocol: 'tcp', table: tcp.split('\n')[0] ?? '', expected: [] },
    'a table that is not there: nothing': { protocol: 'tcp', table: '', expected: [] },
  }
  for (const [what, { protocol, table, expected }] of Object.entries(tables)) {
    it(`reads ${what}`, () => {
      assert.deepEqual(listeners(protocol, table), expected)
    })
  }

  const everywhere = at('tcp', '0.0.0.0', 22)
  const somewhere = at('tcp', '192.0.2.1', 8300)
  const wishes: [wish: Listener, holder: Listener | undefined][] = [
    [at('tcp', '192.0.2.1', 8300), somewhere],
    [at('tcp', '0.0.0.0', 8300), somewhere],
    [at('tcp', '192.0.2.2', 8300), undefined],
    [at('tcp', '192.0.2.1', 8301), undefined],
    [at('udp', '192.0.2.1', 8300), undefined],
    [at('tcp', '192.0.2.9', 22), everywhere],
  ]
  for (const [wish, holder] of wishes) {
    const { protocol, address, port } = wish
    it(`${protocol} ${address}:${port} is ${holder ? `held at ${holder.address}` : 'free'}`, () => {
      assert.deepEqual(isHeld([everywhere, somewhere], wish), holder)
    })
  }
})
