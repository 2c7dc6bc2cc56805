import { ArpanetError, exitCodes, precondition, unavailable, type ErrorKind } from '../errors.ts'

const taken = /listen (tcp|udp) (\S+): bind: address already in use/i
const unbindable = /listen (?:tcp|udp) (\S+): bind: cannot assign requested address/i

/** Why a service ended right after its start, from the last lines that it wrote. */
export function explainCrash(
  service: string,
  container: string,
  exitCode: number,
  log: readonly string[],
): ArpanetError {
  const refusal = refusalOf(service, exitCode, log)
  if (refusal !== undefined) return refusal
  const text = log.join('\n')
  const port = taken.exec(text)
  if (port) {
    const [, protocol, address = ''] = port
    const number = address.slice(address.lastIndexOf(':') + 1)
    return precondition(
      `${service}: ${address} (${protocol}) is taken by another program, expected it free`,
      `ss -lnp 'sport = :${number}'`,
    )
  }
  const address = unbindable.exec(text)?.[1]
  if (address !== undefined) {
    return precondition(
      `${service}: ${address} is not an address of this host, expected one`,
      'ip -4 address',
    )
  }
  const { said, mend } = ourError(log)
  const last =
    said ??
    [...log].reverse().find((line) => /error|==>|fatal|panic/i.test(line)) ??
    log.at(-1) ??
    'it wrote nothing'
  return unavailable(
    `${service}: ended with status ${exitCode} right after its start: ${last.trim()}`,
    mend ?? `docker logs ${container}`,
  )
}

/** Those that trying again does not help. */
const lasting: readonly ErrorKind[] = ['usage', 'precondition', 'conflict']

/** What an agent of ours said where it ended for it alone, and with the status that says so; it may have said it often. */
function refusalOf(service: string, exitCode: number, log: readonly string[]): ArpanetError | undefined {
  const kind = lasting.find((each) => exitCodes[each] === exitCode)
  const lines = [...new Set(log)]
  const faults = lines.filter((line) => !line.startsWith('  '))
  const isOurs = faults.length > 0 && faults.every((line) => /\bexpected\b/.test(line))
  if (kind === undefined || !isOurs) return undefined
  const mends = lines.filter((line) => line.startsWith('  ')).map((line) => line.slice(2))
  const said = faults.map((line) => (line.startsWith(`${service}: `) ? line : `${service}: ${line}`))
  return new ArpanetError(kind, said.join('\n'), { hint: mends.length > 0 ? mends.join('\n') : undefined })
}

/** An agent of ours says what was expected, and below it, indented, what mends it. */
function ourError(log: readonly string[]): { readonly said?: string; readonly mend?: string } {
  const at = log.findLastIndex((line) => !line.startsWith('  '))
  const [said = '', ...mends] = log.slice(Math.max(at, 0))
  if (mends.length === 0 || !/\bexpected\b/.test(said)) return {}
  return { said, mend: mends.map((line) => line.slice(2)).join('\n') }
}
