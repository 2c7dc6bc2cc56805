import assert from 'node:assert/strict'
import { isImageReference, withTag } from '../../../src/model/image-reference.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`

describe('image reference', () => {
  const references: Record<string, boolean> = {
    consul: true,
    'hashicorp/consul': true,
    'hashicorp/consul:1.22.3': true,
    'ghcr.io/google/cadvisor:v0.53.0': true,
    'localhost:5000/a/b/c:tag': true,
    'a_b/c__d/e-f/g--h/i.j': true,
    [`consul@${digest}`]: true,
    [`registry.example.com/consul:1.22.3@${digest}`]: true,
    [`consul:${'t'.repeat(128)}`]: true,
    [`consul:${'t'.repeat(129)}`]: false,
    ['a'.repeat(256)]: false,
    [`consul@${digest.slice(0, -1)}`]: false,
    Consul: false,
    'consul:': false,
    ':tag': false,
    'a//b': false,
    '/consul': false,
    'consul/': false,
    'a b': false,
    'consul:1 2': false,
    'consul:latest\n': false,
    '-consul': false,
    'a..b': false,
    a___b: false,
    'https://registry.example.com/consul': false,
    '': false,
  }
  for (const [text, expected] of Object.entries(references)) {
    const shown = text.length > 60 ? `${text.slice(0, 40)}… (${text.length} characters)` : text
    it(`${JSON.stringify(shown)} is ${expected ? 'an' : 'no'} image`, () => {
      assert.equal(isImageReference(text), expected)
    })
  }

  it('refuses a long text that is almost an image at once', () => {
    assert.equal(isImageReference(`${'a'.repeat(254)}!`), false)
    assert.equal(isImageReference(`${'a-'.repeat(126)}a!`), false)
  })

  const tags: Record<string, string> = {
    consul: 'consul:latest',
    'hashicorp/consul:1.22.3': 'hashicorp/consul:1.22.3',
    'localhost:5000/consul': 'localhost:5000/consul:latest',
    'localhost:5000/consul:1': 'localhost:5000/consul:1',
    [`consul@${digest}`]: `consul@${digest}`,
  }
  for (const [image, expected] of Object.entries(tags)) {
    it(`${image.slice(0, 40)} is pulled as ${expected.slice(0, 40)}`, () => {
      assert.equal(withTag(image), expected)
    })
  }
})
