import { dirname } from 'node:path/posix'
import type { Certificates } from '../drivers/certificates.ts'
import type { Files } from '../drivers/files.ts'
import type { Fault } from './fault.ts'
import type { ActualFiles, SetupStep } from './steps.ts'
import { issueCertificates } from './tls.ts'

/** What the steps are taken with. */
export interface Hands {
  readonly files: Files
  readonly certificates: Certificates
  readonly host: { readonly name: string; readonly address: string }
}

/** Takes the steps in their order; the lines that say what could not be put back as it was. */
export async function applySteps(
  steps: readonly SetupStep[],
  actual: ActualFiles,
  { files, certificates, host }: Hands,
  progress: (line: string) => void,
): Promise<string[]> {
  const left: string[] = []
  for (const step of steps) {
    for (const line of describeStep(step)) progress(line)
    switch (step.verb) {
      case 'create':
        await files.makeFolder(step.path, step.mode, step.owner)
        break
      case 'write':
        await files.writeText(step.path, step.text, step.mode)
        break
      case 'copy':
        await files.copy(step.from, step.path)
        break
      case 'issue': {
        const texts = new Map([...actual].map(([path, { text }]) => [path, text ?? '']))
        for (const { path, text } of await issueCertificates(step.issues, texts, host, certificates)) {
          await files.writeText(path, text, 0o600)
        }
        break
      }
      case 'restore':
        await files.move(step.from, step.path)
        break
      case 'remove':
        await files.removeFile(step.path)
        break
      case 'remove folder':
        if (!(await files.removeFolder(step.path))) left.push(`${step.path} stays: something is in it`)
        break
    }
  }
  return left
}

/** `write /etc/docker/daemon.json: there is none`, and under it what differs. */
export const describeStep = ({ verb, path, reason, details = [] }: SetupStep): string[] => [
  `${verb} ${path}: ${reason}`,
  ...details.map((detail) => `  ${detail}`),
]

/** The folders that the steps write in and nobody can write in. */
export async function checkWritable(steps: readonly SetupStep[], files: Files): Promise<Fault[]> {
  const folders = [...new Set(steps.map(({ path, verb }) => (verb === 'issue' ? path : dirname(path))))]
  const found = await Promise.all(
    folders.map(async (folder) => ({ folder, why: await files.whyReadOnly(folder) })),
  )
  return found.flatMap(({ folder, why }) => {
    if (why === undefined) return []
    const paths = steps.filter(({ path, verb }) => (verb === 'issue' ? path : dirname(path)) === folder)
    const what = [...new Set(paths.map(({ path }) => path))].join(' and ')
    return [
      {
        what: `${what}: cannot be written (${why}), expected a folder that root can write in`,
        mend:
          why === 'read-only file system'
            ? 'mount -o remount,rw $(df --output=target ' + folder + ' | tail -1)'
            : `ls -ld ${folder}`,
      },
    ]
  })
}
