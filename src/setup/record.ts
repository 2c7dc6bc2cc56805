import { precondition } from '../errors.ts'
import type { Remembered } from './daemon-json.ts'

/** Where setup notes what it changed, before it changes it, so that it can be undone. */
export const recordPath = '/etc/arpanet/setup.json'

export interface SetupRecord {
  /** Files and folders that were not there before, in the order of their making. */
  readonly made: readonly string[]
  /** What Docker's bridge was by Docker's own choice before, as 172.17.0.1/16: Docker keeps what it had last. */
  readonly bridge: string | undefined
  readonly daemonJson:
    | (Remembered & {
        /** Where the file of before is kept; null where there was none. */
        readonly former: string | null
      })
    | undefined
}

export const emptyRecord: SetupRecord = { made: [], bridge: undefined, daemonJson: undefined }

export const formatRecord = (record: SetupRecord): string =>
  `${JSON.stringify({ version: 1, ...record }, null, 2)}\n`

export function parseRecord(text: string | undefined): SetupRecord {
  if (text === undefined) return emptyRecord
  try {
    const { version, made, bridge, daemonJson } = JSON.parse(text) as SetupRecord & { version: number }
    if (version === 1 && Array.isArray(made)) return { made, bridge, daemonJson }
  } catch {
    // Said below, with what to do.
  }
  throw precondition(
    `${recordPath}: is not what setup wrote there, so that it is not known what setup changed`,
    `mv ${recordPath} ${recordPath}.broken   # then arpanet setup takes what it finds as yours`,
  )
}
