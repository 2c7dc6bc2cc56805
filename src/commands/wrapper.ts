import { readFile } from 'node:fs/promises'
import { BaseCommand } from '../base-command.ts'
import { declaration } from '../settings/table.ts'

const image = declaration('ARPANET_IMAGE').default ?? ''

export default class Wrapper extends BaseCommand {
  static override summary =
    'print the wrapper that belongs to this image, to install as /usr/local/bin/arpanet'
  static override examples = [
    `docker run --rm ${image} wrapper > /usr/local/bin/arpanet && chmod +x /usr/local/bin/arpanet`,
  ]

  async run(): Promise<void> {
    await this.parse(Wrapper)
    process.stdout.write(await readFile(`${this.config.root}/wrapper`))
  }
}
