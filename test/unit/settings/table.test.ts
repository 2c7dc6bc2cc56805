import assert from 'node:assert/strict'
import { declaration, settingNames, type SettingName } from '../../../src/settings/table.ts'
import { version } from '../../../src/model/version.ts'

const parse = (name: SettingName, text: string) => declaration(name).parse(text)

describe('settings table', () => {
  for (const name of settingNames) {
    const { example, default: value, defaultFrom, summary } = declaration(name)

    it(`${name} takes its own example and default`, () => {
      assert.notEqual(parse(name, example), undefined)
      if (value !== undefined) assert.notEqual(parse(name, value), undefined)
      if (defaultFrom !== undefined) assert.ok((settingNames as string[]).includes(defaultFrom))
    })

    it(`${name} has a summary that fits a table and a line of help`, () => {
      assert.match(summary, /^[a-z]/)
      assert.doesNotMatch(summary, /[|\n.]$|\|/)
    })
  }

  const defaults: Partial<Record<SettingName, string>> = {
    DOCKER_PORT: '2376',
    CADVISOR_PORT: '8080',
    CONSUL_PORT: '8500',
    CONSUL_EXPECT: '3',
    CONSUL_DATA: '/mnt/arpanet-consul',
    CONSUL_KV_PATH: '/arpanet',
    CONSUL_NAME: 'arpanet_consul',
    CADVISOR_NAME: 'arpanet_cadvisor',
    REGISTRATOR_NAME: 'arpanet_registrator',
    AMBASSADOR_NAME: 'arpanet_backends',
    FLEETSTREET_NAME: 'arpanet_fleetstreet',
    ARPANET_IMAGE: `binocarlos/arpanet:${version}`,
  }
  for (const [name, value] of Object.entries(defaults) as [SettingName, string][]) {
    it(`${name} is ${value} by default`, () => {
      assert.equal(declaration(name).default, value)
    })
  }

  it('pins every public image to a version', () => {
    for (const name of settingNames.filter((each) => each.endsWith('_IMAGE'))) {
      const { default: value } = declaration(name)
      if (value !== undefined) assert.match(value, /:v?\d/)
    }
  })

  const values: [SettingName, text: string, expected: string | number | boolean | undefined][] = [
    ['ARPANET_INSECURE_DOCKER', '1', true],
    ['ARPANET_INSECURE_DOCKER', '0', false],
    ['ARPANET_INSECURE_DOCKER', 'yes', undefined],
    ['ARPANET_CIDR', '10.210.0.0/16', '10.210.0.0/16'],
    ['ARPANET_CIDR', '10.210.3.0/16', undefined],
    ['ARPANET_CIDR', '10.210.0.0/25', undefined],
    ['ARPANET_CIDR', '0.0.0.0/0', undefined],
    ['ARPANET_CIDR', '10.210.0.0', undefined],
    ['ARPANET_SUBNET', '10.210.8.0/24', '10.210.8.0/24'],
    ['ARPANET_SUBNET', '10.210.8.1/24', undefined],
    ['ARPANET_SUBNET', '10.210.0.0/23', undefined],
    ['ARPANET_TUNNEL', 'auto', 'auto'],
    ['ARPANET_TUNNEL', 'vxlan', 'vxlan'],
    ['ARPANET_TUNNEL', 'vxlam', undefined],
    ['ARPANET_BRIDGE', 'app', 'app'],
    ['ARPANET_BRIDGE', 'host', undefined],
    ['ARPANET_BRIDGE', 'a b', undefined],
    ['ARPANET_LEASE_TTL', '1h30m', 5_400_000],
    ['ARPANET_LEASE_TTL', '30m', undefined],
    ['ARPANET_LEASE_TTL', 'a day', undefined],
    ['HOSTNAME', 'node-1.example', 'node-1.example'],
    ['HOSTNAME', 'localhost', undefined],
    ['HOSTNAME', 'LocalHost', undefined],
    ['HOSTNAME', 'node_1', undefined],
    ['ARPANET_IP', '192.0.2.1', '192.0.2.1'],
    ['ARPANET_IP', '127.0.0.1', undefined],
    ['ARPANET_IP', '0.0.0.0', undefined],
    ['ARPANET_IP', 'eth0', undefined],
    ['CONSUL_PORT', '1', 1],
    ['CONSUL_PORT', '65535', 65535],
    ['CONSUL_PORT', '0', undefined],
    ['CONSUL_PORT', '65536', undefined],
    ['CONSUL_PORT', '-1', undefined],
    ['CONSUL_PORT', '85.0', undefined],
    ['CONSUL_PORT', '1e3', undefined],
    ['CONSUL_PORT', '0x50', undefined],
    ['CONSUL_PORT', ' 8500', undefined],
    ['CONSUL_PORT', '8500\n', undefined],
    ['CONSUL_EXPECT', '1', 1],
    ['CONSUL_EXPECT', '9', 9],
    ['CONSUL_EXPECT', '0', undefined],
    ['CONSUL_EXPECT', '10', undefined],
    ['CONSUL_DATA', '/srv/consul data#1', '/srv/consul data#1'],
    ['CONSUL_DATA', 'relative', undefined],
    ['CONSUL_DATA', '/', undefined],
    ['CONSUL_DATA', '//', undefined],
    ['CONSUL_DATA', '/./', undefined],
    ['CONSUL_DATA', '/mnt/..', undefined],
    ['CONSUL_DATA', '/a:b', undefined],
    ['CONSUL_DATA', '~/consul', undefined],
    ['CONSUL_KV_PATH', '/arpanet', '/arpanet'],
    ['CONSUL_KV_PATH', 'a/b/', 'a/b/'],
    ['CONSUL_KV_PATH', '/', undefined],
    ['CONSUL_KV_PATH', 'a//b', undefined],
    ['CONSUL_KV_PATH', 'a b', undefined],
    ['CONSUL_KV_PATH', 'a?recurse', undefined],
    ['CONSUL_KV_PATH', '/arpanet/..', undefined],
    ['CONSUL_KV_PATH', './arpanet', undefined],
    ['CONSUL_IMAGE', 'registry:5000/consul:1', 'registry:5000/consul:1'],
    ['CONSUL_IMAGE', 'Consul', undefined],
    ['CONSUL_NAME', 'my.consul-1_x', 'my.consul-1_x'],
    ['CONSUL_NAME', 'c', undefined],
    ['CONSUL_NAME', '_consul', undefined],
    ['CONSUL_NAME', 'a/b', undefined],
    ['CONSUL_NAME', 'a b', undefined],
  ]
  for (const [name, text, expected] of values) {
    it(`${name} ${expected === undefined ? 'refuses' : 'takes'} ${JSON.stringify(text)}`, () => {
      assert.equal(parse(name, text), expected)
    })
  }
})
