import assert from 'node:assert/strict'
import { applySteps, checkWritable, describeStep } from '../../../src/setup/apply.ts'
import type { SetupStep } from '../../../src/setup/steps.ts'
import { fakeFiles } from '../../support/files.ts'
import { fakeCertificates } from '../../support/setup.ts'

const write = (path: string): SetupStep => ({ verb: 'write', path, text: 'x', mode: 0o644, reason: 'why' })
const issue: SetupStep = {
  verb: 'issue',
  path: '/etc/arpanet/tls',
  reason: "for Docker's TCP socket",
  issues: [{ purpose: 'authority', reason: 'there is none' }],
  details: ['authority: there is none'],
}

describe('steps', () => {
  it('are told before they are taken, each with its reason and what differs', async () => {
    const files = fakeFiles({
      '/etc/arpanet/tls': null,
      '/etc/old': 'old',
      '/etc/was': 'was',
      '/etc/dir': null,
    })
    const told: string[] = []
    const steps: SetupStep[] = [
      { verb: 'create', path: '/etc/new', mode: 0o755, reason: 'there is none' },
      issue,
      { verb: 'copy', path: '/etc/new/copy', from: '/etc/old', reason: 'kept' },
      { verb: 'restore', path: '/etc/old', from: '/etc/was', reason: 'as before' },
      { verb: 'remove', path: '/etc/new/copy', reason: 'setup made it' },
      { verb: 'remove folder', path: '/etc/dir', reason: 'setup made it' },
    ]
    const hands = { files, certificates: fakeCertificates(), host: { name: 'h1', address: '192.0.2.1' } }
    const left = await applySteps(steps, new Map(), hands, (line) => {
      told.push(`${files.changes.length}: ${line}`)
    })
    assert.deepEqual(left, [])
    assert.deepEqual(told, [
      '0: create /etc/new: there is none',
      "1: issue /etc/arpanet/tls: for Docker's TCP socket",
      '1:   authority: there is none',
      '3: copy /etc/new/copy: kept',
      '4: restore /etc/old: as before',
      '5: remove /etc/new/copy: setup made it',
      '6: remove folder /etc/dir: setup made it',
    ])
    assert.deepEqual(files.changes, [
      'make /etc/new 755',
      'write /etc/arpanet/tls/ca-key.pem 600',
      'write /etc/arpanet/tls/ca.pem 600',
      'copy /etc/old /etc/new/copy',
      'move /etc/was /etc/old',
      'remove /etc/new/copy',
      'remove folder /etc/dir',
    ])
  })

  it('leave a folder with something in it, and say so', async () => {
    const files = fakeFiles({ '/mnt/data/raft.db': 'data' })
    const hands = { files, certificates: fakeCertificates(), host: { name: 'h1', address: '192.0.2.1' } }
    const steps: SetupStep[] = [{ verb: 'remove folder', path: '/mnt/data', reason: 'setup made it' }]
    assert.deepEqual(await applySteps(steps, new Map(), hands, () => undefined), [
      '/mnt/data stays: something is in it',
    ])
    assert.deepEqual(files.changes, [])
  })

  it('are lines', () => {
    assert.deepEqual(describeStep(write('/etc/x')), ['write /etc/x: why'])
  })

  const disks: Record<string, { steps: SetupStep[]; readOnly: Record<string, string>; says: string[][] }> = {
    'a disk that can be written': {
      steps: [write('/etc/docker/daemon.json'), issue],
      readOnly: {},
      says: [],
    },
    'a read-only one': {
      steps: [
        write('/etc/docker/daemon.json'),
        write('/etc/docker/copy'),
        write('/etc/docker/copy'),
        write('/mnt/x'),
      ],
      readOnly: { '/etc/docker': 'read-only file system' },
      says: [
        [
          '/etc/docker/daemon.json and /etc/docker/copy: cannot be written (read-only file system), expected a folder that root can write in',
          'mount -o remount,rw $(df --output=target /etc/docker | tail -1)',
        ],
      ],
    },
    'one that nobody may write, in the folder above those to be made': {
      steps: [issue, write('/etc/docker/daemon.json')],
      readOnly: { '/etc': 'operation not permitted' },
      says: [
        [
          '/etc/arpanet/tls: cannot be written (operation not permitted), expected a folder that root can write in',
          'ls -ld /etc/arpanet/tls',
        ],
      ],
    },
  }
  for (const [what, { steps, readOnly, says }] of Object.entries(disks)) {
    it(`find ${says.length === 0 ? 'no fault' : 'a fault'} in ${what}`, async () => {
      const files = fakeFiles({ '/etc/docker': null, '/mnt': null }, { readOnly })
      assert.deepEqual(
        await checkWritable(steps, files),
        says.map(([text, mend]) => ({ what: text, mend })),
      )
    })
  }
})
