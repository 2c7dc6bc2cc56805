import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Host } from './host.ts'
import { switchIp } from './network.ts'
import { checkout } from './places.ts'
import { run } from './program.ts'
import { rootfsOf } from './rootfs.ts'

/** What a host of a lab finds on its disk when it boots for the first time. */
export function furnish(
  host: Host,
  peers: readonly Host[],
  key: SshKey,
  arpanetrc: Record<string, string>,
): void {
  const names = peers.map(({ ip, name }) => `${ip} ${name}\n`).join('')
  write(host, 'etc/hostname', `${host.name}\n`)
  write(host, 'etc/hosts', `127.0.0.1 localhost\n::1 localhost ip6-localhost\n${names}`)
  write(host, 'etc/resolv.conf', `nameserver ${switchIp}\n`)

  write(host, 'root/.ssh/id_ed25519', key.secret, 0o600)
  write(host, 'root/.ssh/authorized_keys', key.public, 0o600)
  write(
    host,
    'etc/ssh/ssh_known_hosts',
    peers.map((peer) => `${peer.name},${peer.ip} ${hostKey(peer)}`).join(''),
  )
  chmodSync(join(host.disk, 'upper/root'), 0o700)
  chmodSync(join(host.disk, 'upper/root/.ssh'), 0o700)

  const settings = Object.entries({ ARPANET_IP: host.ip, ...arpanetrc })
  write(host, 'root/.arpanetrc', settings.map(([name, value]) => `${name}=${value}\n`).join(''))
  const wrapper = join(checkout, 'wrapper')
  if (existsSync(wrapper)) {
    const installed = write(host, 'usr/local/bin/arpanet', '', 0o755)
    copyFileSync(wrapper, installed)
  }
}

export type SshKey = { public: string; secret: string }

/** One key for root of every host of a lab. */
export async function makeSshKey(folder: string): Promise<SshKey> {
  const file = join(folder, 'id_ed25519')
  mkdirSync(folder, { recursive: true })
  if (!existsSync(file)) await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', file])
  return { public: readFileSync(`${file}.pub`, 'utf8'), secret: readFileSync(file, 'utf8') }
}

/** Made when sshd was installed, so that all hosts of a release have the same. */
function hostKey(host: Host): string {
  return readFileSync(join(rootfsOf(host.release), 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')
}

function write(host: Host, path: string, content: string, mode = 0o644): string {
  const file = join(host.disk, 'upper', path)
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
  writeFileSync(file, content, { mode })
  return file
}
