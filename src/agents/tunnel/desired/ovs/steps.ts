import type { LineStep } from '../step.ts'
import { flowsOf } from './flows.ts'
import { greName, insideMac, ports, wireName, type Switch } from './switch.ts'
import { wireRules, wireWords, type Wire } from './wire.ts'

/** A switch as it is. */
export interface ActualSwitch {
  /** What it is made of, each as a line. */
  readonly parts: readonly string[]
  readonly key: number | undefined
  /** Where GRE ends. */
  readonly own: string | undefined
  /** Of the device to the kernel. */
  readonly mtuBytes: number | undefined
  /** By which address all of GRE goes; undefined where it does not all go by one. */
  readonly route: string | undefined
  /** Cookies. */
  readonly flows: readonly string[]
  /** A line for each thing in the table; undefined where there is no table. */
  readonly wire: readonly string[] | undefined
}

const partsOf = (name: string): readonly string[] => [
  `bridge ${name} netdev secure ${insideMac}`,
  `port ${name} internal 65534`,
  `port ${wireName} internal ${ports.wire}`,
  `port ${greName} gre ${ports.gre} flow`,
]

/** Why the switch `name` has to be made anew; undefined where it need not. */
export function whyMakeAnew(there: ActualSwitch | undefined, name: string): string | undefined {
  if (there === undefined) return 'its process has ended'
  if (there.mtuBytes === undefined) return `its device ${wireName} is gone`
  return isSame(there.parts, partsOf(name)) ? undefined : 'its switch is not as we made it'
}

/**
 * By when they are taken: `before` the device has its address, `after` that, and `last`, when no packet goes to those that
 * leave any more.
 */
export interface SwitchSteps {
  readonly before: readonly LineStep[]
  readonly after: readonly LineStep[]
  readonly last: readonly LineStep[]
}

/** What turns the switch into `wanted` while packets pass; `actual` is undefined of one that is new. */
export function planSwitch(wanted: Switch | undefined, actual: ActualSwitch | undefined): SwitchSteps {
  if (wanted === undefined) return { before: [], after: [], last: [] }
  const flows = planFlows(wanted, actual?.flows ?? [])
  const wire = planWire(wanted, actual?.wire)
  return {
    before: planConfig(wanted, actual),
    after: [...planRoute(wanted, actual), ...flows.add, ...wire.add],
    last: [...flows.remove, ...wire.remove],
  }
}

function planConfig({ key, own, mtuBytes }: Switch, actual: ActualSwitch | undefined) {
  const differs = <T>(what: string, there: T, wanted: T, program: 'ovs' | 'ip', line: string): LineStep[] => {
    // Of one that is new all is as it should be.
    if (actual === undefined || there === wanted) return []
    const reason = `its ${what} is ${String(there ?? 'none')}, and ${String(wanted)} is wanted`
    return [{ verb: 'change', target: 'switch', reason, program, lines: [line] }]
  }
  const set = `config set interface ${greName} options`
  return [
    ...differs('end', actual?.own, own, 'ovs', `${set}:local_ip=${own}`),
    ...differs('key', actual?.key, key, 'ovs', `${set}:key=${key}`),
    ...differs('MTU', actual?.mtuBytes, mtuBytes, 'ip', `link set dev ${wireName} mtu ${mtuBytes}`),
  ]
}

function planRoute({ own }: Switch, actual: ActualSwitch | undefined): LineStep[] {
  if (actual?.route === own) return []
  const reason = `it is ${actual?.route ?? 'none'}, and ${own} is wanted`
  return [ovsStep('change', 'way out of the switch', reason, [`route ${own}`])]
}

/** One takes the place of another that is for the same packets. */
function planFlows(wanted: Switch, actual: readonly string[]) {
  const flows = flowsOf(wanted)
  const [there, hosts] = [new Set(actual), count(wanted.peers.length)]
  const missing = [...flows].filter(([cookie]) => !there.has(cookie))
  const tooMany = actual.filter((cookie) => !flows.has(cookie))
  const add = missing.map(([cookie, flow]) => `flow add cookie=0x${cookie},${flow}`)
  const remove = tooMany.map((cookie) => `flow delete cookie=0x${cookie === '' ? '0' : cookie}/-1`)
  return {
    add: add.length === 0 ? [] : [ovsStep('add', 'flows', `they are for ${hosts}`, add)],
    remove: remove.length === 0 ? [] : [ovsStep('remove', 'flows', `they are for ${hosts}`, remove)],
  }
}

/** The table is replaced whole, first by one that has those that leave, too. */
function planWire(wanted: Switch, actual: readonly string[] | undefined) {
  const now = new Set(wanted.peers.map(({ address }) => address))
  const leaving = (actual ?? []).flatMap((line) => {
    const [, address, via] = /^ways (\S+) (\S+)$/.exec(line) ?? []
    return address === undefined || via === undefined || now.has(address) ? [] : [{ address, via }]
  })
  const meanwhile = { ...wanted, peers: [...wanted.peers, ...leaving] }
  const change = (verb: 'change' | 'remove', to: Wire) => {
    const reason = `they are for ${count(to.peers.length)} by ${to.device}`
    return [
      ovsStep(
        verb,
        'rules of the wire',
        reason,
        wireRules(to).map((line) => `rule ${line}`),
      ),
    ]
  }
  return {
    add: isSame(actual ?? [], wireWords(meanwhile)) ? [] : change('change', meanwhile),
    remove: leaving.length === 0 ? [] : change('remove', wanted),
  }
}

const count = (hosts: number): string => (hosts === 1 ? '1 host' : `${hosts} hosts`)

const ovsStep = (
  verb: LineStep['verb'],
  target: string,
  reason: string,
  lines: readonly string[],
): LineStep => ({ verb, target, reason, program: 'ovs', lines })

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.toSorted().join('\n') === b.toSorted().join('\n')
