import { rmSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from '../lab/ending.ts'
import { checkout, searchPath } from '../lab/places.ts'
import { describe, observe, type Outcome } from '../lab/program.ts'

export type KernelOptions = {
  /** Added to a clean environment. */
  env?: Record<string, string>
  /** From the program's start to its end; default 60 000. It then exits with 124. */
  timeoutMs?: number
  /** Of the kernel, in MiB; default 1 024. Of this machine it takes what is used. */
  memoryMebibytes?: number
}

/** For the kernel to start and to end on a machine that is busy. */
const bootMs = 60_000

/** Of kernels that run: what they are told, and what they tell. */
const folders = new Set<string>()

/**
 * Runs a program in a kernel of its own that has gre, Open vSwitch and much else as modules: Debian's user-mode-linux,
 * a process of this machine. It has this machine's files, writes none of them, and has no network but what the program
 * makes. It has one processor. Throws what the kernel said where the program did not come to an end.
 */
export async function inKernelWithGre(
  argv: readonly string[],
  { env = {}, timeoutMs = 60_000, memoryMebibytes = 1024 }: KernelOptions = {},
): Promise<Outcome> {
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
  try {
    await writeFile(join(folder, 'argv'), words.map((word) => `${word}\0`).join(''))
    const kernel = await observe(
      [
        // SIGTERM ends all of its processes, SIGKILL the first only.
        ...['setpriv', '--pdeathsig', 'TERM'],
        ...['linux.uml', `mem=${memoryMebibytes}M`, `uml_dir=${folder}`],
        ...['root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro'],
        ...['con=null', 'con0=null,fd:1', 'quiet', 'panic=-1'],
        ...[`init=${join(checkout, 'test/uml/boot')}`, '--', folder],
      ],
      { timeoutMs: bootMs + timeoutMs, title: 'linux.uml' },
    )
    const status = await inFolder('status').catch(() => {
      throw new Error(`${argv.join(' ')}: the kernel went away before it\n${describe(kernel)}`)
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
