import assert from 'node:assert/strict'
import type Dockerode from 'dockerode'
import { attempt } from '../../../src/drivers/docker/errors.ts'
import { images } from '../../../src/drivers/docker/images.ts'
import type { PullEvent } from '../../../src/model/pull-progress.ts'

type Event = PullEvent & { readonly error?: string }

/** A client of an engine that answers a pull with these events, or with an error. */
function engine(answer: readonly Event[] | Error, isHere = false) {
  const asked: unknown[] = []
  const dockerode = {
    pull: (image: string, options: unknown) => {
      asked.push(image, options)
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(undefined)
    },
    getImage: () => ({
      inspect: () =>
        isHere
          ? Promise.resolve({ Id: 'sha256:1' })
          : Promise.reject(Object.assign(new Error('no such image'), { statusCode: 404 })),
    }),
    modem: {
      followProgress: (_stream: unknown, end: (error: null) => void, each: (event: Event) => void) => {
        if (!(answer instanceof Error)) for (const event of answer) each(event)
        end(null)
      },
    },
  } as unknown as Dockerode
  const driver = (config?: string) => images(dockerode, attempt('/socket'), () => Promise.resolve(config))
  return { asked, driver }
}

const done = { status: 'Status: Downloaded newer image for r:5000/a:1' }
const auth = Buffer.from('ann:secret').toString('base64')

describe('a pull', () => {
  it('tells every event, and needs no login', async () => {
    const { asked, driver } = engine([{ status: 'Waiting', id: 'x' }, done])
    const events: PullEvent[] = []
    await driver().pull('r:5000/a', (event) => events.push(event))
    assert.deepEqual(asked, ['r:5000/a:latest', {}])
    assert.deepEqual(events, [{ status: 'Waiting', id: 'x' }, done])
  })

  it("hands over the login of the image's registry", async () => {
    const { asked, driver } = engine([done])
    await driver(JSON.stringify({ auths: { 'r:5000': { auth } } })).pull('r:5000/a:1')
    const authconfig = { serveraddress: 'r:5000', username: 'ann', password: 'secret' }
    assert.deepEqual(asked[1], { authconfig })
  })

  it('fails with what the engine says on its way', async () => {
    const { driver } = engine([{ error: 'no space left on device' }])
    await assert.rejects(driver().pull('a:1'), {
      kind: 'unavailable',
      message: 'Docker: cannot pull a:1: no space left on device',
      hint: undefined,
    })
  })

  it('fails where the engine goes away in the middle, unless the image is here', async () => {
    await assert.rejects(
      engine([{ status: 'Waiting' }])
        .driver()
        .pull('a:1'),
      /stopped before the image/,
    )
    await engine([{ status: 'Waiting' }], true)
      .driver()
      .pull('a:1')
  })

  it('that is refused says how to log in', async () => {
    const { driver } = engine(new Error('Head "http://r:5000/v2/a": no basic auth credentials'))
    await assert.rejects(driver().pull('r:5000/a:1'), { hint: 'docker login r:5000' })
  })

  it('that is refused says that a helper keeps the login', async () => {
    const { driver } = engine(new Error('unauthorized: authentication required'))
    await assert.rejects(driver('{"credsStore": "pass"}').pull('r:5000/a:1'), {
      message: /unauthorized: authentication required; the login of r:5000 is kept by docker-credential-pass/,
      hint: 'docker pull r:5000/a:1',
    })
  })
})
