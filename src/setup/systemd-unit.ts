/** Where systemd looks for units, the first that has one wins (systemd.unit(5)). */
export const unitFolders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
] as const

export const dropInPath = '/etc/systemd/system/docker.service.d/arpanet.conf'

/** The command that a unit and its drop-ins, in the order in which systemd reads them, start; the last one counts. */
export function execStart(texts: readonly string[]): string | undefined {
  let command: string | undefined
  for (const text of texts) {
    let section = ''
    for (const line of logicalLines(text)) {
      section = /^\s*\[(\w+)\]/.exec(line)?.[1] ?? section
      const value = /^\s*ExecStart\s*=(.*)$/.exec(line)?.[1]?.trim()
      if (section !== 'Service' || value === undefined) continue
      command = value === '' ? undefined : value
    }
  }
  return command
}

/** A backslash at the end of a line goes on in the next that is no comment (systemd.syntax(7)). */
const logicalLines = (text: string): string[] =>
  text
    .replaceAll('\r\n', '\n')
    .replace(/\\\n(?:[ \t]*[#;].*\n)*/g, ' ')
    .split('\n')

// Only the short form has its value right behind it: --host-gateway-ip is another flag.
const hostFlag = /\s(?:-H(?:\s+|=|(?=\S))|--host(?:\s+|=))(\S+)/g

/** Where a command line, as a unit writes it, has Docker listen. */
export const hostsOf = (command: string): string[] =>
  [...command.matchAll(hostFlag)].map((match) => match[1] ?? '')

/** Whether nobody but this host reaches it: systemd hands Docker its local socket as fd://. */
export const isLocalSocket = (host: string): boolean => /^(unix|fd):\/\//.test(host)

/**
 * The drop-in that leaves it to daemon.json where Docker listens: said in both places, it does not start. Undefined
 * where the unit does not say it.
 */
export function dropIn(command: string): string | undefined {
  if (hostsOf(command).length === 0) return undefined
  return [
    "# Made by arpanet setup: where Docker listens is said in /etc/docker/daemon.json, together with the unit's own.",
    '[Service]',
    'ExecStart=',
    `ExecStart=${command.replace(hostFlag, '')}`,
    '',
  ].join('\n')
}
