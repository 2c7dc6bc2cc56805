import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.ts'
import { isWithin, splitRecurse } from '../../model/key.ts'
import { parseKey } from './key.ts'

export default class KvDel extends BaseCommand {
  static override summary = 'delete a key, or a key and everything under it'
  static override description = `KEY?recurse is the same as --recurse. Both take KEY and what is under KEY/, and leave KEY2 alone.`
  static override examples = ['arpanet kv del folder/a', 'arpanet kv del folder/a?recurse']
  static override uses = ['ARPANET_IP', 'CONSUL_PORT'] as const
  static override args = {
    key: Args.string({ required: true, ignoreStdin: true, description: 'the key' }),
  }
  static override flags = { recurse: Flags.boolean({ char: 'r', description: 'everything under it too' }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KvDel)
    const asked = splitRecurse(args.key)
    const key = parseKey('kv del', asked.key)
    const recurse = asked.recurse || flags.recurse
    const { kv } = await this.consul()
    if (recurse) {
      const keys = (await kv.keys(key)).filter((each) => isWithin(key, each))
      await kv.removeTree(key)
      this.print(
        `${key} and what was under it: ${keys.length} ${keys.length === 1 ? 'key is' : 'keys are'} deleted`,
      )
    } else {
      const there = (await kv.entry(key)) !== undefined
      await kv.remove(key)
      this.print(there ? `${key} is deleted` : `${key} was not there`)
    }
  }
}
