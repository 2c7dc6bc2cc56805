import { Args } from '@oclif/core'
import { BaseCommand } from '../../base-command.ts'
import { notFound } from '../../errors.ts'
import { parseKey } from './key.ts'

export default class KvInfo extends BaseCommand {
  static override summary = 'print what Consul keeps for a key, as JSON: indexes, flags, the value in base64'
  static override examples = ['arpanet kv info folder/a']
  static override uses = ['ARPANET_IP', 'CONSUL_PORT'] as const
  static override args = {
    key: Args.string({ required: true, ignoreStdin: true, description: 'the key' }),
  }

  async run(): Promise<void> {
    const { args } = await this.parse(KvInfo)
    const key = parseKey('kv info', args.key)
    const { kv } = await this.consul()
    const entry = await kv.entry(key)
    if (entry === undefined) throw notFound(`kv info: no key "${key}"`)
    this.print(JSON.stringify([entry.raw], null, 2))
  }
}
