import assert from 'node:assert/strict'
import fc from 'fast-check'
import { differences, formatSpec, type ContainerSpec } from '../../../src/model/container-spec.ts'
import { aSpec } from '../../support/docker.ts'

const specs: fc.Arbitrary<ContainerSpec> = fc.record({
  name: fc.constantFrom('a', 'b'),
  image: fc.constantFrom('one', 'two'),
  args: fc.array(fc.oneof(fc.constantFrom('-a', '-b', 'c', '-d=e'), fc.string()), { maxLength: 4 }),
  environment: fc.dictionary(fc.constantFrom('A', 'B', 'C'), fc.string()),
  mounts: fc.array(
    fc.record(
      { source: fc.string(), target: fc.string(), readOnly: fc.boolean() },
      { requiredKeys: ['source', 'target'] },
    ),
    { maxLength: 2 },
  ),
  network: fc.constant('host' as const),
  capabilities: fc.subarray(['CHOWN', 'SETUID']),
  restart: fc.constant('unless-stopped' as const),
})

describe('container spec', () => {
  const spec = aSpec()

  it('is one text whatever order its fields are written in', () => {
    const reversed = Object.fromEntries(Object.entries(spec).reverse()) as unknown as ContainerSpec
    const first = formatSpec({ ...spec, environment: { A: '1', B: '2' } })
    assert.equal(formatSpec({ ...reversed, environment: { B: '2', A: '1' } }), first)
  })

  it('is another text where the order of its arguments is another', () => {
    assert.notEqual(formatSpec(aSpec({ args: ['a', 'b'] })), formatSpec(aSpec({ args: ['b', 'a'] })))
  })

  it('is whole in its text', () => {
    fc.assert(
      fc.property(specs, (each) => {
        assert.equal(formatSpec(JSON.parse(formatSpec(each)) as ContainerSpec), formatSpec(each))
      }),
    )
  })

  it('differs in nothing from itself', () => {
    assert.deepEqual(differences(formatSpec(spec), spec), [])
  })

  const cases: Record<
    string,
    { from?: Partial<ContainerSpec>; to: Partial<ContainerSpec>; lines: string[] }
  > = {
    'another image': {
      to: { image: 'example/web:2' },
      lines: ['- image example/web:1', '+ image example/web:2'],
    },
    'an argument that changed': {
      to: { args: ['serve', '-port=81'] },
      lines: ['- argument -port=80', '+ argument -port=81'],
    },
    'an argument that came': { to: { args: ['serve', '-port=80', '-v'] }, lines: ['+ argument -v'] },
    'a flag with the value that follows it': {
      from: { args: ['serve', '-node', 'a', '-v'] },
      to: { args: ['serve', '-node', 'b', '-v'] },
      lines: ['- argument -node a', '+ argument -node b'],
    },
    'the order of arguments': { to: { args: ['-port=80', 'serve'] }, lines: ['order of arguments'] },
    'a variable': {
      to: { environment: { COLOUR: 'red', SHAPE: 'round' } },
      lines: ['- variable COLOUR=blue', '+ variable COLOUR=red', '+ variable SHAPE=round'],
    },
    'a mount': {
      to: { mounts: [{ source: '/srv/web', target: '/data', readOnly: true }] },
      lines: ['- mount /mnt/web:/data', '+ mount /srv/web:/data:ro'],
    },
    'a capability': { to: { capabilities: [] }, lines: ['- capability NET_BIND_SERVICE'] },
  }
  for (const [what, { from = {}, to, lines }] of Object.entries(cases)) {
    it(`names ${what}`, () => {
      assert.deepEqual(differences(formatSpec(aSpec(from)), aSpec(to)), lines)
    })
  }

  const secrets: Record<string, { with: Partial<ContainerSpec>; line: string }> = {
    'a key after its flag': {
      with: { args: ['-encrypt', 'c2VjcmV0'] },
      line: '+ argument -encrypt (hidden)',
    },
    'a key behind "="': { with: { args: ['-encrypt=c2VjcmV0'] }, line: '+ argument -encrypt=(hidden)' },
    'a token in a variable': {
      with: { args: [], environment: { COLOUR: 'blue', CONSUL_HTTP_TOKEN: 'c2VjcmV0' } },
      line: '+ variable CONSUL_HTTP_TOKEN=(hidden)',
    },
    'a key in HCL': {
      with: { args: ['-hcl=encrypt = "c2VjcmV0"'] },
      line: '+ argument -hcl=encrypt = (hidden)',
    },
    'a key in JSON': {
      with: { args: ['-hcl={"encrypt":"c2VjcmV0"}'] },
      line: '+ argument -hcl={"encrypt":(hidden)',
    },
    'several lines of HCL': {
      with: { args: ['-hcl=acl {\n  tokens {\n    agent = "c2VjcmV0"\n  }\n}'] },
      line: '+ argument -hcl=acl {\n  tokens (hidden)',
    },
  }
  for (const [what, { with: changes, line }] of Object.entries(secrets)) {
    it(`hides ${what}`, () => {
      assert.deepEqual(differences(formatSpec(aSpec({ args: [] })), aSpec({ args: [], ...changes })), [line])
    })
  }

  it('differs from another text in something, and from its own in nothing', () => {
    fc.assert(
      fc.property(specs, specs, (was, wanted) => {
        const same = formatSpec(was) === formatSpec(wanted)
        assert.equal(differences(formatSpec(was), wanted).length === 0, same)
        assert.deepEqual(differences(formatSpec(wanted), wanted), [])
      }),
    )
  })

  const strangers: Record<string, string | undefined> = {
    'no label': undefined,
    'an empty label': '',
    'a label that is no JSON': '{"args"',
    'a label that is null': 'null',
    'a label of other fields': '{"image":"example/web:1"}',
    'arguments of another kind': formatSpec(spec).replace('"serve"', '42'),
    'mounts of another kind': formatSpec(spec).replace(/"mounts":\[.*?\]/, '"mounts":[null]'),
  }
  for (const [what, label] of Object.entries(strangers)) {
    it(`takes ${what} for the work of another version`, () => {
      assert.deepEqual(differences(label, spec), ['made by another version of arpanet'])
    })
  }

  it('finds a difference in any label that is not its own text', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (label) => differences(label, spec).length > 0))
  })
})
