import type { Files } from '../../../drivers/files.ts'
import type { Iptables } from '../../../drivers/iptables.ts'
import type { Nft } from '../../../drivers/nft.ts'
import {
  base,
  elementOf,
  guardRule,
  membersName,
  tableName,
  unmaskedRule,
} from '../desired/firewall/guard.ts'
import type { ActualFirewall } from '../desired/firewall/plan.ts'
import { dockerUser } from '../desired/firewall/rules.ts'
import { readTable } from './read-table.ts'

/** What a firewall is read from. */
export interface FirewallDrivers {
  readonly iptables: Pick<Iptables, 'rules'>
  readonly nft: Pick<Nft, 'apply' | 'list'>
  /** Of the host, whose network is looked at. */
  readonly files: Pick<Files, 'readText'>
}

const forwarding = '/proc/sys/net/ipv4/ip_forward'

/** What the kernel has. Writes nothing where our table is there. */
export async function readFirewall({ iptables, nft, files }: FirewallDrivers): Promise<ActualFirewall> {
  const [rules, table, forwards] = await Promise.all([
    iptables.rules(),
    tableOf(nft),
    files.readText(forwarding),
  ])
  return { rules, table, forwards: forwards?.trim() === '1' }
}

/** What is said where the kernel, or the program, cannot do what is asked; all else may pass. */
const isUnable = /not supported|no such program|No such file or directory|cache initialization failed/i

/**
 * Tells of each change of a rule, and whether it may be one of ours, where the kernel can tell; ends when `signal` is
 * aborted, or fails.
 */
export async function followFirewall(
  nft: Pick<Nft, 'changes'>,
  changed: (isOurs: boolean) => void,
  opened: () => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    await nft.changes(
      (table, line) => changed(table === tableName || line.includes(dockerUser)),
      opened,
      signal,
    )
  } catch (error) {
    if (!isUnable.test((error as Error).message)) throw error
    // There is nobody to listen to, and each pass looks.
    opened()
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }
}

async function tableOf(nft: FirewallDrivers['nft']): Promise<ActualFirewall['table']> {
  try {
    const table = readTable(await nft.list(tableName))
    if (table === undefined) await nft.apply(attempt)
    return table
  } catch (error) {
    const { message } = error as Error
    if (isUnable.test(message)) return message
    throw error
  }
}

const attempted = `inet ${tableName}_attempt`

/** All that the table is made of, for no time at all: a kernel may lack any part of it. */
const attempt = [
  ...base(`${tableName}_attempt`),
  `add rule ${attempted} input ${guardRule({ kind: 'gre', key: 1 })}`,
  `add rule ${attempted} input ${guardRule({ kind: 'vxlan', key: 1, port: 4789 })}`,
  `add rule ${attempted} postrouting ${unmaskedRule({ source: '10.0.0.0/24', overlay: '10.0.0.0/16', device: 'lo' })}`,
  `add element ${attempted} ${membersName} { ${elementOf({ address: '10.1.0.1', subnet: '10.0.0.0/24' })} }`,
  `delete table ${attempted}`,
]
  .map((line) => `${line}\n`)
  .join('')
