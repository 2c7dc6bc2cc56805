import assert from 'node:assert/strict'
import { askAll, heard, take } from './overlay-speakers.ts'
import type { Outcome } from './program.ts'

/** A host or a container, at whose address of the overlay there is a speaker of this name. */
export interface Place {
  readonly name: string
  readonly address: string
  /** Runs a program in its network. */
  readonly exec: (argv: readonly string[]) => Promise<Outcome>
}

/** Where places are not heard as they should be: those of each host by all those of other hosts, whom `script` asks. */
export async function deafnessAmong(
  hosts: readonly (readonly Place[])[],
  script = askAll,
): Promise<string[]> {
  const reports = hosts.flatMap((own) => {
    const others = hosts.filter((each) => each !== own).flat()
    return own.map(async ({ address: from, exec }) => {
      const { stdout } = await exec(['bash', '-c', script, 'bash', ...others.map(({ address }) => address)])
      const lines = stdout.split('\n')
      return others
        .map(({ address, name }) => ({ address, line: heard(address, name, from) }))
        .filter(({ line }) => !lines.includes(line))
        .map(({ address, line }) => {
          const said = lines.find((each) => each.startsWith(`${address}:`))
          return `${from} says ${said}, ${line} was expected`
        })
    })
  })
  return (await Promise.all(reports)).flat()
}

/** Whether so many bytes from an address come to a place as they were sent. */
export async function areIntact({ exec }: Place, address: string, bytes: number): Promise<boolean> {
  const { stdout } = await exec(['bash', '-c', take, 'bash', address, String(bytes)])
  const [came, sent] = stdout.split('\n')
  return came?.length === 64 && came === sent
}

/** IPv4's header and that of a ping. */
const headersBytes = 28

/** That a packet of this length gets to an address without being broken up, and none that is longer. */
export async function assertLongest({ exec }: Place, address: string, bytes: number): Promise<void> {
  const ping = (size: number) =>
    exec([
      ...['ping', '-M', 'do', '-c', '2', '-i', '0.2', '-W', '2'],
      ...['-s', String(size - headersBytes), address],
    ])
  const [longest, longer] = await Promise.all([ping(bytes), ping(bytes + 1)])
  assert.equal(longest.exitCode, 0, longest.stdout + longest.stderr)
  assert.match(longer.stderr, /message too long/i)
}
