import assert from 'node:assert/strict'
import { Hands, type Step } from '../../../../src/agents/tunnel/hands.ts'
import { unavailable } from '../../../../src/errors.ts'

const ip = (line: string): Step => ({ verb: 'add', target: line, reason: '', program: 'ip', lines: [line] })
const bridge = (line: string): Step => ({ ...ip(line), program: 'bridge' }) as Step
const nft = (line: string): Step => ({ ...ip(line), program: 'nft' }) as Step
const network = (verb: 'create' | 'remove'): Step => ({
  ...{ verb, target: 'network app', reason: '', program: 'docker' },
  network: { name: 'app', subnet: '10.210.8.0/24', gateway: '10.210.8.1', options: {}, labels: {} },
})

/** Hands that write down what they did; a program of this name fails. */
function hands(broken = '') {
  const done: string[] = []
  const act = (program: string, what: string) => {
    done.push(`${program}: ${what}`)
    return program === broken ? Promise.reject(unavailable(`${program} is broken`)) : Promise.resolve()
  }
  const taken = new Hands({
    ip: { apply: (program, lines) => act(program, lines.join(', ')) },
    nft: { apply: (script) => act('nft', script.trim().replaceAll('\n', ', ')) },
    iptables: { apply: (engine, changes) => act(engine, String(changes.length)) },
    networks: {
      create: ({ name }) => act('docker', `create ${name}`),
      remove: (name) => act('docker', `remove ${name}`),
    },
    processes: { run: (lines) => act('process', lines.join(', ')) },
    ovs: { apply: (lines) => act('ovs', lines.join(', ')) },
    wireguard: () => ({ set: (device, lines) => act('wg', `${device} ${lines.join(', ')}`) }),
  })
  return { done, take: (...steps: Step[]) => Promise.allSettled(steps.map((step) => taken.take(step))) }
}

describe('the hands of the tunnel', () => {
  it('take steps of one program at once, and those of several in their order', async () => {
    const { done, take } = hands()
    await take(nft('a'), nft('b'), ip('c'), ip('d'), bridge('e'), ip('f'))
    assert.deepEqual(done, ['nft: a, b', 'ip: c, d', 'bridge: e', 'ip: f'])
  })

  it('make a network anew', async () => {
    const { done, take } = hands()
    await take(network('remove'), network('create'))
    assert.deepEqual(done, ['docker: remove app', 'docker: create app'])
  })

  it('say of each step of a batch that it failed, and go on with the next', async () => {
    const { done, take } = hands('ip')
    const ends = await take(ip('a'), ip('b'), bridge('c'))
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(done, ['ip: a, b', 'bridge: c'])
  })

  it('end one batch before they begin the next', async () => {
    const { done, take } = hands()
    const first = take(ip('a'))
    await Promise.resolve()
    await Promise.all([first, take(ip('b'))])
    assert.deepEqual(done, ['ip: a', 'ip: b'])
  })
})
