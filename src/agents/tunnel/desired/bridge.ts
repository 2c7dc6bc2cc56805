import { firstAddress } from '../../../model/address.ts'

/** The network of Docker that this host's containers are in, as it should be. */
export interface BridgeWish {
  /** As ARPANET_BRIDGE has it: docker0, or the name of a network. */
  readonly name: string
  readonly subnet: string
  readonly mtuBytes: number
  /** The device that packets of the others come in by. */
  readonly from: string
  /** Whether the engine has an option for that device, without which it would drop them: from 28.2 on. */
  readonly mustTrust: boolean
}

/** A network as Docker has it. */
export interface ActualBridge {
  readonly id: string
  readonly driver: string
  readonly subnet?: string | undefined
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly users: readonly string[]
}

export interface BridgeStep {
  readonly verb: 'create' | 'remove'
  readonly target: string
  readonly reason: string
  readonly program: 'docker'
  readonly network: {
    readonly name: string
    readonly subnet: string
    readonly gateway: string
    readonly options: Readonly<Record<string, string>>
    readonly labels: Readonly<Record<string, string>>
  }
}

export interface BridgePlan {
  readonly steps: readonly BridgeStep[]
  /** Why containers in it are not reached, and the ways out; undefined where they are. */
  readonly fault: string | undefined
}

export const docker0 = 'docker0'
/** Marks a network as ours; one without it is somebody else's, and never removed. */
export const bridgeLabel = 'arpanet.tunnel'
/** Of the network that we make. */
const madeDevice = 'arpanet0'

const option = {
  device: 'com.docker.network.bridge.name',
  mtu: 'com.docker.network.driver.mtu',
  trusted: 'com.docker.network.bridge.trusted_host_interfaces',
} as const

/** Docker's name for what ARPANET_BRIDGE names. */
export const networkOf = (bridge: string): string => (bridge === docker0 ? 'bridge' : bridge)

/** The device of a network; of one that is not there yet, the one that it will have. */
export const deviceOf = (actual: ActualBridge | undefined): string =>
  actual === undefined ? madeDevice : (actual.options[option.device] ?? `br-${actual.id.slice(0, 12)}`)

/** What a network lacks, as `it has 172.17.0.0/16, 10.210.8.0/24 was expected`; undefined where it is as it should be. */
function lack(wish: BridgeWish, actual: ActualBridge): string | undefined {
  if (actual.driver !== 'bridge') return `its driver is ${actual.driver}, bridge was expected`
  if (actual.subnet !== wish.subnet) {
    return `it has ${actual.subnet ?? 'no IPv4 subnet'}, ${wish.subnet} was expected`
  }
  if (wish.name === docker0 || !wish.mustTrust) return undefined
  const trusted = actual.options[option.trusted]?.split(':') ?? []
  const lets = ['nat-unprotected', 'routed'].includes(
    actual.options['com.docker.network.bridge.gateway_mode_ipv4'] ?? '',
  )
  if (trusted.includes(wish.from) || lets) return undefined
  return `it lets nothing in from ${wish.from}, the option ${option.trusted}=${wish.from} was expected`
}

/** What makes the network as it should be, or why nobody may. A network that is used, or is not ours, stays as it is. */
export function planBridge(wish: BridgeWish, actual: ActualBridge | undefined): BridgePlan {
  const { name, subnet } = wish
  const step = (verb: BridgeStep['verb'], reason: string): BridgeStep => ({
    verb,
    target: `network ${name}`,
    reason,
    program: 'docker',
    network: {
      name,
      subnet,
      gateway: firstAddress(subnet),
      options: {
        [option.device]: madeDevice,
        [option.mtu]: String(wish.mtuBytes),
        ...(wish.mustTrust ? { [option.trusted]: wish.from } : {}),
      },
      labels: { [bridgeLabel]: subnet },
    },
  })
  if (actual === undefined) {
    return name === docker0
      ? { steps: [], fault: 'Docker has none, one was expected: arpanet setup' }
      : { steps: [step('create', 'there is none')], fault: undefined }
  }
  const fault = lack(wish, actual)
  if (fault === undefined) return { steps: [], fault }
  if (name === docker0) return { steps: [], fault: `${fault}: ARPANET_SUBNET=${subnet} arpanet setup` }
  const isOurs = actual.labels[bridgeLabel] !== undefined
  if (isOurs && actual.users.length === 0) {
    return { steps: [step('remove', fault), step('create', fault)], fault: undefined }
  }
  const users = actual.users.length === 0 ? '' : `, which ${actual.users.slice(0, 3).join(', ')} use`
  return {
    steps: [],
    fault: `${fault}; remove the network${users}: docker network rm ${name}, or take another: export ARPANET_BRIDGE=…`,
  }
}
