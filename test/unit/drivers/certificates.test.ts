import 'reflect-metadata'
import assert from 'node:assert/strict'
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509'
import { generateKeyPairSync, KeyObject, X509Certificate, type webcrypto } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  certificates,
  type Certificates,
  type Identity,
  type Subject,
} from '../../../src/drivers/certificates.ts'
import { status, tlsStatus, type TlsOptions } from '../../../src/drivers/http.ts'

const subject = (purpose: Subject['purpose'], changes: Partial<Subject> = {}): Subject => ({
  purpose,
  name: `the ${purpose}`,
  addresses: [],
  names: [],
  ...changes,
})
const issue: Certificates['issue'] = (...given) => certificates.issue(...given)
const read: Certificates['read'] = (...given) => certificates.read(...given)
const forLoopback = subject('server', { addresses: ['192.0.2.1', '127.0.0.1'], names: ['h1', 'localhost'] })

describe('certificates of the driver', () => {
  let authority: Identity, foreign: Identity, server: Identity, client: Identity, stranger: Identity
  before(async () => {
    authority = await issue(subject('authority'), 365)
    foreign = await issue(subject('authority'), 365)
    server = await issue(forLoopback, 365, authority)
    client = await issue(subject('client'), 365, authority)
    stranger = await issue(subject('client'), 365, foreign)
  })

  it('are read as they were issued', () => {
    const ofAuthority = read(authority)
    const ofServer = read(server, authority.certificate)
    const days = ((ofServer?.notAfter.getTime() ?? 0) - Date.now()) / 86_400_000
    assert.deepEqual([ofAuthority?.isAuthority, ofAuthority?.addresses], [true, []])
    assert.deepEqual([ofServer?.isAuthority, ofServer?.addresses], [false, ['192.0.2.1', '127.0.0.1']])
    assert.ok(days > 364 && days <= 365, String(days))
    assert.ok(read(client, authority.certificate))
  })

  it('begin an hour ago, and have a positive number of their own', () => {
    const [one, other] = [server, client].map(({ certificate }) => new X509Certificate(certificate))
    assert.ok(one && other)
    assert.ok(one.validFromDate.getTime() <= Date.now() - 3_590_000)
    assert.match(one.serialNumber, /^01[0-9A-F]{30}$/)
    assert.notEqual(one.serialNumber, other.serialNumber)
    assert.match(server.key, /^-----BEGIN PRIVATE KEY-----\n[^]*-----END PRIVATE KEY-----\n$/)
  })

  const unread: Record<string, () => [Identity, string?]> = {
    "another one's key": () => [{ ...server, key: client.key }],
    'another authority': () => [server, foreign.certificate],
    'an authority that is none': () => [server, 'nope'],
    'no certificate': () => [{ ...server, certificate: 'nope' }],
    'no key': () => [{ ...server, key: '' }],
    'nothing at all': () => [{ certificate: '', key: '' }],
  }
  for (const [what, given] of Object.entries(unread)) {
    it(`are not read with ${what}`, () => {
      assert.equal(read(...given()), undefined)
    })
  }

  describe('between a server and its clients', () => {
    let stop: () => void, port: number
    before(async () => {
      const { key, certificate: cert } = server
      const options = { ca: authority.certificate, key, cert, requestCert: true, rejectUnauthorized: true }
      const listening = createServer(options, (_request, response) => response.end('OK'))
      listening.listen(0, '127.0.0.1')
      await once(listening, 'listening')
      port = (listening.address() as AddressInfo).port
      stop = () => {
        listening.closeAllConnections()
        listening.close()
      }
    })
    after(() => stop())
    const ask = (options: TlsOptions, name = '127.0.0.1') =>
      tlsStatus(`https://${name}:${port}/_ping`, options)

    it('are accepted with the same authority', async () => {
      const ca = authority.certificate
      assert.equal(await ask({ ca, cert: client.certificate, key: client.key }), 200)
      assert.equal(await ask({ ca, cert: client.certificate, key: client.key }, 'localhost'), 200)
    })

    const refused: Record<string, () => TlsOptions> = {
      'a client without one': () => ({ ca: authority.certificate }),
      'a client of a foreign authority': () => ({
        ca: authority.certificate,
        cert: stranger.certificate,
        key: stranger.key,
      }),
      "a client with a server's": () => ({
        ca: authority.certificate,
        cert: server.certificate,
        key: server.key,
      }),
      'a client that trusts another authority': () => ({
        ca: foreign.certificate,
        cert: client.certificate,
        key: client.key,
      }),
      'a client that trusts nobody in particular': () => ({ cert: client.certificate, key: client.key }),
    }
    for (const [who, options] of Object.entries(refused)) {
      it(`are refused to ${who}`, async () => {
        assert.ok((await ask(options())) instanceof Error)
      })
    }

    it('are no way for one without TLS', async () => {
      assert.notEqual(await status(`http://127.0.0.1:${port}/_ping`), 200)
    })
  })

  const kinds: [
    what: string,
    algorithm: webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams,
    pem: 'pkcs1' | 'sec1' | 'pkcs8',
  ][] = [
    [
      'RSA',
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
      },
      'pkcs1',
    ],
    ['P-256', { name: 'ECDSA', namedCurve: 'P-256' }, 'sec1'],
    ['P-384', { name: 'ECDSA', namedCurve: 'P-384' }, 'sec1'],
    ['Ed25519', { name: 'Ed25519', namedCurve: 'Ed25519' }, 'pkcs8'],
  ]
  for (const [what, algorithm, pem] of kinds) {
    it(`are signed by an authority that somebody else made with ${what} in ${pem}`, async () => {
      const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      const made = await X509CertificateGenerator.createSelfSigned({
        name: 'CN=our own',
        keys,
        signingAlgorithm: { hash: 'SHA-256', ...algorithm },
        extensions: [new BasicConstraintsExtension(true, undefined, true)],
      })
      const key = KeyObject.from(keys.privateKey)
      const text = key.export({ type: pem, format: 'pem' }).toString()
      const own = { certificate: made.toString('pem'), key: text }
      assert.equal(read(own)?.isAuthority, true)
      const signed = await issue(forLoopback, 30, own)
      assert.deepEqual(read(signed, own.certificate)?.addresses, ['192.0.2.1', '127.0.0.1'])
    })
  }

  it('are not signed with a key that browsers and Go do not know', async () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
      .privateKey.export({ type: 'sec1', format: 'pem' })
      .toString()
    await assert.rejects(issue(forLoopback, 30, { ...authority, key }), {
      message: 'authority: its key is secp256k1, expected RSA, ECDSA or Ed25519',
      exitCode: 3,
    })
  })
})
