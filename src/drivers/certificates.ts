import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { precondition } from '../errors.ts'

/** A certificate and its private key, as PEM. */
export interface Identity {
  readonly certificate: string
  readonly key: string
}

export interface Subject {
  readonly name: string
  readonly purpose: 'authority' | 'server' | 'client'
  /** IPv4 addresses that a server is reached at. */
  readonly addresses: readonly string[]
  readonly names: readonly string[]
}

/** What is to know of a certificate that is there. */
export interface CertificateFacts {
  readonly notAfter: Date
  readonly addresses: readonly string[]
  readonly isAuthority: boolean
}

export interface Certificates {
  /** Signed by `authority`, or by itself without one; valid from an hour ago for `days`. */
  issue(subject: Subject, days: number, authority?: Identity): Promise<Identity>
  /** Undefined where the texts are no certificate and its key, or where `authority` did not sign it. */
  read(identity: Identity, authority?: string): CertificateFacts | undefined
}

/** NIST P-256 with SHA-256: what Go, Node and browsers all take, and small. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

const dayMs = 86_400_000
const hourMs = 3_600_000

export const certificates: Certificates = {
  issue: async (subject, days, authority) => {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const issuer = authority === undefined ? undefined : new x509.X509Certificate(authority.certificate)
    const certificate = await x509.X509CertificateGenerator.create({
      // RFC 5280, 4.1.2.2: positive, and at most 20 octets.
      serialNumber: `01${randomBytes(15).toString('hex')}`,
      subject: [{ CN: [subject.name] }],
      issuer: issuer?.subjectName ?? [{ CN: [subject.name] }],
      notBefore: new Date(Date.now() - hourMs),
      notAfter: new Date(Date.now() + days * dayMs),
      publicKey: keys.publicKey,
      ...(authority === undefined
        ? { signingAlgorithm: algorithm, signingKey: keys.privateKey }
        : await signerOf(authority.key)),
      extensions: [
        ...purposeOf(subject),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ...(issuer === undefined
          ? []
          : [await x509.AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export())]),
      ],
    })
    const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
    return {
      certificate: `${certificate.toString('pem')}\n`,
      key: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`,
    }
  },

  read: ({ certificate, key }, authority) => {
    try {
      const found = new X509Certificate(certificate)
      if (!found.checkPrivateKey(createPrivateKey(key))) return undefined
      if (authority !== undefined) {
        const issuer = new X509Certificate(authority)
        if (!found.checkIssued(issuer) || !found.verify(issuer.publicKey)) return undefined
      }
      return {
        notAfter: found.validToDate,
        addresses: [...(found.subjectAltName ?? '').matchAll(/IP Address:([^,\s]+)/g)].map(
          (match) => match[1] ?? '',
        ),
        isAuthority: found.ca,
      }
    } catch {
      return undefined
    }
  },
}

function purposeOf({ purpose, addresses, names }: Subject): x509.Extension[] {
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags
  if (purpose === 'authority') {
    return [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
    ]
  }
  const use = purpose === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth
  const others = [
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
    ...names.map((value) => ({ type: 'dns' as const, value })),
  ]
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([use]),
    ...(others.length > 0 ? [new x509.SubjectAlternativeNameExtension(others)] : []),
  ]
}

/** How Web Cryptography calls what OpenSSL calls its curves. */
const curves: Readonly<Record<string, { name: string; namedCurve: string; hash: string }>> = {
  prime256v1: algorithm,
  secp384r1: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
}

/** What signs with an authority's key, of whatever kind and in whatever PEM somebody made it. */
async function signerOf(pem: string) {
  const key = createPrivateKey(pem)
  const { asymmetricKeyType: type = '', asymmetricKeyDetails: details } = key
  const signingAlgorithm =
    type === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : type === 'ed25519'
        ? { name: 'Ed25519' }
        : curves[details?.namedCurve ?? '']
  if (signingAlgorithm === undefined) {
    throw precondition(
      `authority: its key is ${details?.namedCurve ?? type}, expected RSA, ECDSA or Ed25519`,
      'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256',
    )
  }
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' })
  const signingKey = await crypto.subtle.importKey('pkcs8', pkcs8, signingAlgorithm, false, ['sign'])
  return { signingAlgorithm, signingKey }
}
