import { dirname } from 'node:path/posix'
import type { FileFacts, Owner } from '../drivers/files.ts'
import { daemonJsonPath, parseDaemonJson, type DaemonKeys, type Remembered } from './daemon-json.ts'
import { tlsFiles } from './daemon-keys.ts'
import type { Fault } from './fault.ts'
import { formatRecord, recordPath, type SetupRecord } from './record.ts'
import { dropInPath } from './systemd-unit.ts'
import type { Issue } from './tls.ts'

/** The smallest change to the host's files, and why. */
export type SetupStep = {
  readonly path: string
  readonly reason: string
  /** What differs, a line each. */
  readonly details?: readonly string[]
} & (
  | { readonly verb: 'create'; readonly mode: number; readonly owner?: Owner }
  | { readonly verb: 'write'; readonly text: string; readonly mode: number }
  | { readonly verb: 'copy'; readonly from: string }
  | { readonly verb: 'issue'; readonly issues: readonly Issue[] }
  | { readonly verb: 'restore'; readonly from: string }
  | { readonly verb: 'remove' | 'remove folder' }
)

export interface SetupPlan {
  readonly steps: readonly SetupStep[]
  readonly faults: readonly Fault[]
}

/** A file or a folder as it is. */
export interface Actual {
  readonly facts: FileFacts
  /** Of a file. */
  readonly text: string | undefined
}

/** What is there, by path; what is not there is absent. */
export type ActualFiles = ReadonlyMap<string, Actual>

/** Where setup keeps what is its own. */
export const arpanetFolder = dirname(recordPath)
/** The daemon.json of before, beside the one that is. */
export const formerPath = `${daemonJsonPath}.before-arpanet`

/** Writes down what is about to be changed. */
export const noteStep = (record: SetupRecord, reason: string): SetupStep => ({
  verb: 'write',
  path: recordPath,
  text: formatRecord(record),
  mode: 0o600,
  reason,
})

/** The keys of a daemon.json, none where there is no file or a faulty one. */
export function keysOf(text: string | undefined): { keys: DaemonKeys; faults: Fault[] } {
  const parsed = parseDaemonJson(text ?? '')
  return 'keys' in parsed ? { keys: parsed.keys, faults: [] } : { keys: {}, faults: parsed.faults }
}

/** What setup wrote before. */
export const rememberedOf = ({ daemonJson }: SetupRecord): Remembered =>
  daemonJson ?? { set: {}, was: {}, theirs: {} }

/** Whether Docker must start anew to see what these steps change. */
export const needsRestart = (steps: readonly SetupStep[]): boolean =>
  steps.some(({ path, verb, ...step }) => {
    if (path === daemonJsonPath || path === dropInPath) return true
    return verb === 'issue' && 'issues' in step && step.issues.some(({ purpose }) => purpose !== 'client')
  })

/** What Docker reads only when it starts. */
export const readAtStart: readonly string[] = [
  daemonJsonPath,
  dropInPath,
  tlsFiles.authority,
  tlsFiles.server,
  tlsFiles.serverKey,
]
