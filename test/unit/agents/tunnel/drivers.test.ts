import assert from 'node:assert/strict'
import { checkDriver } from '../../../../src/agents/tunnel/drivers.ts'
import { precondition, unavailable, type ArpanetError } from '../../../../src/errors.ts'

const none = { device: undefined, addresses: [], neighbours: [], forwarding: [] }
const made = {
  ...{ kind: 'tap', alias: 'arpanet', group: 210, isUp: false, mtuBytes: 1500, isPlain: true },
  ...{ local: undefined, key: undefined, mac: undefined, port: undefined },
}

/** A host that has all that Open vSwitch needs, but for what is said. */
const check = ({
  spare,
  ready = () => Promise.resolve(),
  carries = true,
}: {
  spare?: Omit<typeof made, 'alias'> & { alias: string | undefined }
  ready?: () => Promise<void>
  carries?: boolean
}): Promise<void> =>
  checkDriver(
    'ovs',
    {
      makes: () => Promise.reject(new Error('its kernel is not asked')),
      device: () => Promise.resolve(spare === undefined ? none : { ...none, device: spare }),
    },
    { ready },
    { carries: () => Promise.resolve(carries) },
  )

const refuses = (outcome: Promise<void>, sentence: RegExp) =>
  assert.rejects(outcome, (error: ArpanetError) => {
    assert.equal(error.kind, 'precondition')
    assert.match(error.message, sentence)
    assert.match(error.hint ?? '', /ARPANET_TUNNEL=vxlan/)
    return true
  })

describe('whether a host can speak by Open vSwitch', () => {
  it('is so where it has what that needs, and where it speaks so already', async () => {
    await check({})
    await check({ spare: made })
  })

  it('is not so without a device of processes, and the module is named', async () => {
    await refuses(check({ ready: () => Promise.reject(precondition('no device', '')) }), /its module tun/)
  })

  it('is not so where nftables carries nothing, and the module is named', async () => {
    await refuses(check({ carries: false }), /its module nft_fwd_netdev/)
  })

  it("is not so beside somebody else's in userspace", async () => {
    await refuses(check({ spare: { ...made, alias: undefined, group: 0 } }), /somebody else has ovs-netdev/)
  })

  it('is not known where the engine does not answer', async () => {
    const ready = () => Promise.reject(unavailable('Docker: no answer'))
    await assert.rejects(check({ ready }), { kind: 'unavailable' })
  })
})
