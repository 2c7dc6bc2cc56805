import assert from 'node:assert/strict'
import { parseTarget } from '../../../src/model/registry-target.ts'

const consul = (host: string, port: number, tls = false) => ({
  kind: 'consul',
  endpoint: { at: 'tcp', host, port, tls },
})

describe('the URI of a registry', () => {
  const taken: Record<string, object> = {
    'consul://': { kind: 'consul', endpoint: { at: 'default' } },
    'consul:': { kind: 'consul', endpoint: { at: 'default' } },
    'consul://192.0.2.1:8501': consul('192.0.2.1', 8501),
    'CONSUL://consul.example/': consul('consul.example', 8500),
    'consul://[2001:db8::1]:8500': consul('2001:db8::1', 8500),
    'consul://:8600': consul('127.0.0.1', 8600),
    'consul-tls://consul.example:8501': consul('consul.example', 8501, true),
    'consul-unix:///run/consul.sock': { kind: 'consul', endpoint: { at: 'unix', path: '/run/consul.sock' } },
    'consulkv://localhost:8500/a/b/': {
      kind: 'consulkv',
      endpoint: { at: 'tcp', host: 'localhost', port: 8500, tls: false },
      prefix: 'a/b',
    },
    'consulkv:///a%20b': { kind: 'consulkv', endpoint: { at: 'default' }, prefix: 'a b' },
    'consulkv-unix:///run/consul.sock:/a/b': {
      kind: 'consulkv',
      endpoint: { at: 'unix', path: '/run/consul.sock' },
      prefix: 'a/b',
    },
    'etcd://192.0.2.1/network': { kind: 'etcd', host: '192.0.2.1', port: 2379, prefix: 'network' },
    'etcd://': { kind: 'etcd', host: '127.0.0.1', port: 2379, prefix: '' },
  }
  for (const [uri, target] of Object.entries(taken)) {
    it(uri, () => {
      assert.deepEqual(parseTarget(uri), target)
    })
  }

  const understood = 'consul, consul-tls, consul-unix, consulkv, consulkv-unix or etcd was expected'
  const original = "; the original's image can be set as REGISTRATOR_IMAGE"
  const refused: Record<string, string> = {
    '127.0.0.1:8500': 'no URI, one such as consul://127.0.0.1:8500 was expected',
    'http://x': `there is no registry 'http', ${understood}`,
    'zookeeper://x/y': `zookeeper is not supported, ${understood}${original}`,
    'skydns2://x/y.z': `skydns2 is not supported, ${understood}${original}`,
    'consul://a:b': "'a:b' is no address, HOST or HOST:PORT was expected",
    'consul://a:70000': "'a:70000' is no address, HOST or HOST:PORT was expected",
    'consul://me@a': "'me@a' is no address, HOST or HOST:PORT was expected",
    'consul-unix://': 'the socket is missing, consul-unix:///PATH was expected',
    'consulkv://a': 'the path is missing, the folder for the keys was expected',
    'consulkv-unix:///run/consul.sock': 'the path is missing, the folder for the keys was expected',
    'consulkv-unix://': 'the socket is missing, consulkv-unix:///PATH:/PREFIX was expected',
    'etcd://a/%zz': 'a % that stands for no character, %25 was expected',
  }
  for (const [uri, fault] of Object.entries(refused)) {
    it(`${uri} is refused`, () => {
      assert.equal(parseTarget(uri), `${uri}: ${fault}`)
    })
  }
})
