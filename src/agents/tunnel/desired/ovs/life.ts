import { greName, insideMac, ports, wireName, wireTable, type Switch } from './switch.ts'

/** Of the container that its processes live in; all programs of Open vSwitch look there. */
const folder = '/run/openvswitch'
/** A device that Open vSwitch makes beside those that it is asked for, one in a network of devices. */
export const spareName = 'ovs-netdev'

/** How a device of ours is told from others'. */
export interface Mark {
  readonly alias: string
  readonly group: number
}

/** Lines of a shell that make the switch `name` from nothing, and what it lives in, each only after the one before. */
export function makeSwitch(name: string, wanted: Switch, mtuBytes: number, { alias, group }: Mark): string[] {
  const { key, own } = wanted
  const quiet = '--pidfile --detach --no-chdir -vconsole:off -vsyslog:off'
  const bridge = [
    `add-br ${name}`,
    // Without a flow nothing passes, and no controller is looked for.
    `set bridge ${name} datapath_type=netdev fail_mode=secure other_config:disable-in-band=true 'other_config:hwaddr="${insideMac}"'`,
    `add-port ${name} ${wireName}`,
    `set interface ${wireName} type=internal ofport_request=${ports.wire}`,
    `add-port ${name} ${greName}`,
    `set interface ${greName} type=gre ofport_request=${ports.gre} options:remote_ip=flow options:local_ip=${own} options:key=${key}`,
  ]
  const mark = (device: string, rest: string) =>
    `ip link set dev ${device} group ${group} alias ${alias}${rest}`
  return [
    ...endSwitch(name, { alias, group }),
    ...[wireName, spareName].map(
      (device) =>
        `{ ! ip link show dev ${device} > /dev/null 2>&1 || { echo "device ${device}: there is one that is not ours, none was expected" >&2; false; }; }`,
    ),
    `mkdir -p ${folder}`,
    `rm -f ${folder}/conf.db`,
    `ovsdb-tool create ${folder}/conf.db`,
    `ovsdb-server ${folder}/conf.db --remote=punix:db.sock --log-file=/dev/null ${quiet}`,
    'ovs-vsctl --timeout=5 --no-wait init',
    `ovs-vswitchd --log-file=/dev/null ${quiet}`,
    `ovs-vsctl --timeout=5 ${bridge.join(' -- ')}`,
    mark(spareName, ''),
    mark(wireName, ` mtu ${wanted.mtuBytes} up`),
    mark(name, ` mtu ${mtuBytes} up`),
  ]
}

/** Lines of a shell that leave nothing of it, whatever is there. */
export function endSwitch(name: string, { alias }: Mark): string[] {
  // They remove the file last. Devices outlive a process that was killed.
  const end = (process: string, how: string) =>
    `{ ! ovs-appctl --timeout=3 -t ${process} exit${how} 2> /dev/null || timeout 3 sh -c 'while [ -e ${folder}/${process}.pid ]; do sleep 0.02; done'; }`
  return [
    `{ nft delete table netdev ${wireTable} 2> /dev/null || true; }`,
    end('ovs-vswitchd', ' --cleanup'),
    end('ovsdb-server', ''),
    `for each in ${wireName} ${spareName} ${name}; do if ip link show dev $each 2> /dev/null | grep -q 'alias ${alias}$'; then ip link delete dev $each; fi; done`,
  ]
}
