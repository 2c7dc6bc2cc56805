// Two Docker hosts in a kernel with gre.
//
//     web (10.210.1.2) ── one ── gre ── two ── web (10.210.2.2)
//
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { inTheKernelWithGre } from '../support/gre-kernel-tests.ts'
import { useLinkedHosts } from '../support/link-tests.ts'
import { NamespaceEngine } from '../support/namespace-engine.ts'
import { eventually } from './eventually.ts'
import { checkout } from './places.ts'
import { run } from './program.ts'

describe('containers of two hosts', function () {
  this.timeout(240_000)
  const tests = inTheKernelWithGre(import.meta.filename, 240_000)
  const hosts = useLinkedHosts(tests)

  tests.it('reach each other by gre, with packets as long as it carries', async () => {
    await hosts().link('gre')
    const { stdoutBytes: image } = await run([join(checkout, 'test/uml/image')])
    const engines = await Promise.all(
      [hosts().one, hosts().two].map((namespace, index) =>
        NamespaceEngine.start(namespace, `10.210.${index + 1}.1/24`, 1472),
      ),
    )
    for (const [index, namespace] of [hosts().one, hosts().two].entries()) {
      for (const way of ['-i', '-o']) {
        await namespace.shell.run(['iptables', '-I', 'DOCKER-USER', way, 'arpanet1', '-j', 'ACCEPT'])
      }
      await engines[index]!.docker(['import', '-', 'web'], image)
      const serve = `while :; do echo web of ${index + 1} | nc -l -p 80; done`
      await engines[index]!.docker(['run', '--detach', '--name', 'web', 'web', 'sh', '-c', serve])
    }

    for (const [index, engine] of engines.entries()) {
      const other = 2 - index
      const ask = ['exec', 'web', 'nc', '-w', '5', `10.210.${other}.2`, '80']
      const said = await eventually('it answers', async () => (await engine.docker(ask)) || undefined)
      assert.equal(said, `web of ${other}\n`)
    }
    const ping = ['exec', 'web', 'ping', '-c', '1', '-s', `${1472 - 20 - 8}`, '10.210.2.2']
    assert.match(await engines[0]!.docker(ping), /1 packets received/)
  })
})
