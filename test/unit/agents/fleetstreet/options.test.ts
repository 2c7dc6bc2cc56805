import assert from 'node:assert/strict'
import { parseFleetstreet } from '../../../../src/agents/fleetstreet/options.ts'

const host = { host: 'h1', shown: 'SERVICE_*' }
const parse = (line: string) => parseFleetstreet(line.split(' '), host)

describe("fleetstreet's command line", () => {
  it("is the original's", () => {
    assert.deepEqual(parse('-ip=192.0.2.1 -ensure consul://192.0.2.9:8501/arpanet/containers'), {
      ...host,
      ip: '192.0.2.1',
      variable: 'FLEETSTREET_NAME',
      ensure: true,
      folder: 'arpanet/containers',
      consul: { host: '192.0.2.9', port: 8501 },
    })
  })

  const targets: Record<string, readonly [string, number, string]> = {
    'consul://consul/a': ['consul', 8500, 'a'],
    'consul:///a//b/': ['127.0.0.1', 8500, 'a/b'],
    'CONSUL://[2001:db8::1]:80/a': ['2001:db8::1', 80, 'a'],
  }
  for (const [uri, [address, port, folder]] of Object.entries(targets)) {
    it(`understands ${uri}`, () => {
      const options = parse(`--ip 2001:db8::2 --var NAME --ensure=false ${uri}`)
      assert.deepEqual([options.consul, options.folder], [{ host: address, port }, folder])
      assert.deepEqual([options.ip, options.variable, options.ensure], ['2001:db8::2', 'NAME', false])
    })
  }

  const wrong: Record<string, RegExp> = {
    'consul://c/a': /--ip argument required/,
    '-ip=x consul://c/a': /-ip x: no IP address/,
    '-ip=192.0.2.1': /there is no URI/,
    '-ip=192.0.2.1 consul://c/a -ensure': /-ensure: too many words/,
    '-ip=192.0.2.1 -var=A=B consul://c/a': /-var A=B: no variable's name/,
    '-ip=192.0.2.1 -what consul://c/a': /-what: there is no such flag/,
    '-h': /help was asked for/,
    '-ip=192.0.2.1 etcd://c/a': /etcd is not supported yet/,
    '-ip=192.0.2.1 redis://c/a': /no URI of Consul/,
    '-ip=192.0.2.1 consul': /no URI of Consul/,
    '-ip=192.0.2.1 consul://c': /the path is missing/,
    '-ip=192.0.2.1 consul://c/../a': /the path makes no key/,
    '-ip=192.0.2.1 consul://c:0/a': /'c:0' is no address/,
    '-ip=192.0.2.1 consul://a:b:c/a': /'a:b:c' is no address/,
  }
  for (const [line, message] of Object.entries(wrong)) {
    it(`refuses "${line}"`, () => {
      assert.throws(() => parse(line), { name: 'ArpanetError', kind: 'usage', message })
    })
  }
})
