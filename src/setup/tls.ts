import type { CertificateFacts, Certificates, Identity, Subject } from '../drivers/certificates.ts'
import { tlsFiles, tlsFolder } from './daemon-keys.ts'
import type { Fault } from './fault.ts'

/** A year, as the issuers of public certificates had it at most for long; run again, setup makes new ones in time. */
const validDays = 365
const renewalDays = 30
const dayMs = 86_400_000

/** One certificate and its key, as they lie on the host. */
export interface TlsFile {
  readonly purpose: Subject['purpose']
  readonly certificate: string
  readonly key: string
}

export const tlsIdentities: readonly TlsFile[] = [
  { purpose: 'authority', certificate: tlsFiles.authority, key: tlsFiles.authorityKey },
  { purpose: 'server', certificate: tlsFiles.server, key: tlsFiles.serverKey },
  { purpose: 'client', certificate: tlsFiles.client, key: tlsFiles.clientKey },
]

/** The texts of the files that are there. */
export type Present = ReadonlyMap<string, string>

export interface Issue {
  readonly purpose: Subject['purpose']
  readonly reason: string
}

/**
 * Which certificates are to be issued, and why. An authority that is there is kept, whoever made it: the same one on
 * several hosts lets one client certificate speak to all of them.
 */
export function certificatesToIssue(
  present: Present,
  address: string,
  now: Date,
  { read }: Pick<Certificates, 'read'>,
): { issues: readonly Issue[]; faults: readonly Fault[] } {
  const authority = present.get(tlsFiles.authority)
  const issues: Issue[] = []
  const faults: Fault[] = []
  for (const { purpose, certificate, key } of tlsIdentities) {
    const identity = { certificate: present.get(certificate) ?? '', key: present.get(key) ?? '' }
    const isMissing = identity.certificate === '' && identity.key === ''
    const found = read(identity, purpose === 'authority' ? undefined : authority)
    if (purpose === 'authority' && !isMissing && found === undefined) {
      faults.push({
        what: `${certificate}: is no certificate with its key at ${key}, expected both or neither`,
        mend: `mv ${tlsFolder} ${tlsFolder}.broken`,
      })
      continue
    }
    const reason = isMissing
      ? 'there is none'
      : found === undefined
        ? 'it is no certificate of this authority with its key'
        : fault(found, purpose, address, now)
    const isOrphan = purpose !== 'authority' && issues.some((issue) => issue.purpose === 'authority')
    if (reason !== undefined) issues.push({ purpose, reason })
    else if (isOrphan) issues.push({ purpose, reason: 'its authority is new' })
  }
  return { issues, faults }
}

function fault(
  found: CertificateFacts,
  purpose: Subject['purpose'],
  address: string,
  now: Date,
): string | undefined {
  const daysLeft = Math.floor((found.notAfter.getTime() - now.getTime()) / dayMs)
  if (daysLeft < 0) return `it ended on ${day(found.notAfter)}`
  if (daysLeft < renewalDays) return `it ends on ${day(found.notAfter)}`
  if (purpose === 'authority' && !found.isAuthority) return 'it may not sign others'
  if (purpose === 'server' && !found.addresses.includes(address)) return `it is not for ${address}`
  return undefined
}

const day = (date: Date): string => date.toISOString().slice(0, 10)

/** The new texts of the files, keys first. */
export async function issueCertificates(
  issues: readonly Issue[],
  present: Present,
  host: { readonly name: string; readonly address: string },
  certificates: Certificates,
): Promise<{ path: string; text: string }[]> {
  const files: { path: string; text: string }[] = []
  let authority: Identity = {
    certificate: present.get(tlsFiles.authority) ?? '',
    key: present.get(tlsFiles.authorityKey) ?? '',
  }
  for (const { purpose, certificate, key } of tlsIdentities) {
    if (!issues.some((issue) => issue.purpose === purpose)) continue
    const subject = subjectOf(purpose, host)
    const made = await certificates.issue(subject, validDays, purpose === 'authority' ? undefined : authority)
    if (purpose === 'authority') authority = made
    files.push({ path: key, text: made.key }, { path: certificate, text: made.certificate })
  }
  return files
}

function subjectOf(
  purpose: Subject['purpose'],
  { name, address }: { readonly name: string; readonly address: string },
): Subject {
  switch (purpose) {
    case 'authority':
      return { purpose, name: `arpanet ${name}`, addresses: [], names: [] }
    case 'server':
      return { purpose, name, addresses: [address, '127.0.0.1'], names: [name, 'localhost'] }
    case 'client':
      return { purpose, name: `arpanet client ${name}`, addresses: [], names: [] }
  }
}
