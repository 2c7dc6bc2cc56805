// The Docker driver against real engines.
//
//       192.0.2.1         192.0.2.2         192.0.2.3
//          h1                h2                h3
//     Docker 20.10      Docker 26.1       Docker 28.5
//
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { connect } from '../../src/drivers/docker/connect.ts'
import type { Terminal } from '../../src/drivers/docker/docker.ts'
import { dockerContract } from '../support/docker-contract.ts'
import { useLab } from '../support/lab.ts'
import { consulImage } from '../lab/image.ts'
import { observe } from '../lab/program.ts'

const hosts = { h1: 'bookworm', h2: 'trixie', h3: 'forky' } as const

describe('the Docker driver', () => {
  const lab = useLab({ name: 'engines', hosts, images: [consulImage] })

  for (const name of ['h1', 'h2', 'h3'] as const) {
    describe(`with the engine of ${hosts[name]}`, () => {
      const docker = () => connect(lab()[name].dockerSocket)
      dockerContract(docker, consulImage)

      it('knows the version and the bridge of its engine', async () => {
        assert.equal((await docker().engine.version()).version, lab()[name].engine)
        const bridge = await docker().engine.bridge()
        assert.equal(bridge.subnet, '172.17.0.0/16')
        assert.ok(bridge.gateway === '172.17.0.1' || bridge.gateway === undefined)
      })

      it('inspects a container as the engine does, and none where there is none', async () => {
        const { containers, watch } = docker()
        await containers.create(
          {
            name: 'inspected',
            image: consulImage,
            args: ['sleep', '1000'],
            environment: {},
            mounts: [],
            network: 'host',
            capabilities: [],
            restart: 'unless-stopped',
          },
          {},
        )
        const id = (await containers.find('inspected'))?.id ?? ''
        const [inspected] = JSON.parse(
          (await lab()[name].run('docker inspect inspected')).stdout,
        ) as unknown[]
        assert.deepEqual(await watch.inspect(id), inspected)
        await containers.remove('inspected')
        assert.equal(await watch.inspect(id), undefined)
      })

      it('makes a network, finds it with what it was made with, and removes it, or none, without complaint', async () => {
        const { networks } = docker()
        const options = {
          'com.docker.network.bridge.name': 'arpanet0',
          'com.docker.network.driver.mtu': '1450',
        }
        const spec = {
          subnet: '10.210.8.0/24',
          gateway: '10.210.8.1',
          options,
          labels: { 'arpanet.tunnel': 'x' },
        }
        await networks.create({ name: 'made', ...spec })
        const found = await networks.find('made')
        assert.deepEqual({ ...found, id: '' }, { name: 'made', id: '', driver: 'bridge', users: [], ...spec })
        await assert.rejects(networks.create({ name: 'made', ...spec }), /cannot create network made/)
        await networks.remove('made')
        await networks.remove('made')
        assert.equal(await networks.find('made'), undefined)
      })

      it('gives a container exactly what its spec says', async () => {
        const { containers } = docker()
        await containers.create(
          {
            name: 'exact',
            image: consulImage,
            args: ['sleep', '1000'],
            environment: { A: 'b c' },
            mounts: [{ source: '/srv/made', target: '/data', readOnly: true }],
            network: 'host',
            capabilities: ['CHOWN'],
            restart: 'unless-stopped',
          },
          {},
        )
        const text = (await lab()[name].run('docker inspect exact')).stdout
        const [inspected] = JSON.parse(text) as [
          { Config: { Env: string[] }; HostConfig: Record<string, unknown> },
        ]
        const { HostConfig, Config } = inspected
        assert.ok(Config.Env.includes('A=b c'))
        assert.deepEqual(HostConfig.Binds, ['/srv/made:/data:ro'])
        assert.deepEqual(HostConfig.CapDrop, ['ALL'])
        assert.deepEqual(
          (HostConfig.CapAdd as string[]).map((cap) => cap.replace('CAP_', '')),
          ['CHOWN'],
        )
        assert.equal(HostConfig.NetworkMode, 'host')
        assert.equal(HostConfig.Privileged, false)
        assert.equal((HostConfig.RestartPolicy as { Name: string }).Name, 'unless-stopped')
        await containers.remove('exact')
      })

      it('reads the last lines that a container wrote, of both streams', async () => {
        const { containers } = docker()
        await lab()[name].run(
          `docker run --name talker ${consulImage} sh -c 'echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three'`,
        )
        assert.deepEqual((await containers.lastLines('talker', 2)).sort(), ['three', 'two'])
        await containers.remove('talker')
      })

      it('runs a program in a container with its streams and its status', async () => {
        await lab()[name].run(`docker run -d --name inside ${consulImage} sleep 1000`)
        const [input, output, error] = [new PassThrough(), new PassThrough(), new PassThrough()]
        const terminal = { input, output, error, type: undefined } as unknown as Terminal
        input.end('typed')
        const status = await docker().exec.run('inside', ['sh', '-c', 'cat; echo bad >&2; exit 9'], terminal)
        assert.equal(status, 9)
        assert.equal(String(output.read()), 'typed')
        assert.equal(String(error.read()), 'bad\n')
        await docker().containers.remove('inside')
      })
    })
  }

  it('says what is wrong with the socket', async () => {
    const version = (path: string) => connect(path).engine.version()
    await assert.rejects(version('/nowhere/docker.sock'), {
      kind: 'precondition',
      message: "Docker: no socket at /nowhere/docker.sock, expected the engine's",
    })
    const dead = `/tmp/arpanet-dead-${process.pid}.sock`
    await observe(['socat', `UNIX-LISTEN:${dead},unlink-close=0`, 'OPEN:/dev/null'], { timeoutMs: 300 })
    await assert.rejects(version(dead), {
      kind: 'unavailable',
      message: `Docker: no answer at ${dead} (ECONNREFUSED)`,
    })
    await observe(['rm', dead])
  })
})
