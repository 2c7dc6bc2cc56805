import { Args } from '@oclif/core'
import { BaseCommand } from '../../base-command.ts'
import { notFound } from '../../errors.ts'
import { parseKey } from './key.ts'

export default class KvGet extends BaseCommand {
  static override summary = 'write the value of a key: its bytes and nothing else'
  static override examples = ['arpanet kv get folder/a', 'arpanet kv get folder/picture > picture.png']
  static override uses = ['ARPANET_IP', 'CONSUL_PORT'] as const
  static override args = {
    key: Args.string({ required: true, ignoreStdin: true, description: 'the key' }),
  }

  async run(): Promise<void> {
    const { args } = await this.parse(KvGet)
    const key = parseKey('kv get', args.key)
    const { kv } = await this.consul()
    const entry = await kv.entry(key)
    if (entry === undefined) throw notFound(`kv get: no key "${key}"`)
    process.stdout.write(entry.value)
  }
}
