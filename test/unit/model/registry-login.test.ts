import assert from 'node:assert/strict'
import fc from 'fast-check'
import { loginFor, registryOf } from '../../../src/model/registry-login.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const config = (value: unknown) => JSON.stringify(value)

describe('the registry of an image', () => {
  const registries: Record<string, string> = {
    ubuntu: 'docker.io',
    'hashicorp/consul:1.22.3': 'docker.io',
    'docker.io/library/ubuntu': 'docker.io',
    'index.docker.io/a/b': 'docker.io',
    'ghcr.io/google/cadvisor:v0.53.0': 'ghcr.io',
    'registry:5000/name': 'registry:5000',
    'localhost/name:1': 'localhost',
    'name.with.dots:1': 'docker.io',
  }
  for (const [image, registry] of Object.entries(registries)) {
    it(`is ${registry} for ${image}`, () => assert.equal(registryOf(image), registry))
  }
})

describe('a login', () => {
  const image = 'r.example:5000/a:1'
  const registry = 'r.example:5000'

  it('is a name and a password, which may hold colons', () => {
    const text = config({ auths: { [registry]: { auth: base64('ann:a:b c\0') } } })
    const auth = { serveraddress: registry, username: 'ann', password: 'a:b c' }
    assert.deepEqual(loginFor(image, text), { registry, auth })
  })

  it('is any name and any password', () => {
    const word = fc.string({ minLength: 1 }).filter((text) => !/[:\0]/.test(text) && text.isWellFormed())
    fc.assert(
      fc.property(word, word, (username, password) => {
        const text = config({ auths: { [registry]: { auth: base64(`${username}:${password}`) } } })
        assert.deepEqual(loginFor(image, text).auth, { serveraddress: registry, username, password })
      }),
    )
  })

  it('is a token instead of a password', () => {
    const text = config({ auths: { [registry]: { auth: base64('ann:'), identitytoken: 'T' } } })
    const auth = { serveraddress: registry, username: 'ann', identitytoken: 'T' }
    assert.deepEqual(loginFor(image, text).auth, auth)
    const alone = config({ auths: { [registry]: { registrytoken: 'R' } } })
    assert.deepEqual(loginFor(image, alone).auth, { serveraddress: registry, registrytoken: 'R' })
  })

  for (const key of ['https://r.example:5000/v2/', 'http://r.example:5000', 'r.example:5000/']) {
    it(`is found under ${key}`, () => {
      const text = config({ auths: { [key]: { auth: base64('a:b') } } })
      assert.equal(loginFor(image, text).auth?.username, 'a')
    })
  }

  it("is found under the old address of Docker's own registry", () => {
    const text = config({ auths: { 'https://index.docker.io/v1/': { auth: base64('a:b') } } })
    assert.equal(loginFor('ubuntu', text).auth?.serveraddress, 'docker.io')
    assert.deepEqual(loginFor(image, text), { registry })
  })

  for (const text of [
    undefined,
    '',
    '{}',
    '[]',
    config({ auths: { [registry]: {} } }),
    config({ auths: 7 }),
  ]) {
    it(`is none in ${text}`, () => {
      const login = loginFor(image, text)
      assert.equal(login.auth, undefined)
    })
  }

  it('is out of reach where a helper keeps it, for this registry or for all', () => {
    const auths = { [registry]: { auth: base64('a:b') } }
    const own = loginFor(image, config({ auths, credHelpers: { [registry]: 'ecr-login' } }))
    assert.equal(own.auth, undefined)
    assert.equal(
      own.fault,
      "the login of r.example:5000 is kept by docker-credential-ecr-login, which arpanet's container cannot run",
    )
    assert.match(loginFor(image, config({ auths, credsStore: 'pass' })).fault ?? '', /docker-credential-pass/)
    const other = loginFor(image, config({ auths, credHelpers: { 'other:5000': 'ecr-login' } }))
    assert.equal(other.auth?.username, 'a')
  })

  it('that cannot be read is a fault, which tells nothing of it', () => {
    const broken = loginFor(image, '{"auths": {"r.example:5000": {"auth": "c2VjcmV0"')
    const odd = loginFor(image, config({ auths: { [registry]: { auth: base64('secret') } } }))
    for (const { auth, fault } of [broken, odd]) {
      assert.equal(auth, undefined)
      assert.match(fault ?? '', /config\.json/)
      assert.doesNotMatch(fault ?? '', /secret|c2VjcmV0/)
    }
  })
})
