import assert from 'node:assert/strict'
import { isLoopback, nameservers, realNameservers, searches } from '../../../src/model/resolvers.ts'

describe('resolvers', () => {
  const files: Record<string, { text: string; expected: string[] }> = {
    'every server, in its order': {
      text: 'nameserver 192.0.2.1\nnameserver 192.0.2.2\n',
      expected: ['192.0.2.1', '192.0.2.2'],
    },
    'a server behind tabs, and without a last newline': {
      text: '\tnameserver\t192.0.2.1',
      expected: ['192.0.2.1'],
    },
    'no comments': {
      text: '# nameserver 192.0.2.1\n; nameserver 192.0.2.2\nnameserver 192.0.2.3 # main\nnameserver 192.0.2.4;x\n',
      expected: ['192.0.2.3', '192.0.2.4'],
    },
    'no other words': {
      text: 'search example.org\noptions ndots:2\nnameservers 192.0.2.1\nnameserver\n',
      expected: [],
    },
    'IPv6 servers': { text: 'nameserver 2001:db8::1\n', expected: ['2001:db8::1'] },
  }
  for (const [what, { text, expected }] of Object.entries(files)) {
    it(`reads ${what} from a resolv.conf`, () => {
      assert.deepEqual(nameservers(text), expected)
    })
  }

  const servers: Record<string, boolean> = {
    '127.0.0.53': true,
    '127.0.0.1': true,
    '::1': true,
    '::ffff:127.0.0.53': true,
    '192.0.2.1': false,
    '12.7.0.1': false,
    '2001:db8::1': false,
  }
  for (const [server, expected] of Object.entries(servers)) {
    it(`${server} is ${expected ? 'a' : 'no'} loopback stub`, () => {
      assert.equal(isLoopback(server), expected)
    })
  }

  const stub = 'nameserver 127.0.0.53\noptions edns0\n'
  const real = 'nameserver 192.0.2.1\nnameserver 192.0.2.2\n'

  it('takes the file that programs read where it names real servers', () => {
    assert.deepEqual(realNameservers([real, 'nameserver 192.0.2.9\n']), ['192.0.2.1', '192.0.2.2'])
  })

  it('takes the servers behind a stub from the next file', () => {
    assert.deepEqual(realNameservers([stub, real]), ['192.0.2.1', '192.0.2.2'])
  })

  it('leaves the stub out where real servers stand beside it', () => {
    assert.deepEqual(realNameservers([stub + real]), ['192.0.2.1', '192.0.2.2'])
  })

  it('leaves out servers that are excepted, and reads on where nothing else is there', () => {
    assert.deepEqual(realNameservers(['nameserver 172.17.0.1\n', real], ['172.17.0.1', '192.0.2.2']), [
      '192.0.2.1',
    ])
  })

  it('finds none where all are stubs', () => {
    assert.deepEqual(realNameservers([stub, '', stub]), [])
    assert.deepEqual(realNameservers([]), [])
  })

  const domains: [what: string, text: string, expected: string[]][] = [
    ['the domains of its search line', 'search example.org example.net\n', ['example.org', 'example.net']],
    ['a domain line as well', 'nameserver 192.0.2.1\ndomain example.org\n', ['example.org']],
    ['the last line of several', 'search a.example\ndomain b.example\nsearch c.example', ['c.example']],
    [
      'domains behind tabs and blanks',
      'search\texample.org \t example.net \n',
      ['example.org', 'example.net'],
    ],
    ['nothing where the root alone is searched', 'search .\n', []],
    ['nothing of a comment', '# search example.org\n;search example.org\n', []],
    ['nothing of another word', 'searches example.org\noptions search\n', []],
    ['nothing of an empty file', '', []],
  ]
  for (const [what, text, expected] of domains) {
    it(`searches ${what} of a resolv.conf`, () => {
      assert.deepEqual(searches(text), expected)
    })
  }
})
