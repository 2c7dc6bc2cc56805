import { deviceAlias, deviceGroup, deviceName, type Device, type Links } from './links.ts'
import { endSwitch, makeSwitch } from './ovs/life.ts'
import { ipStep, processStep, type Step } from './step.ts'

/** The device of our name, as the kernel has it. */
export interface ActualDevice {
  readonly kind: string
  readonly alias?: string | undefined
  readonly group: number
  readonly isUp: boolean
  readonly mtuBytes: number
  readonly local?: string | undefined
  readonly key?: number | undefined
  readonly mac?: string | undefined
  readonly port?: number | undefined
  /** Whether it has no other end, does not learn and has all it sends told by neighbours, as those that we make. */
  readonly isPlain: boolean
}

/** Whether it is ours; one without an alias yet we made and were ended at once. */
export const isOurs = ({ alias, group }: ActualDevice): boolean =>
  alias === undefined ? group === deviceGroup : alias === deviceAlias

/** Of packets in the underlay: what Linux would choose is that of the packet inside, which a traceroute makes small. */
const ttl = 64

/** Why it has to go; undefined where it stays. */
export function whyRemove(there: ActualDevice, wanted: Device | undefined): string | undefined {
  if (wanted === undefined) return 'no packet goes by it'
  if (there.kind !== wanted.kind) return `it is of ${there.kind}, and ${wanted.kind} is wanted`
  if (!there.isPlain) return 'it has options that are not ours'
  if (wanted.kind !== 'vxlan') return undefined
  // drivers/net/vxlan: "Cannot change VNI", "Cannot change port".
  if (there.key !== wanted.key) return `its identifier is ${there.key}, and ${wanted.key} is wanted`
  if (there.port !== wanted.port) return `its port is ${there.port}, and ${wanted.port} is wanted`
  return undefined
}

const mark = { alias: deviceAlias, group: deviceGroup } as const

export function makeDevice(device: Device, { ovs }: Pick<Links, 'ovs'>): Step {
  const { kind, mtuBytes, mac } = device
  const address = mac === undefined ? '' : ` address ${mac}`
  if (ovs !== undefined)
    return processStep('make', 'there is none', ...makeSwitch(deviceName, ovs, mtuBytes, mark))
  if (kind === 'tun') {
    return processStep(
      'make',
      'there is none',
      `wireguard-go ${deviceName}`,
      // It answers once it has given the device an MTU of its own.
      `wg show ${deviceName} listen-port`,
      `ip link set dev ${deviceName} group ${deviceGroup} alias ${deviceAlias} mtu ${mtuBytes} up`,
    )
  }
  return ipStep(
    'make',
    'device',
    'there is none',
    `link add name ${deviceName} mtu ${mtuBytes}${address} group ${deviceGroup} type ${typeOf(device)}`,
    `link set dev ${deviceName} alias ${deviceAlias} up`,
  )
}

function typeOf({ kind, key, local, port }: Device): string {
  switch (kind) {
    case 'gre':
      return `gre local ${local} key ${key} ttl ${ttl}`
    case 'vxlan':
      return `vxlan id ${key} dstport ${port} local ${local} nolearning`
    default:
      return kind
  }
}

export const removeDevice = ({ kind }: ActualDevice, reason: string): Step =>
  kind === 'tap'
    ? processStep('remove', reason, ...endSwitch(deviceName, mark))
    : ipStep('remove', 'device', reason, `link delete dev ${deviceName}`)

/** What changes while packets pass. */
export function changeDevice(there: ActualDevice, wanted: Device): readonly Step[] {
  const { kind, key, local, mtuBytes, mac } = wanted
  const differs = (name: 'key' | 'local' | 'mac' | 'mtuBytes', word: string) =>
    wanted[name] === undefined || there[name] === wanted[name]
      ? []
      : [`its ${word} is ${there[name] ?? 'none'}, and ${wanted[name]} is wanted`]
  const type = [...differs('key', 'key'), ...differs('local', 'address')]
  const rest = [
    ...differs('mtuBytes', 'MTU'),
    ...differs('mac', 'MAC'),
    ...(there.alias === deviceAlias ? [] : ['it has no alias']),
    ...(there.isUp ? [] : ['it is down']),
  ]
  if (type.length + rest.length === 0) return []
  const options = kind === 'gre' ? `gre local ${local} key ${key} ttl ${ttl}` : `vxlan local ${local}`
  const address = mac === undefined || mac === there.mac ? '' : ` address ${mac}`
  const lines = [
    ...(type.length === 0 ? [] : [`link set dev ${deviceName} type ${options}`]),
    // After the type: Linux subtracts a key that is new from the MTU.
    `link set dev ${deviceName} alias ${deviceAlias} mtu ${mtuBytes}${address} up`,
  ]
  return [ipStep('change', 'device', [...type, ...rest].join('; '), ...lines)]
}
