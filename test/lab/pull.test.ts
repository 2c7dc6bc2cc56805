// arpanet pull, and what start:consul and start:stack pull, from registries of the lab; the one on port 5001 asks who
// it is.
//
//       192.0.2.1         192.0.2.2         192.0.2.3       192.0.2.254
//          h1                h2                h3             switch
//     Docker 20.10      Docker 26.1       Docker 28.5      2 registries
//
import assert from 'node:assert/strict'
import { seen, useProductLab } from '../support/product-lab.ts'
import type { Host } from './host.ts'
import { cadvisorImage, consulImage, productImage } from './image.ts'
import { someone, startRegistry } from './registry.ts'

const names = ['h1', 'h2', 'h3'] as const

describe('pull', () => {
  const lab = useProductLab('pull', { h1: 'bookworm', h2: 'trixie', h3: 'forky' })
  const open = '192.0.2.254:5000'
  const asking = '192.0.2.254:5001'
  const auth = Buffer.from(`${someone.name}:${someone.password}`).toString('base64')
  const logins = JSON.stringify({ auths: { [asking]: { auth } } })

  /** As a person types it; two services may name the same image. */
  const typed = (image: string, flags = '') =>
    `CONSUL_IMAGE=${image} CADVISOR_IMAGE=${image} arpanet pull ${flags}`
  /** Without the wrapper, which would itself pull arpanet's image. */
  const pullTwo = (consul: string, arpanet: string) =>
    `docker run --rm --network host --user 0 -v /var/run/docker.sock:/var/run/docker.sock \
      -e CONSUL_IMAGE=${consul} -e CADVISOR_IMAGE=${consul} -e ARPANET_IMAGE=${arpanet} ${productImage()} pull`
  /** The host has none of the images that a test may want pulled. */
  const forget = (host: Host) =>
    host.exec(`docker rmi --force $(docker images --quiet --filter reference='192.0.2.254:*/*') 2>&1`)
  /** A person who may use Docker, with a home of her own; not every host has useradd or su. */
  const asAnn = (line: string) =>
    `export HOME=/home/ann ARPANET_IP=192.0.2.1; exec setpriv --reuid=1000 --regid=1000 \
      --groups="$(stat -c %g /run/docker.sock)" sh -c '${line}'`
  const isHere = async (host: Host, image: string) =>
    (await host.docker('image', 'inspect', image)).exitCode === 0

  before(async function () {
    this.timeout(120_000)
    await Promise.all([startRegistry(lab(), 5000), startRegistry(lab(), 5001, { asks: true })])
    await Promise.all(
      names.map(async (name) => {
        const host = lab()[name]
        await host.writeFile('/etc/docker/daemon.json', `{"insecure-registries": ["${open}", "${asking}"]}`)
        await host.restartDocker()
      }),
    )
    const { h1 } = lab()
    const layers = ['a', 'b', 'c']
    const random = layers.map((layer) => `head -c 6000000 /dev/urandom >${layer}`).join(' && ')
    const file = ['FROM scratch', ...layers.map((layer) => `COPY ${layer} /`), 'LABEL which='].join('\\n')
    for (const image of ['one:1', 'two:1']) {
      await h1.run(
        `mkdir -p /srv/i && cd /srv/i && ${random} && printf '${file}${image}\\n' >Dockerfile &&
          DOCKER_BUILDKIT=0 docker build -q -t ${open}/${image} . && docker push -q ${open}/${image}`,
      )
    }
  })
  beforeEach(() => Promise.all(names.map((name) => forget(lab()[name]))))

  for (const name of names) {
    it(`pulls all images at once, and tells how they get on in a few plain lines, on ${name}`, async () => {
      const host = lab()[name]
      const { stdout, stderr, exitCode } = await host.exec(pullTwo(`${open}/one:1`, `${open}/two:1`))
      assert.equal(stdout, '2 images on this host: 2 pulled\n', stderr)
      assert.equal(exitCode, 0)
      for (const image of [`${open}/one:1`, `${open}/two:1`]) {
        const lines = stderr.split('\n').filter((line) => line.startsWith(`${image}: `))
        assert.equal(lines[0], `${image}: pulling`)
        assert.match(lines.at(-1) ?? '', /: pulled \(18\.\d of 18\.\d MB, 3 of 3 layers\)$/)
        assert.ok(lines.length <= 5, stderr)
        assert.ok(await isHere(host, image))
      }
      assert.ok(!stderr.includes('\r') && !stderr.includes('\x1b'))
    })

    it(`lists what came and what did not, and exits 4, on ${name}`, async () => {
      const host = lab()[name]
      const { stdout, stderr, exitCode } = await host.exec(pullTwo(`${open}/nosuch:1`, `${open}/two:1`))
      assert.deepEqual([stdout, exitCode], ['', 4])
      assert.match(stderr, /^pull: 1 of 2 images did not come$/m)
      assert.match(stderr, /^ {2}192\.0\.2\.254:5000\/two:1 {5}pulled$/m)
      assert.match(stderr, /^ {2}192\.0\.2\.254:5000\/nosuch:1 {2}not pulled: .*(unknown|not found)/m)
      assert.ok(await isHere(host, `${open}/two:1`))
    })

    it(`says that a registry wants a login, and how to give it, on ${name}`, async () => {
      const refused = await lab()[name].exec(typed(`${asking}/one:1`))
      assert.equal(refused.exitCode, 4, seen(refused))
      assert.match(refused.stderr, /not pulled: .*(no basic auth|unauthorized|authentication)/)
      assert.match(refused.stderr, /^ {2}docker login 192\.0\.2\.254:5001$/m)
    })

    it(`uses the login of whoever types, on ${name}`, async () => {
      const host = lab()[name]
      await host.writeFile('/home/ann/.docker/config.json', logins, '600')
      await host.run('chown -R 1000:1000 /home/ann')
      const { stdout, stderr } = await host.exec(asAnn(typed(`${asking}/one:1`)))
      assert.equal(stdout, '2 images on this host: 1 pulled, 1 here already\n', stderr)
      await forget(host)

      // As sudo -E leaves it: root, with a home in which root without rights may not read.
      const asRoot = await host.exec(`HOME=/home/ann ARPANET_IP=192.0.2.1 ${typed(`${asking}/one:1`)}`)
      assert.equal(asRoot.stdout, '2 images on this host: 1 pulled, 1 here already\n', asRoot.stderr)
      for (const text of [stderr, asRoot.stderr])
        assert.ok(!text.includes(auth) && !text.includes('a secret'))
      await host.run('rm -r /home/ann/.docker')
    })
  }

  it('does not ask for an image that is here, unless it is told to', async () => {
    const { h1 } = lab()
    await h1.run(typed(`${open}/one:1`))
    const again = await h1.run(typed(`${open}/one:1`))
    assert.deepEqual([again.stdout, again.stderr], ['2 images on this host: 2 here already\n', ''])
    // Nobody answers there.
    await h1.run(`docker tag ${open}/one:1 192.0.2.254:5009/one:1`)
    assert.equal((await h1.exec(typed('192.0.2.254:5009/one:1'))).exitCode, 0)
    const forced = await h1.exec(pullTwo(`${open}/one:1`, `${open}/two:1`) + ' --force')
    assert.equal(forced.stdout, '2 images on this host: 1 pulled, 1 up to date\n', forced.stderr)
  })

  it('says that a login which a program keeps is out of reach', async () => {
    const { h1 } = lab()
    await h1.writeFile('/root/.docker/config.json', '{"credsStore": "pass"}')
    const refused = await h1.exec(typed(`${asking}/one:1`))
    assert.equal(refused.exitCode, 4)
    assert.match(
      refused.stderr,
      /the login of 192\.0\.2\.254:5001 is kept by docker-credential-pass, which arpanet's container cannot run$/m,
    )
    assert.match(refused.stderr, /^ {2}docker pull 192\.0\.2\.254:5001\/one:1$/m)
    await h1.run('rm -r /root/.docker')
  })

  it('draws a bar in its place on a terminal', async () => {
    const { stdout, exitCode } = await lab().h1.exec(typed(`${open}/one:1`), { tty: true })
    assert.equal(exitCode, 0, stdout)
    assert.match(stdout, /192\.0\.2\.254:5000\/one:1 {2}\[[=> ]{20}\] \d+\.\d of \d+\.\d MB, \d of 3 layers/)
    assert.ok(stdout.split('\x1b[1A\r').length > 3, stdout)
    const last = stdout.split('\x1b[1A\r').at(-1) ?? ''
    assert.match(last, /^192\.0\.2\.254:5000\/one:1 {2}pulled \(18\.\d of 18\.\d MB, 3 of 3 layers\)/)
    assert.match(stdout, /2 images on this host: 1 pulled, 1 here already\r\n$/)
  })

  describe('by a start', () => {
    const images = { consul: `${open}/consul:1`, cadvisor: `${open}/cadvisor:1` }
    before(async () => {
      for (const [image, from] of [
        [images.consul, consulImage],
        [images.cadvisor, cadvisorImage],
      ] as const) {
        await lab().h2.run(
          `mkdir -p /srv/s && cd /srv/s && head -c 6000000 /dev/urandom >layer &&
            printf 'FROM ${from}\\nCOPY layer /srv/\\n' >Dockerfile &&
            DOCKER_BUILDKIT=0 docker build -q -t ${image} . && docker push -q ${image} && docker rmi ${image}`,
        )
      }
    })
    after(() => lab().h1.run('docker rm -f arpanet_consul arpanet_cadvisor; rm -r /mnt/arpanet-consul'))

    it('shows how far the image is, as pull does', async () => {
      const { h1 } = lab()
      const consul = await h1.exec(
        `CONSUL_EXPECT=1 CONSUL_IMAGE=${images.consul} arpanet start:consul boot`,
        { tty: true },
      )
      assert.match(consul.stdout, /\r192\.0\.2\.254:5000\/consul:1 {2}\[[=> ]{20}\] \d+\.\d of \d+\.\d MB, /)
      assert.match(consul.stdout, /\r192\.0\.2\.254:5000\/consul:1 {2}pulled \((\d+\.\d) of \1 MB, /)
      assert.equal(consul.exitCode, 0, consul.stdout)

      const stack = await h1.exec(
        `CONSUL_IMAGE=${images.consul} CADVISOR_IMAGE=${images.cadvisor} arpanet start:stack cadvisor`,
      )
      const lines = stack.stderr.split('\n')
      const pulling = lines.filter((line) => line.includes(images.cadvisor))
      assert.deepEqual(lines.slice(0, pulling.length), pulling)
      assert.equal(pulling[0], `${images.cadvisor}: pulling`)
      assert.match(pulling.at(-1) ?? '', /: pulled \((\d+\.\d) of \1 MB, (\d+) of \2 layers\)$/)
      assert.ok(pulling.length >= 2 && pulling.length <= 5, stack.stderr)
      assert.ok(!stack.stderr.includes('\r') && !stack.stderr.includes('\x1b'))
      assert.match(lines[pulling.length] ?? '', /^create arpanet_cadvisor: /)
      assert.match(stack.stdout, /^cadvisor runs at /m)
    })
  })
})
