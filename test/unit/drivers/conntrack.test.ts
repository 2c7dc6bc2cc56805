import assert from 'node:assert/strict'
import { connect, parseConnection } from '../../../src/drivers/conntrack.ts'
import { unavailable } from '../../../src/errors.ts'

const tcp =
  'tcp      6 431999 ESTABLISHED src=10.1.0.2 dst=10.1.0.1 sport=33686 dport=80 src=10.2.0.2 dst=10.2.0.1 sport=5201 dport=33686 [ASSURED] mark=0 use=1'
const udp =
  'udp      17 29 src=fd00::2 dst=fd00::1 sport=4000 dport=53 [UNREPLIED] src=fd01::2 dst=fd01::1 sport=5353 dport=4000 mark=0 use=1'

describe('conntrack', () => {
  it('reads a connection', () => {
    assert.deepEqual(parseConnection(tcp), {
      protocol: 'tcp',
      client: '10.1.0.2',
      port: 80,
      instance: { address: '10.2.0.2', port: 5201 },
      state: 'ESTABLISHED',
    })
    assert.deepEqual(parseConnection(udp), {
      protocol: 'udp',
      client: 'fd00::2',
      port: 53,
      instance: { address: 'fd01::2', port: 5353 },
      state: 'UNREPLIED',
    })
    assert.equal(parseConnection('icmp 1 29 src=10.1.0.2 dst=10.1.0.1 type=8'), undefined)
  })

  const asked: string[] = []
  const failing = (message: string) =>
    connect({
      run: (argv) => {
        asked.push(argv.join(' '))
        return Promise.reject(unavailable(message))
      },
      follow: () => Promise.resolve(),
    })

  it('forgets an instance of both protocols, and takes none for done', async () => {
    const conntrack = failing('conntrack: ended with 1: 0 flow entries have been deleted.')
    await conntrack.forget({ instance: { address: 'fd00::1', port: 53 } })
    const line = (protocol: string) =>
      `conntrack -D --dst-nat -f ipv6 -p ${protocol} --reply-src fd00::1 --reply-port-src 53`
    assert.deepEqual(asked, [line('tcp'), line('udp')])
  })

  it('forgets those of one state, which only TCP has', async () => {
    asked.length = 0
    const conntrack = failing('conntrack: ended with 1: 0 flow entries have been deleted.')
    await conntrack.forget({ client: '10.1.0.2', state: 'SYN_SENT' })
    assert.deepEqual(asked, ['conntrack -D --dst-nat -f ipv4 --orig-src 10.1.0.2 -p tcp --state SYN_SENT'])
  })

  it('says what else goes wrong', async () => {
    const conntrack = failing('conntrack: Operation not permitted')
    await assert.rejects(conntrack.forget({ client: '10.1.0.2' }), /Operation not permitted/)
  })
})
