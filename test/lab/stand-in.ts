import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { eventually } from './eventually.ts'
import type { Host } from './host.ts'
import { productImage } from './image.ts'

/** An agent of the stack: its container, its command, and the port where it tells how it is. */
export interface Played {
  readonly container: string
  readonly command: readonly string[]
  readonly port: number
}

/** Until an agent has looked since it was started. */
export const isReady = (host: Host, { container, port }: Played): Promise<unknown> =>
  eventually(
    `${host.name}: ${container} is ready`,
    async () => (await host.exec(`curl -sf http://${host.ip}:${port}/readyz`)).exitCode === 0,
    { budgetMs: 20_000 },
  )

/**
 * Runs `act` with a container `behind` in the place of the stack's agent, in a world that can be tampered with: what
 * `options` make of it. What the agent said is part of every error.
 */
export async function inItsPlace(
  host: Host,
  agent: Played,
  options: readonly string[],
  act: () => Promise<unknown>,
): Promise<void> {
  await host.run(['docker', 'stop', agent.container])
  const isAt = ['ARPANET_IP', host.ip, 'HOSTNAME', host.name, 'ARPANETHEALTH', `${host.ip}:${agent.port}`]
  const environment = ['SERVICE_IGNORE', '1', ...isAt].flatMap((word, at, all) =>
    at % 2 === 0 ? ['--env', `${word}=${all[at + 1]}`] : [],
  )
  await host.run([
    ...['docker', 'run', '--detach', '--name', 'behind', '--user', '0', '--network', 'host'],
    ...environment,
    ...options,
    productImage(),
    ...agent.command,
  ])
  try {
    await act()
  } catch (error) {
    const { stdout } = await host.run('docker logs --timestamps behind 2>&1')
    throw new Error(`${(error as Error).message}\nthe agent said:\n${stdout}`, { cause: error })
  } finally {
    await host.run(`docker rm -f behind && docker start ${agent.container}`)
    await isReady(host, agent)
  }
}

const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'

/** A clock for `behind` that can be set: the options that give it one, and the hours that it is off by. */
export async function settableClock(host: Host): Promise<{
  readonly options: readonly string[]
  readonly set: (hours: number) => Promise<void>
}> {
  await host.run('mkdir -p /run/world')
  await host.writeFile('/run/world/libfaketime.so', await readFile(library))
  const write = (hours: number) => host.writeFile('/run/world/clock', `${hours < 0 ? '' : '+'}${hours}h`)
  await write(0)
  const faked = {
    LD_PRELOAD: '/world/libfaketime.so',
    FAKETIME_TIMESTAMP_FILE: '/world/clock',
    FAKETIME_NO_CACHE: '1',
    // No one can set that one.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
  return {
    options: [
      ...Object.entries(faked).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...['--volume', '/run/world:/world', '--volume', '/var/run/docker.sock:/var/run/docker.sock'],
    ],
    set: async (hours) => {
      await write(hours)
      const seconds = Number((await host.run('docker exec behind date +%s')).stdout)
      assert.ok(Math.abs((seconds - Date.now() / 1000) / 3600 - hours) < 0.1)
    },
  }
}
