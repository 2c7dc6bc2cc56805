// How long a person waits for the command line, beside what he would type instead.
import { createLab } from '../lab/lab.ts'
import { consulImage, productImage } from '../lab/image.ts'
import { among } from './among.ts'
import { race, table, timeOnce } from './measure.ts'

const rounds = 20

export async function benchCli(): Promise<string> {
  const image = productImage()
  await using lab = await createLab({
    name: 'bench',
    hosts: { h1: 'trixie' },
    images: [image, consulImage],
    arpanetrc: { CONSUL_IMAGE: consulImage, CONSUL_EXPECT: '1' },
  })
  const { h1 } = lab
  await h1.run('arpanet start:consul boot')
  await h1.run('arpanet kv set bench/key value')
  await h1.run(`printf 'FROM ${image}\\nENTRYPOINT ["true"]' | docker build -q -t running-nothing -`)

  const inHost = (line: string) => [...h1.enter, 'sh', '-c', `exec ${line}`]
  const network = '--network host -e ARPANET_IP=192.0.2.1'
  const containers = await race(
    [
      {
        name: 'docker run IMAGE kv get',
        argv: inHost(`docker run --rm ${network} ${image} kv get bench/key`),
      },
      {
        name: 'docker run consul kv get',
        argv: inHost(`docker run --rm --network host --entrypoint consul ${consulImage} kv get bench/key`),
      },
    ],
    rounds,
    timeOnce,
  )
  const [ours, theirs] = [await among(h1, image), await among(h1, consulImage)]
  const programs = await race(
    [
      {
        name: 'kv get, the program alone',
        argv: [...ours, 'node', '/opt/arpanet/bin/run.js', 'kv', 'get', 'bench/key'],
        env: { ARPANET_IP: '192.0.2.1' },
      },
      { name: 'node -e 0, for comparison', argv: [...ours, 'node', '-e', '0'] },
      { name: 'consul kv get, the program alone', argv: [...theirs, 'consul', 'kv', 'get', 'bench/key'] },
    ],
    rounds,
    timeOnce,
  )
  const wrapper = await race(
    [
      {
        name: 'wrapper, an image that runs nothing',
        argv: inHost('arpanet'),
        env: { ARPANET_IMAGE: 'running-nothing' },
      },
      { name: 'wrapper, arpanet --version', argv: inHost('arpanet --version') },
      { name: 'wrapper, arpanet kv get', argv: inHost('arpanet kv get bench/key') },
      {
        name: 'docker run --rm, the same image running nothing',
        argv: inHost('docker run --rm running-nothing'),
      },
    ],
    rounds,
    timeOnce,
  )
  return [
    table('kv get in the image, against consul kv get in its image (goal: ratio 1.5)', containers),
    table('the same without containers', programs),
    table(
      'the wrapper, against docker run --rm of the same image running nothing (goal: ratio 1.3)',
      wrapper,
    ),
  ].join('\n')
}
