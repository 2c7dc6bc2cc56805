import { ArpanetError } from '../errors.ts'
import { readChains, type IptablesChain } from './iptables-read.ts'
import type { Shell } from './shell.ts'

export type { IptablesChain } from './iptables-read.ts'

/** A kernel can have rules of both at once, and a packet that one of them drops is dropped. */
export type IptablesEngine = 'nft' | 'legacy'

export interface IptablesRules {
  readonly engine: IptablesEngine
  /** None where the engine has no table yet. */
  readonly chains: readonly IptablesChain[]
}

/** A change of one rule, as `-I INPUT -j ACCEPT`. */
export interface IptablesChange {
  readonly table: string
  readonly line: string
}

/** IPv4 rules of one network namespace, by the programs of iptables. */
export interface Iptables {
  /** Those of both engines; nothing of one that this host does not have. */
  rules(): Promise<readonly IptablesRules[]>
  /** All changes of a table or, where it throws, none of them. */
  apply(engine: IptablesEngine, changes: readonly IptablesChange[]): Promise<void>
}

const engines = ['nft', 'legacy'] as const
/** For the lock that all users of the legacy engine share (/run/xtables.lock). */
const lockSeconds = 5
/** What is said where the kernel has no nf_tables, or no xtables. */
const isMissing =
  /there is no such program|not supported|can't initialize iptables table|Table does not exist/i

export function connect(shell: Shell): Iptables {
  const save = async (engine: IptablesEngine): Promise<readonly IptablesChain[]> => {
    try {
      // Without the name of a table, which would make the kernel load it.
      return readChains(await shell.run([`iptables-${engine}-save`]))
    } catch (error) {
      if (isMissing.test((error as Error).message)) return []
      throw error
    }
  }
  return {
    rules: () => Promise.all(engines.map(async (engine) => ({ engine, chains: await save(engine) }))),
    apply: async (engine, changes) => {
      if (changes.length === 0) return
      const script = [...Map.groupBy(changes, ({ table }) => table)].flatMap(([table, some]) => [
        `*${table}`,
        ...some.map(({ line }) => line),
        'COMMIT',
      ])
      try {
        // A chain that is named as in a listing would be emptied: only rules are.
        await shell.run(
          [`iptables-${engine}-restore`, '--noflush', `--wait=${lockSeconds}`],
          script.map((line) => `${line}\n`).join(''),
        )
      } catch (error) {
        throw shorter(engine, script, error)
      }
    },
  }
}

function shorter(engine: IptablesEngine, script: readonly string[], error: unknown): unknown {
  if (!(error instanceof ArpanetError)) return error
  const [, number] = /\bline:? (\d+)/.exec(error.message) ?? []
  const line = script[Number(number) - 1]
  if (line === undefined) return error
  // The engine of nf_tables says it of a rule, that of xtables of a whole table.
  const [, why = 'the kernel refused it'] = /failed \(([^)]*)\)/.exec(error.message) ?? []
  return new ArpanetError(error.kind, `iptables-${engine}: ${why}: ${line}`, { cause: error })
}
