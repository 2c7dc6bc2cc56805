import assert from 'node:assert/strict'
import { emptyRecord, formatRecord, parseRecord, type SetupRecord } from '../../../src/setup/record.ts'

describe('record', () => {
  const records: Record<string, SetupRecord> = {
    'that is empty': emptyRecord,
    'of a host without a daemon.json': {
      made: ['/etc/arpanet', '/etc/docker'],
      bridge: '172.17.0.1/16',
      daemonJson: { former: null, set: { mtu: 1450 }, was: {}, theirs: {} },
    },
    'of a host with one': {
      made: [],
      bridge: '172.17.0.1/16',
      daemonJson: {
        former: '/etc/docker/daemon.json.before-arpanet',
        set: { dns: ['10.210.1.1', 'x'] },
        was: { bip: '10.9.8.1/24' },
        theirs: { dns: ['x'] },
      },
    },
  }
  for (const [what, record] of Object.entries(records)) {
    it(`${what} is read as it was written`, () => {
      assert.deepEqual(parseRecord(formatRecord(record)), record)
    })
  }

  it('that is not there is an empty one', () => {
    assert.deepEqual(parseRecord(undefined), emptyRecord)
  })

  const broken = ['', '{', '[]', 'null', '7', '{}', '{"version": 1}', '{"version": 2, "made": []}']
  for (const text of broken) {
    it(`${JSON.stringify(text)} is refused, and it is said what to do`, () => {
      assert.throws(() => parseRecord(text), {
        message:
          '/etc/arpanet/setup.json: is not what setup wrote there, so that it is not known what setup changed',
        hint: 'mv /etc/arpanet/setup.json /etc/arpanet/setup.json.broken   # then arpanet setup takes what it finds as yours',
        exitCode: 3,
      })
    })
  }
})
