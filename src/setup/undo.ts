import { isDeepStrictEqual } from 'node:util'
import {
  daemonJsonPath,
  edit,
  editsTo,
  keyChanges,
  setupsKeys,
  usersKeys,
  type DaemonKeys,
} from './daemon-json.ts'
import { remember } from './plan.ts'
import { recordPath, type SetupRecord } from './record.ts'
import {
  arpanetFolder,
  keysOf,
  noteStep,
  rememberedOf,
  type ActualFiles,
  type SetupPlan,
  type SetupStep,
} from './steps.ts'
import { dropInPath } from './systemd-unit.ts'

export interface UndoPlan extends SetupPlan {
  /** Whether Docker must be restarted after the steps. */
  readonly restart: boolean
  /** What is left to do after that. */
  readonly later: readonly SetupStep[]
}

/** Docker's bridge, and whether its former address is free to be taken again. */
export interface BridgeFacts {
  readonly now: string
  /** Docker has started since daemon.json was written last. */
  readonly isRead: boolean
  readonly isFormerFree: boolean
}

/**
 * What puts the host back as it was before setup; no steps where setup changed nothing. Docker keeps the address that
 * its bridge had last unless it is told one: so it is told the former one, restarted, and only then is the file as it
 * was.
 */
export function planUndo(record: SetupRecord, actual: ActualFiles, bridge: BridgeFacts): UndoPlan {
  const nothing = { steps: [], faults: [], restart: false, later: [] }
  if (!actual.has(recordPath)) return nothing
  const daemon = undoDaemonJson(record, actual)
  if (daemon.faults.length > 0) return { ...nothing, faults: daemon.faults }
  const made = record.made.filter((path) => path !== arpanetFolder && actual.has(path)).toReversed()
  const rest = [
    ...made.map((path) => remove(path, actual)),
    remove(recordPath, actual),
    ...(record.made.includes(arpanetFolder) ? [remove(arpanetFolder, actual)] : []),
  ]
  // "live-restore" keeps the bridge as it is while containers run: told once is enough.
  const wasTold =
    daemon.now.bip === record.bridge && record.daemonJson?.set.bip === record.bridge && bridge.isRead
  const goesBack =
    record.bridge !== undefined &&
    record.daemonJson !== undefined &&
    daemon.user.bip === undefined &&
    bridge.now !== record.bridge &&
    bridge.isFormerFree &&
    !wasTold
  if (!goesBack) {
    const unit = rest.some(({ path }) => path === dropInPath)
    // Told the address that it has already, or not told it: the same to an engine that runs.
    const read = Object.keys(editsTo(daemon.now, daemon.user)).filter(
      (name) => name !== 'bip' || daemon.now.bip !== bridge.now,
    )
    return { steps: [...daemon.steps, ...rest], faults: [], restart: unit || read.length > 0, later: [] }
  }
  const keys = { ...daemon.user, bip: record.bridge }
  const steps: SetupStep[] = [
    noteStep(
      {
        ...record,
        daemonJson: { former: record.daemonJson.former, ...remember(daemon.user, keys, daemon.ours) },
      },
      'what is left to undo',
    ),
    {
      verb: 'write',
      path: daemonJsonPath,
      text: edit(actual.get(daemonJsonPath)?.text ?? '', editsTo(daemon.now, keys)),
      mode: actual.get(daemonJsonPath)?.facts.mode ?? 0o644,
      reason: "Docker's bridge was so before setup",
      details: keyChanges(daemon.now, keys),
    },
    ...rest.filter(({ path }) => path === dropInPath),
  ]
  return {
    steps,
    faults: [],
    restart: true,
    later: [...daemon.steps, ...rest.filter(({ path }) => path !== dropInPath)],
  }
}

const remove = (path: string, actual: ActualFiles): SetupStep => ({
  verb: actual.get(path)?.facts.kind === 'folder' ? 'remove folder' : 'remove',
  path,
  reason: 'setup made it',
})

interface DaemonUndo extends SetupPlan {
  readonly now: DaemonKeys
  /** What of setup's is in it. */
  readonly ours: DaemonKeys
  /** The keys as they would be without setup. */
  readonly user: DaemonKeys
}

function undoDaemonJson(record: SetupRecord, actual: ActualFiles): DaemonUndo {
  const text = actual.get(daemonJsonPath)?.text
  const now = keysOf(text)
  const found = rememberedOf(record)
  const ours = setupsKeys(now.keys, found)
  const user = usersKeys(now.keys, found)
  const undo = (...steps: SetupStep[]) => ({ now: now.keys, ours, user, steps, faults: now.faults })
  const path = record.daemonJson?.former ?? ''
  const copy = actual.get(path)?.text
  const copyGoes = copy === undefined ? [] : [remove(path, actual)]
  if (now.faults.length > 0) return undo()
  if (Object.keys(ours).length === 0) return undo(...copyGoes)
  if (record.daemonJson?.former === null && Object.keys(user).length === 0) {
    return undo(remove(daemonJsonPath, actual))
  }
  const former = keysOf(copy).keys
  if (copy !== undefined && isDeepStrictEqual(user, former)) {
    const reason = 'as it was before setup'
    const details = keyChanges(now.keys, former)
    return undo({ verb: 'restore', path: daemonJsonPath, from: path, reason, details })
  }
  const write: SetupStep = {
    verb: 'write',
    path: daemonJsonPath,
    text: edit(text ?? '', editsTo(now.keys, user)),
    mode: actual.get(daemonJsonPath)?.facts.mode ?? 0o644,
    reason: 'as it was before setup, with what was changed in it since',
    details: keyChanges(now.keys, user),
  }
  return undo(write, ...copyGoes)
}
