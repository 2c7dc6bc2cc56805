import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import type { Lab } from './lab.ts'
import { switchIp } from './network.ts'
import { disksOf, searchPath } from './places.ts'

/** Who may use a registry that asks: a name, a password, and the line of htpasswd that says so. */
export const someone = {
  name: 'someone',
  password: 'a secret',
  htpasswd: 'someone:$2b$05$abcdefghijklmnopqrstuuIAEipimVgSTxGS2VyWH9AhzRz3iJI3.',
}

/**
 * Starts a registry on the switch and waits until it answers; gives its address as images name it. All registries of
 * a lab hold the same images, whoever may see them. They end, and what they hold goes, with the lab.
 */
export async function startRegistry(lab: Lab, port: number, { asks = false } = {}): Promise<string> {
  const folder = join(disksOf(lab.name), `registry-${port}`)
  mkdirSync(folder, { recursive: true })
  const htpasswd = join(folder, 'htpasswd')
  writeFileSync(htpasswd, `${someone.htpasswd}\n`)
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(disksOf(lab.name), 'registry') } },
    http: { addr: `${switchIp}:${port}` },
    ...(asks ? { auth: { htpasswd: { realm: 'lab', path: htpasswd } } } : {}),
  }
  // JSON is YAML.
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config))
  const log = openSync(join(folder, 'log'), 'a')
  const program = ['docker-registry', 'serve', join(folder, 'config.yml')]
  spawn('nsenter', [`--net=/run/netns/${lab.network.netns}`, ...program], {
    detached: true,
    env: { PATH: searchPath },
    stdio: ['ignore', log, log],
  }).unref()
  closeSync(log)
  await eventually(`the registry at port ${port} answers`, async (seen) => {
    const { status } = await lab.fetch(`http://${switchIp}:${port}/v2/`)
    return seen(status) === (asks ? 401 : 200)
  })
  return `${switchIp}:${port}`
}
