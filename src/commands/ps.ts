import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { notFound } from '../errors.ts'
import { formatAge } from '../model/age.ts'
import { columns } from '../model/columns.ts'
import { normaliseKey } from '../model/key.ts'
import { parsePublished, type PublishedContainer } from '../model/published-container.ts'
import type { SettingName } from '../settings/table.ts'

export default class Ps extends BaseCommand {
  static override summary = 'show the containers of all hosts'
  static override description =
    'Shows what fleetstreet on each host tells of the containers that run there. Those of a host that is lost are gone.'
  static override examples = ['arpanet ps', 'arpanet ps --host node2', 'arpanet ps --json']
  static override uses: SettingName[] = ['ARPANET_IP', 'CONSUL_PORT', 'CONSUL_KV_PATH']
  static override flags = {
    host: Flags.string({ description: 'only those of this host', helpValue: 'NAME' }),
    json: Flags.boolean({ description: 'print JSON' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Ps)
    const { CONSUL_KV_PATH } = await this.settings('CONSUL_KV_PATH')
    const { kv } = await this.consul()
    const folder = normaliseKey(`${CONSUL_KV_PATH}/containers`)
    const { leaves } = await kv.tree(folder)
    const all = leaves.flatMap(({ key, value }) => parsePublished(key.slice(folder.length + 1), value) ?? [])
    const foreign = leaves.length - all.length
    if (foreign > 0) this.progress(`${foreign} of ${leaves.length} keys in ${folder} tell of no container`)
    const chosen = all
      .filter(({ host }) => flags.host === undefined || host === flags.host)
      .sort((a, b) => compare(a.host, b.host) || compare(a.name, b.name) || compare(a.key, b.key))
    if (chosen.length === 0 && flags.host !== undefined) {
      const known = [...new Set(all.map(({ host }) => host))].sort().join(', ')
      throw notFound(
        `ps: no container of host "${flags.host}", expected ${known === '' ? 'one: there are none yet' : `one of ${known}`}`,
        'arpanet ps',
      )
    }
    if (flags.json) this.print(JSON.stringify(chosen, null, 2))
    else if (chosen.length > 0) for (const line of table(chosen, Date.now())) this.print(line)
    else this.print('no host tells of its containers yet: start fleetstreet on each with arpanet start:stack')
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const heading = ['NAME', 'HOST', 'IMAGE', 'STATE', 'PORTS', 'AGE']

function table(containers: readonly PublishedContainer[], now: number): string[] {
  const rows = containers.map(({ name, host, image, state, health, ports, createdAt }) => {
    const age = now - Date.parse(createdAt)
    return [
      name,
      host,
      image,
      health === '' ? state : `${state} (${health})`,
      ports.join(', '),
      Number.isNaN(age) ? '' : formatAge(age),
    ]
  })
  return columns([heading, ...rows])
}
