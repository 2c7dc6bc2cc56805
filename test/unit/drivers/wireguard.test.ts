import assert from 'node:assert/strict'
import { connect, readDump } from '../../../src/drivers/wireguard.ts'

describe('wireguard', () => {
  const line = (...words: string[]) => `${words.join('\t')}\n`

  it('reads a device and its hosts, and leaves its private key alone', () => {
    const dump =
      line('PRIVATE=', 'PUBLIC=', '51821', 'off') +
      line(
        'ONE=',
        '(none)',
        '192.0.2.8:51821',
        '10.210.9.0/24,10.210.8.0/24',
        '1700000000',
        '1',
        '2',
        'off',
      ) +
      line('TWO=', '(none)', '(none)', '(none)', '0', '0', '0', 'off')
    const state = readDump(dump)
    assert.deepEqual(state, {
      publicKey: 'PUBLIC=',
      port: 51_821,
      peers: [
        { publicKey: 'ONE=', endpoint: '192.0.2.8:51821', subnets: ['10.210.8.0/24', '10.210.9.0/24'] },
        { publicKey: 'TWO=', endpoint: '', subnets: [] },
      ],
    })
    assert.doesNotMatch(JSON.stringify(state), /PRIVATE/)
  })

  it('knows a device that has nothing yet', () => {
    assert.deepEqual(readDump(line('(none)', '(none)', '0', 'off')), {
      publicKey: undefined,
      port: undefined,
      peers: [],
    })
  })

  it('refuses what is none', () =>
    assert.throws(() => readDump('nonsense\n'), /wg: what it listed is no device/))

  it('gives a new key by a pipe, and all else by words', async () => {
    const asked: (readonly string[])[] = []
    const wireguard = connect({
      run: (argv) => {
        asked.push(argv)
        return Promise.resolve('')
      },
      follow: () => Promise.resolve(),
    })
    await wireguard.set('dev0', ['peer KEY= remove', 'listen-port 5'])
    await wireguard.set('dev0', ['private-key', 'listen-port 5'])
    const [plain, withKey] = asked
    assert.equal(plain?.join(' '), 'wg set dev0 peer KEY= remove listen-port 5')
    assert.equal(
      withKey?.slice(2).join(' '),
      'wg genkey | "$@" sh wg set dev0 private-key /dev/stdin listen-port 5',
    )
  })
})
