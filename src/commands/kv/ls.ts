import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.ts'
import { relativeTo } from '../../model/key.ts'
import { parseFolder } from './key.ts'

export default class KvLs extends BaseCommand {
  static override summary = 'list the keys under a folder, a line each, relative to it'
  static override examples = ['arpanet kv ls', 'arpanet kv ls folder', 'arpanet kv ls --json folder']
  static override uses = ['ARPANET_IP', 'CONSUL_PORT'] as const
  static override args = {
    folder: Args.string({ ignoreStdin: true, description: 'the folder; all keys without it' }),
  }
  static override flags = { json: Flags.boolean({ description: 'print a JSON array' }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KvLs)
    const folder = parseFolder('kv ls', args.folder ?? '')
    const { kv } = await this.consul()
    const keys = relativeTo(folder, await kv.keys(folder === '' ? '' : `${folder}/`))
    const text = flags.json ? `${JSON.stringify(keys, null, 2)}\n` : keys.map((key) => `${key}\n`).join('')
    process.stdout.write(text)
  }
}
