import assert from 'node:assert/strict'
import type { Links } from '../../../../src/agents/tunnel/desired/links.ts'
import type { LinkDriver } from '../../../../src/agents/tunnel/desired/peer.ts'
import type { ActualRoute, Step } from '../../../../src/agents/tunnel/plan.ts'
import { StrictKernel } from './plan-kernel.ts'
import { aKey, nothing, statesOf } from './states.ts'

const drivers: readonly LinkDriver[] = ['gre', 'vxlan', 'ovs', 'wireguard', 'host-gw']
const states = {
  'nothing at all': nothing,
  ...Object.assign({}, ...drivers.map((driver) => statesOf(driver))),
} as Record<string, Links>
const two = (driver: LinkDriver) => states[`${driver}: two other hosts`]!

const after = (links: Links, change: (kernel: StrictKernel) => void = () => undefined) => {
  const kernel = new StrictKernel()
  kernel.become(links)
  change(kernel)
  return kernel
}
const told = (steps: readonly Step[]) => steps.map(({ verb, target }) => `${verb} ${target}`)

describe('plan of links', () => {
  for (const [from, before] of Object.entries(states)) {
    it(`leads from ${from} to all ${Object.keys(states).length} states`, () => {
      for (const [to, wanted] of Object.entries(states)) {
        try {
          const kernel = after(before)
          const { steps, conflicts } = kernel.become(wanted)
          assert.deepEqual(conflicts, [])
          if (from === to) assert.deepEqual(steps, [])
          kernel.assertIs(wanted)
        } catch (error) {
          throw new Error(`to ${to}: ${(error as Error).message}`, { cause: error })
        }
      }
    })
  }

  it('changes what a host says it is in place, and only once', () => {
    const links = two('host-gw')
    const routes = links.routes.map((route) => ({ ...route, source: '10.210.1.1' }))
    const kernel = after(links)
    const changed = ['change route 10.210.2.0/24', 'change route 10.210.3.0/24']
    for (const wanted of [{ ...links, routes }, links]) {
      assert.deepEqual(told(kernel.become(wanted).steps), changed)
      kernel.assertIs(wanted)
    }
  })

  const changes: Record<string, [from: string, to: string, steps: readonly string[]]> = {
    'the key of gre in place': ['gre: two other hosts', 'gre: another key', ['change device']],
    'the identifier of vxlan, which cannot, by making all anew': [
      'vxlan: one other host',
      'vxlan: another key',
      [
        'remove device',
        'make device',
        'add address 10.210.1.1/32',
        'add forwarding of 02:d2:0a:4e:00:02',
        'add forwarding of 02:d2:0a:4e:00:03',
        'add neighbour 10.210.2.1',
        'add neighbour 10.210.3.1',
        'add route 10.210.2.0/24',
        'add route 10.210.3.0/24',
      ],
    ],
    'the MTU in place': ['vxlan: two other hosts', 'vxlan: a smaller underlay', ['change device']],
    'the address of a host by one neighbour': [
      'gre: two other hosts',
      'gre: a host with another address',
      ['change neighbour 10.210.2.1'],
    ],
    'the address of this host in place': [
      'gre: two other hosts',
      'gre: another address of this host',
      ['change device'],
    ],
    'from gre to no device route by route, and the device last': [
      'gre: two other hosts',
      'host-gw: two other hosts',
      ['change route 10.210.2.0/24', 'change route 10.210.3.0/24', 'remove device'],
    ],
    'the key of Open vSwitch in place': [
      'ovs: two other hosts',
      'ovs: another key',
      ['change switch', 'change rules of the wire'],
    ],
    'the address of this host in Open vSwitch only': [
      'ovs: two other hosts',
      'ovs: another address of this host',
      ['add flows', 'change rules of the wire', 'remove flows'],
    ],
    'the address of a host of Open vSwitch before the old one goes': [
      'ovs: two other hosts',
      'ovs: a host with another address',
      [
        'add flows',
        'change rules of the wire',
        'change neighbour 10.210.2.1',
        'remove flows',
        'remove rules of the wire',
      ],
    ],
    'a host that leaves, its route first': [
      'vxlan: two other hosts',
      'vxlan: another other host',
      ['remove route 10.210.2.0/24', 'remove neighbour 10.210.2.1', 'remove forwarding of 02:d2:0a:4e:00:02'],
    ],
  }
  for (const [what, [from, to, expected]] of Object.entries(changes)) {
    it(`changes ${what}`, () =>
      assert.deepEqual(told(after(states[from]!).become(states[to]!).steps), expected))
  }

  it('makes a device of the kernel where it has WireGuard', () => {
    const byProcess = two('wireguard')
    const links: Links = { ...byProcess, device: { ...byProcess.device!, kind: 'wireguard' } }
    const kernel = after(byProcess)
    assert.equal(told(kernel.become(links).steps).slice(0, 2).join(), 'remove device,make device')
    kernel.assertIs(links)
  })

  it('makes a switch anew when its process has ended', () => {
    const kernel = after(two('ovs'), ({ ovs }) => ovs.end())
    assert.deepEqual(told(kernel.become(two('ovs')).steps).slice(0, 2), ['remove device', 'make device'])
    kernel.assertIs(two('ovs'))
  })

  it('takes a host of WireGuard away after its route', () => {
    const { steps } = after(two('wireguard')).become(states['wireguard: another other host']!)
    assert.deepEqual(told(steps), ['remove route 10.210.2.0/24', `remove peer ${aKey(2)}`])
  })

  it('is four batches at most, however many hosts come and go', () => {
    const { steps } = after(two('vxlan')).become(states['vxlan: a hundred other hosts']!)
    const programs = steps.map(({ program }) => program)
    const batches = programs.filter((program, index) => program !== programs[index - 1])
    assert.deepEqual(batches, ['ip', 'bridge', 'ip', 'bridge'])
  })

  const route = (changed: Partial<ActualRoute>): ActualRoute => ({
    subnet: '10.210.2.0/24',
    via: '10.78.0.9',
    device: 'under',
    isOnlink: false,
    protocol: 210,
    metric: 0,
    type: 'unicast',
    ...changed,
  })
  const unreachable = (changed: Partial<ActualRoute>) =>
    route({ via: undefined, device: undefined, type: 'unreachable', ...changed })
  const damage: Record<string, (kernel: StrictKernel) => void> = {
    'a device that is down': (kernel) => {
      kernel.device = { ...kernel.device!, isUp: false }
      kernel.routes = []
      kernel.neighbours.clear()
    },
    'a device without the alias that it was about to get': (kernel) => {
      kernel.device = { ...kernel.device!, alias: undefined }
    },
    'a device that has another end': (kernel) => {
      kernel.device = { ...kernel.device!, isPlain: false }
    },
    'a device of another kind': (kernel) => {
      kernel.device = { ...kernel.device!, kind: 'dummy' }
    },
    'an address too many': (kernel) => kernel.addresses.add('10.210.9.9/32'),
    'no address': (kernel) => kernel.addresses.clear(),
    'a neighbour too many': (kernel) => kernel.neighbours.set('10.210.9.1', '10.78.0.9'),
    'a neighbour elsewhere': (kernel) => kernel.neighbours.set('10.210.2.1', '10.78.0.9'),
    'an entry for all that is unknown': (kernel) => kernel.forwarding.set('00:00:00:00:00:00', '10.78.0.9'),
    'a route that went': (kernel) => kernel.routes.shift(),
    'the end of what no host has': (kernel) => kernel.routes.pop(),
    'an end that counts for more': (kernel) =>
      kernel.routes.push(unreachable({ subnet: '10.210.0.0/16', metric: 5 })),
    'a route to nobody': (kernel) => kernel.routes.push(route({ subnet: '10.210.9.0/24' })),
    'a route of several ways': (kernel) =>
      kernel.routes.push(route({ subnet: '10.210.9.0/24', via: undefined, device: undefined })),
    'a route elsewhere': (kernel) => kernel.routes.splice(0, 1, route({})),
    'a route that refuses': (kernel) => kernel.routes.splice(0, 1, unreachable({})),
    'a second route of another metric': (kernel) => kernel.routes.push(route({ metric: 5 })),
    'a second route': (kernel) => kernel.routes.push(route({})),
  }
  for (const driver of ['gre', 'vxlan'] as const) {
    for (const [what, change] of Object.entries(damage)) {
      it(`mends ${what} of ${driver}`, () => {
        const kernel = after(two(driver), change)
        kernel.become(two(driver))
        kernel.assertIs(two(driver))
      })
    }
  }

  const foreign = (kernel: StrictKernel) => {
    kernel.device = { ...kernel.device!, alias: undefined, group: 0, isOfOthers: true }
  }

  it('leaves a device of somebody else alone, and says so', () => {
    const { steps, conflicts } = after(two('gre'), foreign).become(two('vxlan'))
    assert.deepEqual(steps, [])
    assert.deepEqual(conflicts, ['device arpanet1: there is one that is not ours, none was expected'])
  })

  it('minds no device of somebody else where it needs none', () => {
    const kernel = after(two('gre'), foreign)
    const { conflicts } = kernel.become(two('host-gw'))
    assert.deepEqual(conflicts, [])
    assert.ok(kernel.device)
    assert.deepEqual(told(kernel.become(two('host-gw')).steps), [])
  })

  it('leaves a route of somebody else alone, and says so; the others come', () => {
    const kernel = after(nothing)
    const theirs = route({ protocol: 4 })
    kernel.routes.push(theirs)
    const { steps, conflicts } = kernel.become(two('host-gw'))
    assert.deepEqual(told(steps), ['add route 10.210.3.0/24', 'add route 10.210.0.0/16'])
    assert.deepEqual(conflicts, [
      'route 10.210.2.0/24: one that is not ours is there, by 10.78.0.9 on under, none was expected',
    ])
    assert.ok(kernel.routes.includes(theirs))
  })

  it('puts its route before one of somebody else that counts for less', () => {
    const kernel = after(nothing)
    kernel.routes.push(route({ protocol: 4, metric: 100 }))
    assert.deepEqual(kernel.become(two('host-gw')).conflicts, [])
  })
})
