import assert from 'node:assert/strict'
import { formatPublished, parsePublished, publisherOf } from '../../../src/model/published-container.ts'

const original = (rest: object) =>
  Buffer.from(JSON.stringify({ ID: 'db', IP: '192.0.2.1', Container: { Id: '1', Name: '/db', ...rest } }))

describe('a published container', () => {
  it('tells whose it is without being parsed', () => {
    const publisher = { id: 'a "b" \\ ä', ip: '2001:db8::1', host: 'h"1' }
    assert.deepEqual(publisherOf(Buffer.from(formatPublished(publisher, '{}'))), publisher)
    assert.deepEqual(publisherOf(original({})), { id: 'db', ip: '192.0.2.1', host: undefined })
  })

  for (const text of [
    '',
    'x',
    '{}',
    '[]',
    'null',
    '{"ID":"a"}',
    '{"ID":"a","IP":"b"}',
    '{"ID":"\\x","IP":"b","Container":{}}',
  ]) {
    it(`is not ${text || 'nothing'}`, () => {
      assert.equal(publisherOf(Buffer.from(text)), undefined)
      assert.equal(parsePublished('a', Buffer.from(text)), undefined)
    })
  }

  it('is not what begins like one and breaks off', () => {
    assert.equal(parsePublished('a', Buffer.from('{"ID":"a","IP":"b","Container":{')), undefined)
  })

  it('is read as far as it is told', () => {
    const nothing = { id: '', image: '', state: '', health: '', ports: [], createdAt: '' }
    const value = Buffer.from('{"ID":"a","IP":"b","Host":"h1","Container":{},"Trimmed":["Container"]}')
    assert.deepEqual(parsePublished('k', value), {
      ...nothing,
      key: 'k',
      name: 'a',
      host: 'h1',
      address: 'b',
    })
    const odd = original({ Config: 'x', State: [], NetworkSettings: { Ports: { '80/tcp': 1 } } })
    assert.deepEqual(parsePublished('k', odd)?.ports, ['80/tcp'])
  })

  it('names its ports as docker ps does', () => {
    const Ports = {
      '8080/tcp': [
        { HostIp: '0.0.0.0', HostPort: '80' },
        { HostIp: '::', HostPort: '80' },
      ],
      '53/udp': null,
      '53/tcp': [],
    }
    assert.deepEqual(parsePublished('k', original({ NetworkSettings: { Ports } }))?.ports, [
      ...['53/tcp', '53/udp'],
      ...['0.0.0.0:80->8080/tcp', '[::]:80->8080/tcp'],
    ])
  })
})
