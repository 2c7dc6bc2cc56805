import assert from 'node:assert/strict'
import { parse } from 'dotenv'
import { readFileSync } from 'node:fs'
import { defaultOf, exampleFile, replaceBetween, wrapperSettings } from '../../../src/settings/documents.ts'
import { generated } from '../../../src/settings/generate.ts'
import { declaration, settingNames } from '../../../src/settings/table.ts'

describe('generated documents', () => {
  for (const [path, text] of Object.entries(generated())) {
    it(`${path} is what the table of settings says; npm run generate makes it so`, () => {
      assert.equal(readFileSync(path, 'utf8'), text)
    })
  }

  it('the example sets nothing as it is', () => {
    assert.deepEqual(parse(exampleFile()), {})
  })

  it('the example sets every setting to something it takes, once uncommented', () => {
    const values = parse(exampleFile().replace(/^#([A-Z_]+=)/gm, '$1'))
    assert.deepEqual(Object.keys(values), settingNames)
    for (const name of settingNames) assert.notEqual(declaration(name).parse(values[name] ?? ''), undefined)
  })

  it('the wrapper knows every setting but HOSTNAME, which it treats by itself, in lines that fit', () => {
    const [, names = ''] = /settings='([^']*)'/.exec(wrapperSettings()) ?? []
    assert.deepEqual(
      names.split(/\s/),
      settingNames.filter((name) => name !== 'HOSTNAME'),
    )
    for (const line of wrapperSettings().split('\n')) assert.ok(line.length < 120)
  })

  it('a default is said in words', () => {
    assert.equal(defaultOf('CONSUL_PORT'), 'default 8500')
    assert.equal(defaultOf('FLEETSTREET_IMAGE'), 'default as ARPANET_IMAGE')
    assert.equal(defaultOf('ARPANET_IP'), 'no default')
    assert.equal(defaultOf('HOSTNAME'), "default this host's own name")
  })

  it('what stands between two marks is replaced, and nothing else', () => {
    const text = 'a\n# begin x here\nold\nolder\n# end x\nb\n# begin y\nkept\n# end y\n'
    assert.equal(
      replaceBetween(text, 'x', 'new $& $1'),
      'a\n# begin x here\nnew $& $1\n# end x\nb\n# begin y\nkept\n# end y\n',
    )
  })

  it('a text without its marks is refused', () => {
    assert.throws(() => replaceBetween('# begin x\n', 'x', ''), /no lines "begin x" and "end x"/)
  })
})
