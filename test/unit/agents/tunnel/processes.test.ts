import assert from 'node:assert/strict'
import { datapathSpec, Processes } from '../../../../src/agents/tunnel/processes.ts'
import { unavailable } from '../../../../src/errors.ts'
import type { Container } from '../../../../src/model/container.ts'

const spec = datapathSpec('arpanet_tunnel_datapath', 'arpanet')
const there = (
  state: Container['state'],
  labels: Record<string, string> = { 'arpanet.service': 'datapath' },
) => ({ name: spec.name, state, labels }) as unknown as Container

describe('the processes of the tunnel', () => {
  function processes(found: Container | undefined, startFails?: string) {
    const done: string[] = []
    const act = (what: string) => {
      done.push(what)
      return Promise.resolve()
    }
    const engine = {
      find: () => Promise.resolve(found),
      create: ({ devices }: typeof spec) => act(`create with ${devices?.join()}`),
      start: () =>
        act('start').then(() => {
          if (startFails !== undefined) throw unavailable(startFails)
        }),
      remove: () => act('remove'),
    }
    const shell = {
      run: (argv: readonly string[]) => act(argv.join(' ')).then(() => ''),
      follow: () => Promise.resolve(),
    }
    return { done, all: new Processes(spec, engine, shell) }
  }

  it('live in a container that is made when the first is started', async () => {
    const { done, all } = processes(undefined)
    await all.run(['one', 'two'])
    assert.deepEqual(done, ['create with /dev/net/tun', 'start', 'setsid --wait sh -c one && two'])
  })

  it('are started in the one that runs, and in another where it does not', async () => {
    const running = processes(there('running'))
    await running.all.run(['one'])
    assert.deepEqual(running.done, ['setsid --wait sh -c one'])
    const ended = processes(there('exited'))
    await ended.all.ready()
    assert.deepEqual(ended.done, ['remove', 'create with /dev/net/tun', 'start'])
  })

  it('leave a container of somebody else alone, and say so', async () => {
    const { done, all } = processes(there('running', {}))
    await assert.rejects(all.ready(), { kind: 'conflict', message: /was not made by it/ })
    await all.end()
    assert.deepEqual(done, [])
  })

  it('say what a host lacks, and leave nothing behind', async () => {
    const { done, all } = processes(undefined, 'no such file: /dev/net/tun')
    await assert.rejects(all.ready(), { kind: 'precondition', message: /neither wireguard nor/ })
    assert.equal(done.at(-1), 'remove')
  })

  it('end with their container', async () => {
    const { done, all } = processes(there('running'))
    await all.end()
    assert.deepEqual(done, ['remove'])
  })
})
