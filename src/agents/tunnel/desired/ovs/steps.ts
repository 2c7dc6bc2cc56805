import type { LineStep } from '../step.ts'
import { flowsOf } from './flows.ts'
import { greName, ports, wireName, type Switch } from './switch.ts'
import { wireRules, wireWords } from './wire.ts'

/** The switch as it is. */
export interface ActualSwitch {
  /** Its ports and what it is made of, each as a line. */
  readonly parts: readonly string[]
  readonly mac: string | undefined
  readonly key: number | undefined
  readonly own: string | undefined
  /** Of the device to the kernel. */
  readonly mtuBytes: number | undefined
  /** By which address of its own GRE goes; undefined where it does not all go by one. */
  readonly route: string | undefined
  /** Cookies, sorted. */
  readonly flows: readonly string[]
  /** Undefined where there is no table. */
  readonly wire: readonly string[] | undefined
}

/** What does not depend on anything. */
const parts = (name: string): readonly string[] => [
  `bridge ${name} netdev secure`,
  `port ${name} internal 65534`,
  `port ${wireName} internal ${ports.wire}`,
  `port ${greName} gre ${ports.gre} flow`,
]

/** Why it has to be made anew; undefined where it need not. */
export function whyMakeAnew(there: ActualSwitch | undefined, name: string): string | undefined {
  if (there === undefined) return 'its process has ended'
  return isSame(there.parts, parts(name)) ? undefined : 'its switch is not as we made it'
}

/** Lines of a shell that make the switch, which is the device `name`, and start what it lives in. */
export function makeSwitch(name: string, { key, own, mac, mtuBytes }: Switch, mark: string): string[] {
  const folder = '/run/openvswitch'
  const start = [
    `mkdir -p ${folder}`,
    `rm -f ${folder}/conf.db ${folder}/.conf.db.~lock~`,
    `ovsdb-tool create ${folder}/conf.db`,
    `ovsdb-server ${folder}/conf.db --remote=punix:db.sock --pidfile --detach --no-chdir -vconsole:off -vsyslog:off`,
    'ovs-vsctl --no-wait init',
    'ovs-vswitchd --pidfile --detach --no-chdir -vconsole:off -vsyslog:off',
  ]
  const bridge = [
    `add-br ${name}`,
    `set bridge ${name} datapath_type=netdev fail_mode=secure other_config:disable-in-band=true other_config:hwaddr='"${mac}"'`,
    `add-port ${name} ${wireName}`,
    `set interface ${wireName} type=internal ofport_request=${ports.wire}`,
    `add-port ${name} ${greName}`,
    `set interface ${greName} type=gre ofport_request=${ports.gre} options:remote_ip=flow options:local_ip=${own} options:key=${key}`,
  ]
  const isFree = `! ip link show dev ${wireName} > /dev/null 2>&1`
  const isOurs = `ip link show dev ${wireName} | grep -q '${mark.replace(/ .*/, '')}'`
  return [
    ...endSwitch(name),
    `{ ${isFree} || { echo device ${wireName}: there is one that is not ours, none was expected >&2; false; }; }`,
    ...start,
    `ovs-vsctl --timeout=5 ${bridge.join(' -- ')}`,
    `ip link set dev ${wireName} ${mark} mtu ${mtuBytes} up`,
  ].filter((line) => line !== isOurs)
}

export const endSwitch = (name: string): string[] => [name]

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.toSorted().join('\n') === b.toSorted().join('\n')
void ({} as LineStep)
void flowsOf
void wireRules
void wireWords
