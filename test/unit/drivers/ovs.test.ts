import assert from 'node:assert/strict'
import { switchNames } from '../../../src/agents/tunnel/desired/ovs/names.ts'
import { connect, type Ovs } from '../../../src/drivers/ovs.ts'
import { readRoute, readWire } from '../../../src/drivers/ovs-read.ts'
import { unavailable } from '../../../src/errors.ts'

const bridges = {
  headings: ['name', 'datapath_type', 'fail_mode', 'other_config'],
  data: [
    [
      ...['arpanet1', 'netdev', 'secure'],
      [
        'map',
        [
          ['disable-in-band', 'true'],
          ['hwaddr', '02:d2:00:00:00:01'],
        ],
      ],
    ],
  ],
}
const interfaces = {
  headings: ['name', 'type', 'options', 'ofport', 'mtu'],
  data: [
    ['arpanet1', 'internal', ['map', []], 65534, 1458],
    ['arpanet2', 'internal', ['map', []], 2, 1500],
    [
      ...['arpanetgre', 'gre'],
      [
        'map',
        [
          ['key', '7'],
          ['local_ip', '10.210.1.1'],
          ['remote_ip', 'flow'],
        ],
      ],
      ...[3, ['set', []]],
    ],
  ],
}
const ways = `Route Table:
Cached: 10.78.0.1/32 dev under SRC 10.78.0.1 local
User: 0.0.0.0/1 dev arpanet1 GW 10.210.1.1 SRC 10.210.1.1
User: 128.0.0.0/1 dev arpanet1 GW 10.210.1.1 SRC 10.210.1.1
`
const table = {
  nftables: [
    { metainfo: { version: '1.0.6' } },
    { table: { family: 'netdev', name: 'arpanet_tunnel', handle: 3 } },
    { map: { name: 'ways', type: 'ipv4_addr', map: 'ipv4_addr', elem: [['10.78.0.2', '10.78.0.254']] } },
    { set: { name: 'members', type: 'ipv4_addr', elem: ['10.78.0.2'] } },
    { chain: { name: 'arriving', type: 'filter', hook: 'ingress', prio: -300 } },
    { rule: { chain: 'arriving', comment: 'a', expr: [{ counter: {} }, { fwd: { dev: 'arpanet2' } }] } },
    { rule: { chain: 'leaving', comment: 'b', expr: [{ drop: null }] } },
  ],
}
const answers: Readonly<Record<string, string>> = {
  'ovs-appctl': ways,
  'ovs-vsctl': `${JSON.stringify(bridges)}\n${JSON.stringify(interfaces)}\n`,
  'ovs-ofctl': ' cookie=0x1f, priority=0 actions=drop\n priority=1,ip actions=LOCAL\n',
  nft: JSON.stringify(table),
}

/** Programs that answer, write down how they were run, and fail as they are told. */
function ovs(failures: Readonly<Record<string, string>> = {}): { ovs: Ovs; ran: string[] } {
  const ran: string[] = []
  const run = ([program = '', ...words]: readonly string[], input = '') => {
    ran.push(
      [program, ...words, ...(input === '' ? [] : [`< ${input.trim().replaceAll('\n', '; ')}`])].join(' '),
    )
    const failure = failures[program]
    if (failure !== undefined) return Promise.reject(unavailable(`${program}: ${failure}`))
    return Promise.resolve(answers[program] ?? '')
  }
  return { ovs: connect({ run, follow: () => Promise.reject(new Error('none')) }, switchNames), ran }
}

describe('open vswitch', () => {
  it('says what a switch is made of, and who is on its wire', async () => {
    assert.deepEqual(await ovs().ovs.state(), {
      parts: [
        'bridge arpanet1 netdev secure 02:d2:00:00:00:01',
        'port arpanet1 internal 65534',
        'port arpanet2 internal 2',
        'port arpanetgre gre 3 flow',
      ],
      ...{ key: 7, own: '10.210.1.1', mtuBytes: 1500, route: '10.210.1.1' },
      flows: ['1f', ''],
      wire: [
        'ways 10.78.0.2 10.78.0.254',
        'members 10.78.0.2',
        'chain arriving ingress -300',
        'rule arriving a to arpanet2',
        'rule leaving b',
      ],
    })
  })

  it('knows ways that are not as they should be', () => {
    assert.equal(readRoute('arpanet1', ways), '10.210.1.1')
    assert.equal(readRoute('arpanet1', ways.replace('User: 128', 'Cached: 128')), undefined)
    assert.equal(readRoute('arpanet1', ways.replace('GW 10.210.1.1', 'GW 10.210.1.2')), undefined)
    assert.equal(readRoute('arpanet1', `${ways}User: 10.9.0.0/16 dev x SRC 10.9.0.1\n`), undefined)
    assert.equal(readRoute('arpanet1', ''), undefined)
  })

  it('knows a kernel without the table', async () => {
    const state = await ovs({ nft: 'Error: No such file or directory' }).ovs.state()
    assert.equal(state?.wire, undefined)
    assert.equal(state?.key, 7)
  })

  for (const [what, program, failure] of [
    [
      'its process is gone',
      'ovs-appctl',
      'ovs-appctl: cannot read pidfile "/run/openvswitch/x.pid" (No such process)',
    ],
    ['its database is gone', 'ovs-vsctl', 'unix:/run/openvswitch/db.sock: database connection failed'],
    ['its container is gone', 'ovs-appctl', '(HTTP code 404) no such container - No such container: x'],
    ['its container has ended', 'ovs-appctl', '(HTTP code 409) unexpected - container x is not running'],
  ] as const) {
    it(`is nothing where ${what}`, async () => {
      assert.equal(await ovs({ [program]: failure }).ovs.state(), undefined)
    })
  }

  it('is not taken for gone where nobody can be asked', async () => {
    await assert.rejects(ovs({ 'ovs-appctl': 'socket hang up' }).ovs.state(), /socket hang up/)
  })

  it('takes lines of one kind that follow one another by one program', async () => {
    const { ovs: it, ran } = ovs()
    await it.apply(['config set a b=1', 'config set c d=2', 'flow add x', 'flow delete y', 'rule z'])
    assert.deepEqual(ran, [
      'ovs-vsctl --timeout=5 -- set a b=1 -- set c d=2',
      'ovs-ofctl --timeout=5 --bundle add-flows arpanet1 - < add x; delete y',
      'nft -f - < z',
    ])
  })

  it('has all of GRE leave by one address', async () => {
    const { ovs: it, ran } = ovs()
    await it.apply(['route 10.210.1.1'])
    assert.deepEqual(
      ran.map((each) => each.replace('ovs-appctl --timeout=5 -t ovs-vswitchd ', '')),
      [
        'ovs/route/del 0.0.0.0/1',
        'ovs/route/add 0.0.0.0/1 arpanet1 10.210.1.1',
        'ovs/route/del 128.0.0.0/1',
        'ovs/route/add 128.0.0.0/1 arpanet1 10.210.1.1',
        'tnl/neigh/set arpanet1 10.210.1.1 02:d2:00:00:00:00',
      ],
    )
  })

  it('asks the kernel whether it can carry, and leaves nothing there', async () => {
    const { ovs: it, ran } = ovs()
    assert.equal(await it.carries(), true)
    assert.match(ran[0]!, /delete table netdev arpanet_tunnel_attempt$/)
    assert.equal(
      await ovs({ nft: 'Error: Could not process rule: Operation not supported' }).ovs.carries(),
      false,
    )
    await assert.rejects(ovs({ nft: 'no answer' }).ovs.carries(), /no answer/)
  })

  it('names what is in the table and not ours', () => {
    const strange = { nftables: [{ table: { flags: 'dormant' } }, { counter: { name: 'theirs' } }] }
    assert.deepEqual(readWire(JSON.stringify(strange)), ['table "dormant"', 'counter theirs'])
  })
})
