import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  firstAddress,
  isHostAddress,
  isHostname,
  isPeer,
  isWithinSubnet,
  localAddresses,
} from '../../../src/model/address.ts'

const label63 = 'a'.repeat(63)

describe('address', () => {
  const hostAddresses: Record<string, boolean> = {
    '192.0.2.1': true,
    '10.0.0.1': true,
    '223.255.255.255': true,
    '1.2.3.4': true,
    '0.0.0.0': false,
    '0.1.2.3': false,
    '127.0.0.1': false,
    '127.255.255.255': false,
    '224.0.0.1': false,
    '255.255.255.255': false,
    '1.2.3': false,
    '1.2.3.4.5': false,
    '300.1.1.1': false,
    '01.2.3.4': false,
    ' 192.0.2.1': false,
    '192.0.2.1\n': false,
    '192.0.2.1/24': false,
    '192.0.2.1:8500': false,
    '2001:db8::1': false,
    nope: false,
    '': false,
  }
  for (const [text, expected] of Object.entries(hostAddresses)) {
    it(`${JSON.stringify(text)} is ${expected ? 'an' : 'no'} address of a host`, () => {
      assert.equal(isHostAddress(text), expected)
    })
  }

  const hostnames: Record<string, boolean> = {
    node1: true,
    'h-1.example.org': true,
    NODE1: true,
    '1node': true,
    a: true,
    [label63]: true,
    [`${label63}.${label63}.${label63}.${'a'.repeat(61)}`]: true,
    [`${label63}.${label63}.${label63}.${'a'.repeat(62)}`]: false,
    [`${label63}a`]: false,
    '-node': false,
    'node-': false,
    node_1: false,
    'a..b': false,
    '.a': false,
    'a.': false,
    'a b': false,
    'node1\n': false,
    ünode: false,
    '': false,
  }
  for (const [text, expected] of Object.entries(hostnames)) {
    it(`${JSON.stringify(text)} is ${expected ? 'a' : 'no'} host name`, () => {
      assert.equal(isHostname(text), expected)
    })
  }

  const peers: Record<string, boolean> = {
    h2: true,
    'h2.example.org': true,
    '192.0.2.1': true,
    '1.2.3': false,
    '300.1.1.1': false,
    '127.0.0.1': false,
    '12': false,
    'h2:8301': false,
    localhost: false,
    LOCALHOST: false,
  }
  for (const [text, expected] of Object.entries(peers)) {
    it(`another host can ${expected ? '' : 'not '}be called ${JSON.stringify(text)}`, () => {
      assert.equal(isPeer(text), expected)
    })
  }

  const subnets: [string, string, boolean][] = [
    ['172.17.0.1', '172.17.0.0/16', true],
    ['172.17.255.254', '172.17.0.0/16', true],
    ['172.18.0.1', '172.17.0.0/16', false],
    ['192.0.2.9', '192.0.2.8/30', true],
    ['192.0.2.12', '192.0.2.8/30', false],
  ]
  for (const [address, subnet, expected] of subnets) {
    it(`${address} is ${expected ? '' : 'not '}within ${subnet}`, () => {
      assert.equal(isWithinSubnet(address, subnet), expected)
    })
  }

  const firsts: Record<string, string> = {
    '172.17.0.0/16': '172.17.0.1',
    '10.255.255.0/24': '10.255.255.1',
    '192.0.2.8/29': '192.0.2.9',
    '223.255.255.252/30': '223.255.255.253',
    '10.0.0.255/32': '10.0.1.0',
  }
  for (const [subnet, first] of Object.entries(firsts)) {
    it(`the first address of ${subnet} is ${first}`, () => {
      assert.equal(firstAddress(subnet), first)
    })
  }

  it('the first address of a network is within it', () => {
    const octet = fc.integer({ min: 0, max: 255 })
    const network = fc.tuple(fc.integer({ min: 1, max: 223 }), octet, octet, fc.integer({ min: 8, max: 24 }))
    fc.assert(
      fc.property(network, ([a, b, c, prefix]) => {
        const subnet = `${a}.${b}.${c}.0/${prefix}`
        return isWithinSubnet(firstAddress(subnet), subnet)
      }),
    )
  })

  it("finds a namespace's own addresses in the kernel's routing trie, each once", () => {
    const fibTrie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
     +-- 192.0.2.0/24 2 0 2
           |-- 192.0.2.0
              /24 link UNICAST
           |-- 192.0.2.7
              /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
Local:
  +-- 0.0.0.0/0 3 0 5
           |-- 127.0.0.1
              /32 host LOCAL
           |-- 192.0.2.7
              /32 host LOCAL
`
    assert.deepEqual(localAddresses(fibTrie), ['127.0.0.1', '192.0.2.7'])
  })

  it('finds no addresses in an empty trie', () => {
    assert.deepEqual(localAddresses(''), [])
  })
})
