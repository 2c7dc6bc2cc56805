import { BaseCommand } from '../base-command.ts'
import { notFound } from '../errors.ts'

/** What `setup` runs in a container to see which names containers find. */
export default class Lookup extends BaseCommand {
  static override hidden = true
  static override summary = 'print the addresses that a program in this container finds for names'
  static override usage = 'lookup NAME...'
  static override strict = false
  static override examples = ['arpanet lookup consul.service.consul']

  async run(): Promise<void> {
    const { argv } = await this.parse(Lookup)
    const names = await this.world.names()
    const found = await Promise.all(
      (argv as string[]).map(async (name) => ({ name, addresses: await names.lookup(name) })),
    )
    for (const { name, addresses } of found) this.print([name, ...addresses].join(' '))
    const unknown = found.filter(({ addresses }) => addresses.length === 0).map(({ name }) => name)
    if (unknown.length > 0) throw notFound(`lookup: no address for ${unknown.join(', ')}`)
  }
}
