import assert from 'node:assert/strict'
import { certificates } from '../../../src/drivers/certificates.ts'
import { tlsFiles } from '../../../src/setup/daemon-keys.ts'
import { certificatesToIssue, issueCertificates, type Issue, type Present } from '../../../src/setup/tls.ts'
import { fakeCertificates } from '../../support/setup.ts'

const start = new Date('2026-01-01T00:00:00Z')
const host = { name: 'h1', address: '192.0.2.1' }
const fake = fakeCertificates(start)
const all: Issue[] = (['authority', 'server', 'client'] as const).map((purpose) => ({
  purpose,
  reason: 'there is none',
}))

const issued = async (issues: readonly Issue[], present: Present = new Map(), by = fake): Promise<Present> =>
  new Map([
    ...present,
    ...(await issueCertificates(issues, present, host, by)).map(({ path, text }) => [path, text] as const),
  ])
const without = (present: Present, ...paths: string[]): Present =>
  new Map([...present].filter(([path]) => !paths.includes(path)))
const daysLater = (days: number) => new Date(start.getTime() + days * 86_400_000)

describe('certificates', () => {
  const cases: Record<
    string,
    {
      present?: (whole: Present) => Present | Promise<Present>
      day?: number
      address?: string
      issues: string[]
    }
  > = {
    'are all issued where there are none': {
      present: () => new Map(),
      issues: ['authority: there is none', 'server: there is none', 'client: there is none'],
    },
    'are kept where they are whole': { issues: [] },
    'are kept with 30 days left': { day: 335, issues: [] },
    'are all issued anew with 29 days left': {
      day: 336,
      issues: [
        'authority: it ends on 2027-01-01',
        'server: it ends on 2027-01-01',
        'client: it ends on 2027-01-01',
      ],
    },
    'are all issued anew when they have ended': {
      day: 366,
      issues: [
        'authority: it ended on 2027-01-01',
        'server: it ended on 2027-01-01',
        'client: it ended on 2027-01-01',
      ],
    },
    "are issued anew for the host's other address, the server's alone": {
      address: '192.0.2.9',
      issues: ['server: it is not for 192.0.2.9'],
    },
    'are issued where one is missing, and that one alone': {
      present: (whole) => without(whole, tlsFiles.client, tlsFiles.clientKey),
      issues: ['client: there is none'],
    },
    'are issued where one has no key': {
      present: (whole) => without(whole, tlsFiles.serverKey),
      issues: ['server: it is no certificate of this authority with its key'],
    },
    'are all issued where the authority is gone': {
      present: (whole) => without(whole, tlsFiles.authority, tlsFiles.authorityKey),
      issues: ['authority: there is none', 'server: its authority is new', 'client: its authority is new'],
    },
    'are issued by a foreign authority that was put there': {
      present: async (whole) => new Map([...whole, ...(await issued(all.slice(0, 1)))]),
      issues: [
        'server: it is no certificate of this authority with its key',
        'client: it is no certificate of this authority with its key',
      ],
    },
    'are all issued where what stands as the authority may not sign': {
      present: async (whole) => {
        const { certificate, key } = await fake.issue(
          { purpose: 'client', name: 'x', addresses: [], names: [] },
          365,
        )
        return new Map([...whole, [tlsFiles.authority, certificate], [tlsFiles.authorityKey, key]])
      },
      issues: [
        'authority: it may not sign others',
        'server: it is no certificate of this authority with its key',
        'client: it is no certificate of this authority with its key',
      ],
    },
  }
  for (const [
    what,
    { present = (whole: Present) => whole, day = 0, address = host.address, issues },
  ] of Object.entries(cases)) {
    it(what, async () => {
      const found = await present(await issued(all))
      const plan = certificatesToIssue(found, address, daysLater(day), fake)
      assert.deepEqual(
        plan.issues.map(({ purpose, reason }) => `${purpose}: ${reason}`),
        issues,
      )
      assert.deepEqual(plan.faults, [])
    })
  }

  for (const [what, path] of [
    ['a certificate of an authority without its key', tlsFiles.authorityKey],
    ["an authority's key without its certificate", tlsFiles.authority],
  ] as const) {
    it(`do not take the place of ${what}`, async () => {
      const { faults } = certificatesToIssue(without(await issued(all), path), host.address, start, fake)
      assert.deepEqual(faults, [
        {
          what: '/etc/arpanet/tls/ca.pem: is no certificate with its key at /etc/arpanet/tls/ca-key.pem, expected both or neither',
          mend: 'mv /etc/arpanet/tls /etc/arpanet/tls.broken',
        },
      ])
    })
  }

  it('are written with their keys first', async () => {
    const files = await issueCertificates(all, new Map(), host, fake)
    assert.deepEqual(
      files.map(({ path }) => path),
      [
        tlsFiles.authorityKey,
        tlsFiles.authority,
        tlsFiles.serverKey,
        tlsFiles.server,
        tlsFiles.clientKey,
        tlsFiles.client,
      ],
    )
  })

  it('are signed by the authority that is there, and leave it alone', async () => {
    const present = await issued(all)
    const files = await issueCertificates(all.slice(2), present, host, fake)
    assert.deepEqual(
      files.map(({ path }) => path),
      [tlsFiles.clientKey, tlsFiles.client],
    )
    const renewed = new Map([...present, ...files.map(({ path, text }) => [path, text] as const)])
    assert.deepEqual(certificatesToIssue(renewed, host.address, start, fake), { issues: [], faults: [] })
  })

  it('that are really issued need no others', async () => {
    const present = await issued(all, new Map(), certificates)
    assert.deepEqual(certificatesToIssue(present, host.address, new Date(), certificates), {
      issues: [],
      faults: [],
    })
    const later = certificatesToIssue(present, '192.0.2.9', new Date(), certificates)
    assert.deepEqual(later.issues, [{ purpose: 'server', reason: 'it is not for 192.0.2.9' }])
  })
})
