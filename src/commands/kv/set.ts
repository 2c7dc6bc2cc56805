import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.ts'
import { conflict, usage } from '../../errors.ts'
import { valueLimitBytes } from '../../model/key.ts'
import { parseKey } from './key.ts'

export default class KvSet extends BaseCommand {
  static override summary = 'set a key to a value, of 512 KiB at most'
  static override examples = [
    'arpanet kv set folder/a "a value with spaces"',
    'arpanet kv set folder/picture - < picture.png',
    'arpanet kv set --cas 42 folder/a "only if nobody changed it since kv info said ModifyIndex 42"',
  ]
  static override uses = ['ARPANET_IP', 'CONSUL_PORT'] as const
  static override args = {
    key: Args.string({ required: true, ignoreStdin: true, description: 'the key' }),
    value: Args.string({
      required: true,
      ignoreStdin: true,
      description: 'the value; "-" reads standard input',
    }),
  }
  static override flags = {
    cas: Flags.string({ description: 'set it only while its ModifyIndex is this; 0: only if there is none' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KvSet)
    const key = parseKey('kv set', args.key)
    const index = parseIndex(flags.cas)
    const value = args.value === '-' ? await readAll(this.world.terminal.input) : Buffer.from(args.value)
    if (value.length > valueLimitBytes) {
      throw usage(`kv set: expected a value of ${valueLimitBytes} bytes at most, got more`)
    }
    const { kv } = await this.consul()
    if (!(await kv.set(key, value, index))) {
      const what =
        index === 0 ? 'is there already' : `is not at index ${index}: it was changed, or is not there`
      throw conflict(`kv set: "${key}" ${what}`, `arpanet kv info ${key}`)
    }
    this.print(`${key} is set (${value.length} bytes)`)
  }
}

function parseIndex(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw usage(`kv set: expected --cas to be an index such as 42, got "${text}"`)
  return Number(text)
}

/** All of the input, or the first bytes of it that are too many: nobody waits for the rest of an endless pipe. */
async function readAll(input: NodeJS.ReadStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of input as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > valueLimitBytes) break
  }
  return Buffer.concat(chunks)
}
