import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  edit,
  editsTo,
  keyChanges,
  parseDaemonJson,
  usersKeys,
  type DaemonKeys,
} from '../../../src/setup/daemon-json.ts'

const path = '/etc/docker/daemon.json'
const editor = (line?: number) => `\${EDITOR:-vi} ${line === undefined ? '' : `+${line} `}${path}`

describe('daemon.json', () => {
  const good: Record<string, { text: string; keys: DaemonKeys }> = {
    'an object': { text: '{"debug": true}\n', keys: { debug: true } },
    'an object without keys': { text: '{}', keys: {} },
    'an empty file': { text: '', keys: {} },
    'a file of nothing but space': { text: ' \t\r\n\n', keys: {} },
    'one of Windows': { text: '{\r\n  "dns": ["192.0.2.53"]\r\n}\r\n', keys: { dns: ['192.0.2.53'] } },
    'signs that look like a comment in a text': {
      text: '{"registry-mirrors": ["https://mirror.example.com"]}',
      keys: { 'registry-mirrors': ['https://mirror.example.com'] },
    },
    'one name in two objects': {
      text: '{"a": {"max": 1}, "b": {"max": 2}}',
      keys: { a: { max: 1 }, b: { max: 2 } },
    },
  }
  for (const [what, { text, keys }] of Object.entries(good)) {
    it(`may be ${what}`, () => {
      assert.deepEqual(parseDaemonJson(text), { keys })
    })
  }

  const faults: Record<string, { text: string; says: string; mend: string }> = {
    'a comment': {
      text: '{\n  // ours\n  "debug": true\n}\n',
      says: 'holds a comment at line 2, column 3, and Docker reads JSON only',
      mend: editor(2),
    },
    'a comment in a line': {
      text: '{"debug": true /* for now */}',
      says: 'holds a comment at line 1, column 16, and Docker reads JSON only',
      mend: editor(1),
    },
    'a byte order mark': {
      text: '\uFEFF{"debug": true}\n',
      says: 'begins with a byte order mark, expected plain UTF-8',
      mend: String.raw`sed -i '1s/^\xef\xbb\xbf//' ${path}`,
    },
    'a trailing comma': {
      text: '{"debug": true,}\n',
      says: 'is not JSON (property name expected) at line 1, column 16, and Docker reads JSON only',
      mend: editor(1),
    },
    'a missing comma': {
      text: '{\n  "debug": true\n  "mtu": 1400\n}\n',
      says: 'is not JSON (comma expected) at line 3, column 3, and Docker reads JSON only',
      mend: editor(3),
    },
    'half a file': {
      text: '{"debug": tr',
      says: 'is not JSON (invalid symbol) at line 1, column 11, and Docker reads JSON only',
      mend: editor(1),
    },
    'an open bracket': {
      text: '{"dns": ["192.0.2.53"]',
      says: 'is not JSON (close brace expected) at line 1, column 23, and Docker reads JSON only',
      mend: editor(1),
    },
    'two objects': {
      text: '{}\n{}\n',
      says: 'is not JSON (end of file expected) at line 2, column 1, and Docker reads JSON only',
      mend: editor(2),
    },
    'a list': {
      text: '[]\n',
      says: 'holds something else than an object, expected { … }',
      mend: editor(),
    },
    'a text': {
      text: '"debug"',
      says: 'holds something else than an object, expected { … }',
      mend: editor(),
    },
    'a key twice': {
      text: '{"debug": true, "mtu": 1400, "debug": false}\n',
      says: 'says "debug" twice, expected it once',
      mend: editor(),
    },
    'a key twice, once with an escape': {
      text: '{"debug": true, "\\u0064ebug": true}\n',
      says: 'says "debug" twice, expected it once',
      mend: editor(),
    },
  }
  for (const [what, { text, says, mend }] of Object.entries(faults)) {
    it(`with ${what} ${says}`, () => {
      assert.deepEqual(parseDaemonJson(text), { faults: [{ what: `${path}: ${says}`, mend }] })
    })
  }
})

describe('an edit of daemon.json', () => {
  const ours = { dns: ['10.210.1.1', '192.0.2.53'], bip: '10.210.1.1/24' }
  const edits: Record<string, { text: string; keys?: DaemonKeys; expected: string }> = {
    'fills an empty file': {
      text: '',
      expected: `{
  "dns": [
    "10.210.1.1",
    "192.0.2.53"
  ],
  "bip": "10.210.1.1/24"
}
`,
    },
    'fills an object without keys': {
      text: '{ }',
      keys: { bip: '10.210.1.1/24' },
      expected: '{\n  "bip": "10.210.1.1/24"\n}',
    },
    'keeps tabs, odd spaces, the order and a missing newline': {
      text: '{\n\t"log-opts": {"max-size":   "10m"},\n\t"labels": ["rack=7",  "row=b"],\n\t"debug": false\n}',
      expected:
        '{\n\t"log-opts": {"max-size":   "10m"},\n\t"labels": ["rack=7",  "row=b"],\n\t"debug": false,\n\t"dns": [\n\t\t"10.210.1.1",\n\t\t"192.0.2.53"\n\t],\n\t"bip": "10.210.1.1/24"\n}',
    },
    'keeps four spaces and lines of Windows': {
      text: '{\r\n    "debug": true\r\n}\r\n',
      expected:
        '{\r\n    "debug": true,\r\n    "dns": [\r\n        "10.210.1.1",\r\n        "192.0.2.53"\r\n    ],\r\n    "bip": "10.210.1.1/24"\r\n}\r\n',
    },
    'keeps a file of one line one': {
      text: '{"debug":true, "labels": ["rack=7",  "row=b"]}\n',
      expected:
        '{"debug":true, "labels": ["rack=7",  "row=b"],"dns": ["10.210.1.1","192.0.2.53"],"bip": "10.210.1.1/24"}\n',
    },
    'changes a value in its place': {
      text: '{\n  "bip": "10.9.8.1/24",\n  "debug": true\n}\n',
      keys: { bip: '10.210.1.1/24' },
      expected: '{\n  "bip": "10.210.1.1/24",\n  "debug": true\n}\n',
    },
    'takes out what is undefined, and nothing where there is none': {
      text: '{\n  "bip": "10.9.8.1/24",\n  "debug": true\n}\n',
      keys: { bip: undefined, mtu: undefined },
      expected: '{\n  "debug": true\n}\n',
    },
    'without keys changes nothing': { text: '{"debug" :true }', keys: {}, expected: '{"debug" :true }' },
  }
  for (const [what, { text, keys = ours, expected }] of Object.entries(edits)) {
    it(what, () => {
      assert.equal(edit(text, keys), expected)
    })
  }

  const names = ['dns', 'bip', 'mtu', 'tlsverify']
  const name = fc.oneof(fc.string(), fc.constantFrom(...names, 'debug', '0', ''))
  const object = fc
    .dictionary(
      name.filter((each) => each !== '__proto__'),
      fc.jsonValue(),
    )
    .map((each) => JSON.parse(JSON.stringify(each)) as DaemonKeys)
  const change = fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(fc.constant(undefined), fc.string(), fc.nat(), fc.array(fc.string())),
  )
  const layout = fc.constantFrom('', ' ', '  ', '    ', '\t')
  const eol = fc.constantFrom('\n', '\r\n')

  it('changes no key but its own, and no sign of the others, however they are laid out', () => {
    fc.assert(
      fc.property(object, change, layout, eol, (before, keys, indent, end) => {
        const text = JSON.stringify(before, null, indent).replaceAll('\n', end)
        const after = edit(text, keys)
        const parsed = parseDaemonJson(after)
        assert.ok('keys' in parsed, after)
        const wanted = Object.entries({ ...before, ...keys }).filter(([, value]) => value !== undefined)
        assert.deepEqual(parsed.keys, Object.fromEntries(wanted))
        const others = (all: object) => Object.keys(all).filter((each) => !Object.hasOwn(keys, each))
        assert.deepEqual(others(parsed.keys), others(before))
        for (const each of others(before)) {
          const alone = JSON.stringify({ [each]: before[each] }, null, indent)
            .slice(1, -1)
            .trim()
          assert.ok(after.includes(alone.replaceAll('\n', end)), after)
        }
        if (text.includes('\r')) assert.doesNotMatch(after, /[^\r]\n/)
      }),
    )
  })

  it('that is taken back leaves the keys of before', () => {
    fc.assert(
      fc.property(object, change, layout, (before, keys, indent) => {
        const text = JSON.stringify(before, null, indent)
        const there = parseDaemonJson(edit(text, keys))
        assert.ok('keys' in there)
        const back = edit(edit(text, keys), editsTo(there.keys, before))
        assert.deepEqual(parseDaemonJson(back), { keys: before })
      }),
    )
  })
})

describe('keys of daemon.json', () => {
  const changes: Record<string, { before: DaemonKeys; after: DaemonKeys; expected: string[] }> = {
    'what comes': { before: {}, after: { mtu: 1450 }, expected: ['+ "mtu": 1450'] },
    'what goes': { before: { tlsverify: true }, after: {}, expected: ['- "tlsverify": true'] },
    'what is another, its list in one line': {
      before: { dns: ['192.0.2.53'] },
      after: { dns: ['10.210.1.1', '192.0.2.53'] },
      expected: ['- "dns": ["192.0.2.53"]', '+ "dns": ["10.210.1.1", "192.0.2.53"]'],
    },
    'not what is the same': {
      before: { debug: true, labels: ['a'] },
      after: { labels: ['a'], debug: true },
      expected: [],
    },
  }
  for (const [what, { before, after, expected }] of Object.entries(changes)) {
    it(`differ by ${what}`, () => {
      assert.deepEqual(keyChanges(before, after), expected)
    })
  }

  const remembered = {
    set: { dns: ['10.210.1.1', 'x'], mtu: 1450 },
    was: { bip: '10.9.8.1/24' },
    theirs: { dns: ['x'] },
  }
  const now: Record<string, { keys: DaemonKeys; expected: DaemonKeys }> = {
    'are those of before where setup wrote them': {
      keys: { debug: true, dns: ['10.210.1.1', 'x'], mtu: 1450 },
      expected: { debug: true, dns: ['x'] },
    },
    'are those of before where a setup that broke off had written others': {
      keys: { debug: true, bip: '10.9.8.1/24' },
      expected: { debug: true },
    },
    'stay as somebody changed them since': {
      keys: { debug: false, dns: ['y'], mtu: 1400, bip: '10.1.0.1/24', labels: ['a'] },
      expected: { debug: false, dns: ['y'], mtu: 1400, bip: '10.1.0.1/24', labels: ['a'] },
    },
    'stay away where somebody took them out since': { keys: { mtu: 1450 }, expected: {} },
  }
  for (const [what, { keys, expected }] of Object.entries(now)) {
    it(`of the user ${what}`, () => {
      assert.deepEqual(usersKeys(keys, remembered), expected)
    })
  }

  it('are changed by nothing but what differs', () => {
    assert.deepEqual(editsTo({ a: 1, b: [2], c: 3 }, { b: [2], c: 4, d: 5 }), {
      a: undefined,
      c: 4,
      d: 5,
    })
    assert.deepEqual(editsTo({ a: { b: 1 } }, { a: { b: 1 } }), {})
  })
})
