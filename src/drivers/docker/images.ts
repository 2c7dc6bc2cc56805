import type Dockerode from 'dockerode'
import { ArpanetError } from '../../errors.ts'
import { withTag } from '../../model/image-reference.ts'
import type { PullEvent } from '../../model/pull-progress.ts'
import { loginFor, type RegistryLogin } from '../../model/registry-login.ts'
import type { Images } from './docker.ts'
import { ifThere, type Attempt } from './errors.ts'

/** The text of the caller's docker config.json; undefined where there is none. */
export type Logins = () => Promise<string | undefined>

export function images(dockerode: Dockerode, attempt: Attempt, logins: Logins): Images {
  const id = async (image: string) => (await ifThere(dockerode.getImage(image).inspect()))?.Id

  const pull = async (image: string, { auth }: RegistryLogin, watch: (event: PullEvent) => void) => {
    const stream = await dockerode.pull(withTag(image), auth === undefined ? {} : { authconfig: auth })
    const told = await follow(dockerode, stream, watch)
    // An engine that goes away in the middle ends its answer as one that is done does.
    if (!told && (await id(image)) === undefined)
      throw new Error('the engine stopped before the image was here')
  }

  return {
    id: (image) => attempt(`look at image ${image}`, () => id(image)),
    pull: async (image, watch = () => undefined) => {
      const login = loginFor(image, await logins())
      try {
        await attempt(`pull ${image}`, () => pull(image, login, watch))
      } catch (error) {
        throw withMend(image, login, error)
      }
    },
  }
}

/** Whether the engine said at the end what became of it. Rejects with what the engine says went wrong. */
function follow(
  dockerode: Dockerode,
  stream: NodeJS.ReadableStream,
  watch: (event: PullEvent) => void,
): Promise<boolean> {
  let refusal: string | undefined
  let told = false
  return new Promise((resolve, reject) => {
    dockerode.modem.followProgress(
      stream,
      (error) => {
        if (error) reject(error)
        else if (refusal !== undefined) reject(new Error(refusal))
        else resolve(told)
      },
      // Faults after the first byte come as events: the status of the answer was 200 by then.
      (event: PullEvent & { readonly error?: string }) => {
        refusal ??= event.error
        told ||= event.status?.startsWith('Status: ') === true
        watch(event)
      },
    )
  })
}

const refused = /unauthorized|authentication required|no basic auth|denied|toomanyrequests/i

function withMend(image: string, { registry, fault }: RegistryLogin, error: unknown): unknown {
  if (!(error instanceof ArpanetError) || error.kind !== 'unavailable' || !refused.test(error.message))
    return error
  const message = fault === undefined ? error.message : `${error.message}; ${fault}`
  const hint = fault === undefined ? `docker login ${registry}` : `docker pull ${image}`
  return new ArpanetError(error.kind, message, { hint, cause: error })
}
