import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import type { Docker } from '../drivers/docker/docker.ts'
import { ArpanetError, unavailable } from '../errors.ts'
import { withTag } from '../model/image-reference.ts'
import { PullBoard } from '../model/pull-board.ts'
import { services } from '../services/index.ts'
import type { SettingName } from '../settings/table.ts'

type ImageSetting = SettingName & `${string}_IMAGE`

const isImageSetting = (name: SettingName): name is ImageSetting => name.endsWith('_IMAGE')

/** arpanet's own, and what the services in the table name. */
function imageSettings(): ImageSetting[] {
  const used: SettingName[] = ['ARPANET_IMAGE', ...services.flatMap(({ uses }): SettingName[] => [...uses])]
  return used.filter(isImageSetting)
}

/** What became of one image. */
interface Outcome {
  readonly image: string
  readonly result: 'pulled' | 'is up to date' | 'was here already' | ArpanetError
}

export default class Pull extends BaseCommand {
  static override summary = 'pull the images of all services, and of arpanet itself'
  static override description = `All at once. An image that is here already is not asked for again, unless --force is given. What the caller is
logged in to with docker login can be pulled from, where the login is in ~/.docker/config.json.`
  static override examples = ['arpanet pull', 'arpanet pull --force']
  static override uses: ImageSetting[] = [...new Set(imageSettings())]
  static override flags = {
    force: Flags.boolean({ char: 'f', description: 'ask the registries for images that are here, too' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Pull)
    const settings = await this.settings(...Pull.uses)
    const images = [...new Set(Pull.uses.map((name) => withTag(settings[name])))]
    const docker = await this.docker()
    // Before the first pull: without an engine there is one fault, not one per image.
    const before = await Promise.all(images.map((image) => docker.images.id(image)))
    const wanted = images.filter((_image, index) => flags.force || before[index] === undefined)
    const board = new PullBoard(wanted, this.paper())
    const outcomes = await Promise.all(
      images.map(async (image, index): Promise<Outcome> => {
        if (!wanted.includes(image)) return { image, result: 'was here already' }
        const outcome = await pull(image, before[index], docker, board)
        const { result } = outcome
        board.end(image, result instanceof ArpanetError ? `not pulled: ${reason(outcome)}` : result)
        return outcome
      }),
    )
    this.print(conclude(outcomes))
  }
}

async function pull(
  image: string,
  before: string | undefined,
  docker: Docker,
  board: PullBoard,
): Promise<Outcome> {
  try {
    await docker.images.pull(image, (event) => board.event(image, event))
    const same = before !== undefined && (await docker.images.id(image)) === before
    return { image, result: same ? 'is up to date' : 'pulled' }
  } catch (error) {
    if (!(error instanceof ArpanetError)) throw error
    return { image, result: error }
  }
}

/** Why an image did not come, its name, which stands before it, left out. */
const reason = ({ image, result }: Outcome): string =>
  result instanceof ArpanetError ? result.message.replace(`Docker: cannot pull ${image}: `, '') : result

/** What is now true. Throws where an image did not come, and lists all of them. */
function conclude(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(({ result }) => result instanceof ArpanetError)
  if (failed.length > 0) {
    const width = Math.max(...outcomes.map(({ image }) => image.length))
    const rows = outcomes.map((outcome) => {
      const what = outcome.result instanceof ArpanetError ? `not pulled: ${reason(outcome)}` : outcome.result
      return `  ${outcome.image.padEnd(width)}  ${what}`
    })
    const hints = failed
      .map(({ result }) => (result as ArpanetError).hint)
      .filter((hint) => hint !== undefined)
    throw unavailable(
      [`pull: ${failed.length} of ${count(outcomes.length)} did not come`, ...rows].join('\n'),
      [...new Set([...hints, 'arpanet pull'])].join('\n'),
    )
  }
  const kinds = ['pulled', 'is up to date', 'was here already'] as const
  const parts = kinds
    .map((kind) => ({ kind, number: outcomes.filter(({ result }) => result === kind).length }))
    .filter(({ number }) => number > 0)
    .map(({ kind, number }) => `${number} ${kind.replace(/^(is|was) /, '')}`)
  return `${count(outcomes.length)} on this host: ${parts.join(', ')}`
}

const count = (number: number): string => `${number} ${number === 1 ? 'image' : 'images'}`
