import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from '../lab/ending.ts'
import { cache, checkout, searchPath } from '../lab/places.ts'
import { describe, observe, run, type Outcome } from '../lab/program.ts'
import { hash, touch } from '../lab/rootfs.ts'

export type KernelOptions = {
  /** Added to a clean environment. */
  env?: Record<string, string>
  /** From the program's start to its end; default 60 000. It then exits with 124. */
  timeoutMs?: number
  /** Of the kernel, in MiB; default 2 048. Of this machine it takes what is used. */
  memoryMebibytes?: number
}

/** For the kernel to start and to end on a machine that is busy. */
const bootMs = 120_000

const source = join(checkout, 'test/vm')
/** The kernel, its modules and its first file system; another when what they are made by has changed. */
const kernel = join(
  cache,
  'kernel',
  hash(['build', 'init'].map((file) => readFileSync(join(source, file), 'utf8'))),
)

/** Makes the kernel, if it is not there yet. */
export async function buildKernel(): Promise<void> {
  await run([join(source, 'build'), kernel], { timeoutMs: 600_000 })
  touch(kernel)
}

/** Of kernels that run: what they are told, and what they tell. */
const folders = new Set<string>()

/**
 * Runs a program in a kernel of its own that has every module which Debian's has, as gre, WireGuard and Open vSwitch: on
 * a machine that QEMU emulates, five to ten times slower than this one. It has this machine's files, writes none of
 * them, and has no network but what the program makes; it has two processors. Throws what the kernel said where the
 * program did not come to an end.
 */
export async function inEmulatedKernel(
  argv: readonly string[],
  { env = {}, timeoutMs = 60_000, memoryMebibytes = 2048 }: KernelOptions = {},
): Promise<Outcome> {
  await buildKernel()
  const folder = await mkdtemp(join(tmpdir(), 'arpanet-kernel-'))
  atExit(removeFolders)
  folders.add(folder)
  const inFolder = (name: string) => readFile(join(folder, name))
  const variables = Object.entries({ PATH: searchPath, HOME: '/root', LANG: 'C.UTF-8', ...env })
  const words = [
    ...['timeout', '--kill-after=5', `${timeoutMs / 1000}`],
    ...['env', '--ignore-environment', `--chdir=${checkout}`],
    ...variables.map(([name, value]) => `${name}=${value}`),
    ...argv,
  ]
  const [release = ''] = readdirSync(join(kernel, 'lib/modules'))
  const share = (tag: string, path: string, ...more: string[]) => [
    '-virtfs',
    [`local,mount_tag=${tag},path=${path},security_model=none,multidevs=remap`, ...more].join(','),
  ]
  try {
    await writeFile(join(folder, 'argv'), words.map((word) => `${word}\0`).join(''))
    const machine = await observe(
      [
        ...['setpriv', '--pdeathsig', 'TERM'],
        ...['qemu-system-x86_64', '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
        ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-smp', '2', '-m', `${memoryMebibytes}`],
        // The newest one that needs no emulation of long vectors, which is slow.
        ...['-cpu', 'Nehalem', '-serial', 'stdio'],
        ...share('machine', '/', 'readonly=on'),
        ...share('exchange', folder),
        ...['-kernel', join(kernel, 'vmlinuz'), '-initrd', join(kernel, 'initramfs'), '-append'],
        // Nobody attacks it, and its clock is this machine's.
        `console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable -- ${join(source, 'boot')} ${join(kernel, 'lib/modules', release)}`,
      ],
      { timeoutMs: bootMs + timeoutMs, title: 'qemu' },
    )
    const status = await inFolder('status').catch(() => {
      throw new Error(`${argv.join(' ')}: the kernel went away before it\n${describe(machine)}`)
    })
    const stdoutBytes = await inFolder('stdout')
    return {
      title: argv.join(' '),
      exitCode: Number(status.toString()),
      stdoutBytes,
      stdout: stdoutBytes.toString(),
      stderr: (await inFolder('stderr')).toString(),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
    folders.delete(folder)
  }
}

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}
