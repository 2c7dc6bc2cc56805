import type Dockerode from 'dockerode'
import { withTag } from '../../model/image-reference.ts'
import type { Images } from './docker.ts'
import { ifThere, type Attempt } from './errors.ts'

export function images(dockerode: Dockerode, attempt: Attempt): Images {
  const follow = (stream: NodeJS.ReadableStream): Promise<void> =>
    new Promise((resolve, reject) => {
      dockerode.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()))
    })

  return {
    id: (image) =>
      attempt(`look at image ${image}`, async () => (await ifThere(dockerode.getImage(image).inspect()))?.Id),
    pull: (image) => attempt(`pull ${image}`, async () => follow(await dockerode.pull(withTag(image)))),
  }
}
