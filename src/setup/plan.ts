import { isDeepStrictEqual } from 'node:util'
import { dirname } from 'node:path/posix'
import type { Owner } from '../drivers/files.ts'
import {
  daemonJsonPath,
  edit,
  editsTo,
  keyChanges,
  setupsKeys,
  usersKeys,
  type DaemonKeys,
  type Remembered,
} from './daemon-json.ts'
import { daemonKeys, tlsFolder, type DaemonWish } from './daemon-keys.ts'
import type { Fault } from './fault.ts'
import { recordPath, type SetupRecord } from './record.ts'
import {
  arpanetFolder,
  formerPath,
  keysOf,
  noteStep,
  rememberedOf,
  type ActualFiles,
  type SetupPlan,
  type SetupStep,
} from './steps.ts'
import { dropIn, dropInPath, hostsOf, isLocalSocket } from './systemd-unit.ts'
import { tlsIdentities, type Issue } from './tls.ts'

/** Consul's user and group in its image; its entrypoint sees to it as well, whoever owns the folder. */
const consulOwner: Owner = { uid: 100, gid: 1000 }

export interface Wish {
  readonly daemon: Omit<DaemonWish, 'locals'>
  readonly consulData: string
  /** The certificates to be issued. */
  readonly issues: readonly Issue[]
  /** What systemd starts Docker with; undefined where systemd does not run. */
  readonly unitCommand: string | undefined
  /** Docker's bridge as it is, such as 172.17.0.1/16. */
  readonly bridge: string
}

/** Every path that a plan may depend on. */
export const pathsOf = (consulData: string): string[] => [
  ...new Set(
    [
      daemonJsonPath,
      formerPath,
      recordPath,
      dropInPath,
      consulData,
      ...tlsIdentities.flatMap(({ certificate, key }) => [key, certificate]),
    ].flatMap((path) => [...ancestors(path), path]),
  ),
]

/** The folders above a path, from the top. */
export function ancestors(path: string): string[] {
  const above = dirname(path)
  return above === '/' ? [] : [...ancestors(above), above]
}

/** What makes the host as it should be; no steps where it is so. */
export function planSetup(wish: Wish, actual: ActualFiles, record: SetupRecord): SetupPlan {
  const daemon = planDaemonJson(wish, actual, record)
  const unit = planDropIn(wish.unitCommand, actual)
  const tls: SetupStep[] = wish.issues.length > 0 ? [issueStep(wish.issues)] : []
  const changes: SetupStep[] = [
    ...tls,
    ...tightened(actual),
    ...(actual.has(wish.consulData)
      ? []
      : [
          {
            verb: 'create' as const,
            path: wish.consulData,
            reason: "there is none for Consul's data",
            mode: 0o700,
            owner: consulOwner,
          },
        ]),
    ...unit,
    ...daemon.steps,
  ]
  const steps = withFolders(changes, actual)
  const made = [...record.made, ...steps.flatMap((step) => madeBy(step, actual))]
  const next: SetupRecord = {
    made: [...new Set(made)],
    bridge: record.daemonJson === undefined ? wish.bridge : record.bridge,
    daemonJson: daemon.remembered,
  }
  if (steps.length > 0 && !isDeepStrictEqual(next, record)) {
    const at = steps.findIndex(({ path }) => path === arpanetFolder) + 1
    steps.splice(at, 0, noteStep(next, 'what is changed, so that it can be undone'))
  }
  return { steps, faults: daemon.faults }
}

function planDaemonJson(wish: Wish, actual: ActualFiles, record: SetupRecord) {
  const text = actual.get(daemonJsonPath)?.text
  const copy = actual.get(formerPath)?.text
  const now = keysOf(text)
  const found = rememberedOf(record)
  const ours = setupsKeys(now.keys, found)
  const user = usersKeys(now.keys, found)
  const wanted = daemonKeys(user, { ...wish.daemon, locals: localSockets(wish.unitCommand) })
  const refused = (faults: readonly Fault[]) => ({ steps: [], faults, remembered: record.daemonJson })
  if (now.faults.length > 0) return refused(now.faults)
  if (wanted.faults.length > 0) return refused(wanted.faults)

  // Nothing of setup's is in the file: it is the one to come back to, whatever an earlier setup kept.
  const isUsers = Object.keys(ours).length === 0
  const isCopyOurs = record.daemonJson?.former === formerPath
  if (isUsers && text !== undefined && copy !== undefined && !isCopyOurs) {
    return refused([
      {
        what: `${formerPath}: is there, and no record says whose it is, expected the name free`,
        mend: `mv ${formerPath} ${formerPath}.other`,
      },
    ])
  }
  const mode = actual.get(daemonJsonPath)?.facts.mode ?? 0o644
  const steps: SetupStep[] = []
  if (!isDeepStrictEqual(now.keys, wanted.keys)) {
    if (isUsers && text !== undefined && text !== copy) steps.push(keepStep(text, mode, copy !== undefined))
    steps.push({
      verb: 'write',
      path: daemonJsonPath,
      text: edit(text ?? '', editsTo(now.keys, wanted.keys)),
      mode,
      reason: text === undefined ? 'there is none' : text.trim() === '' ? 'it is empty' : 'it lacks this',
      details: keyChanges(now.keys, wanted.keys),
    })
  }
  const former = isUsers && text !== undefined ? formerPath : (record.daemonJson?.former ?? null)
  return { steps, faults: [], remembered: { former, ...remember(user, wanted.keys, ours) } }
}

/** What is to be noted before `user` becomes `wanted` in a file that has `ours` in it. */
export function remember(user: DaemonKeys, wanted: DaemonKeys, ours: DaemonKeys): Remembered {
  const set = entriesOf(wanted, (name, value) => !isDeepStrictEqual(user[name], value))
  return {
    set,
    was: entriesOf(ours, (name, value) => !isDeepStrictEqual(set[name], value)),
    theirs: entriesOf(user, (name) => name in set || name in ours),
  }
}

const entriesOf = (keys: DaemonKeys, isMeant: (name: string, value: unknown) => boolean): DaemonKeys =>
  Object.fromEntries(Object.entries(keys).filter(([name, value]) => isMeant(name, value)))

function keepStep(text: string, mode: number, isThere: boolean): SetupStep {
  const kept = { path: formerPath, reason: 'the file as it is, for setup --undo' }
  // A setup that was given up kept another one.
  return isThere ? { verb: 'write', ...kept, text, mode } : { verb: 'copy', ...kept, from: daemonJsonPath }
}

/** What the unit says of sockets on this host, which our drop-in takes out of it; without that the usual one. */
function localSockets(unitCommand = ''): string[] {
  const hosts = hostsOf(unitCommand).filter(isLocalSocket)
  return hosts.length > 0 ? hosts : ['unix:///var/run/docker.sock']
}

function planDropIn(unitCommand: string | undefined, actual: ActualFiles): SetupStep[] {
  const text = unitCommand === undefined ? undefined : dropIn(unitCommand)
  const found = actual.get(dropInPath)?.text
  if (text === undefined || text === found) return []
  const reason = found === undefined ? "Docker's unit says where it listens" : "Docker's unit has changed"
  return [{ verb: 'write', path: dropInPath, text, mode: 0o644, reason }]
}

const issueStep = (issues: readonly Issue[]): SetupStep => ({
  verb: 'issue',
  path: tlsFolder,
  reason: "for Docker's TCP socket",
  issues,
  details: issues.map(({ purpose, reason }) => `${purpose}: ${reason}`),
})

/** Keys that others may read are no longer only ours. */
function tightened(actual: ActualFiles): SetupStep[] {
  return tlsIdentities
    .flatMap(({ certificate, key }) => [certificate, key])
    .flatMap((path) => {
      const found = actual.get(path)
      if (found?.text === undefined || (found.facts.mode & 0o077) === 0) return []
      const reason = `others may read it (${found.facts.mode.toString(8)})`
      return [{ verb: 'write' as const, path, text: found.text, mode: 0o600, reason }]
    })
}

/** Each step after those that make the folders it needs. */
function withFolders(changes: readonly SetupStep[], actual: ActualFiles): SetupStep[] {
  const steps: SetupStep[] = []
  const willBe = new Set<string>()
  const make = (path: string) => {
    if (actual.has(path) || willBe.has(path)) return
    willBe.add(path)
    steps.push({
      verb: 'create',
      path,
      mode: path === tlsFolder ? 0o700 : 0o755,
      reason: 'there is none',
    })
  }
  // The record lies there, and comes before everything else.
  if (changes.length > 0) for (const path of ancestors(recordPath)) make(path)
  for (const change of changes) {
    const inside = change.verb === 'issue' ? [...ancestors(change.path), change.path] : ancestors(change.path)
    for (const path of inside) make(path)
    steps.push(change)
  }
  return steps
}

/** The paths that come into being by a step. */
function madeBy(step: SetupStep, actual: ActualFiles): string[] {
  const paths =
    step.verb === 'issue'
      ? tlsIdentities
          .filter(({ purpose }) => step.issues.some((issue) => issue.purpose === purpose))
          .flatMap(({ certificate, key }) => [key, certificate])
      : [step.path]
  // The copy and daemon.json itself have a part of the record of their own.
  return paths.filter((path) => !actual.has(path) && path !== formerPath && path !== daemonJsonPath)
}
