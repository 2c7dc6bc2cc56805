import { declaration, settingNames, type SettingName } from './table.ts'

/** What `.arpanetrc.example` holds: every setting, commented out, with what it means and what it is by default. */
export function exampleFile(): string {
  const head = [
    '# Copy to ~/.arpanetrc and take away the "#" before what you set. Read as dotenv: NAME=value, quotes where a',
    '# value holds spaces or "#". The environment goes before this file. Made from src/settings by: npm run generate',
  ]
  return [...head, ...settingNames.flatMap(exampleLines), ''].join('\n')
}

const exampleLines = (name: SettingName): string[] => {
  const setting = declaration(name)
  return ['', `# ${setting.summary} (${defaultOf(name)})`, `#${name}=${setting.default ?? setting.example}`]
}

/** The default, in words that fit a table. */
export function defaultOf(name: SettingName): string {
  const { default: value, defaultFrom, otherwise } = declaration(name)
  if (value !== undefined) return `default ${value}`
  if (defaultFrom !== undefined) return `default as ${defaultFrom}`
  if (otherwise !== undefined) return `default ${otherwise}`
  return name === 'HOSTNAME' ? "default this host's own name" : 'no default'
}

/** The README's table of settings. */
export function readmeTable(): string {
  const rows = settingNames.map((name) => {
    const value = defaultOf(name).replace(
      /^default (as )?(.*)$/,
      (_all, as: string | undefined, text: string) =>
        as === undefined && !text.includes(' ') ? `\`${text}\`` : `${as ?? ''}${text}`,
    )
    return `| \`${name}\` | ${declaration(name).summary} | ${value} |`
  })
  return ['| variable | what it is | default |', '|---|---|---|', ...rows].join('\n')
}

/** What the wrapper knows of the settings: the variables that it passes on where they are set, and the image it runs. */
export function wrapperSettings(): string {
  const lines: string[] = []
  for (const name of settingNames.filter((each) => each !== 'HOSTNAME')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + name.length < 110) lines[lines.length - 1] = `${last} ${name}`
    else lines.push(name)
  }
  return `settings='${lines.join('\n')}'\nimage=${declaration('ARPANET_IMAGE').default}`
}

/** `text` with what stands between the lines that hold `begin NAME` and `end NAME` replaced. */
export function replaceBetween(text: string, name: string, body: string): string {
  const marks = new RegExp(`(^.*begin ${name}.*\\n)[^]*?(^.*end ${name}.*$)`, 'm')
  if (!marks.test(text)) throw new Error(`no lines "begin ${name}" and "end ${name}" to write between`)
  return text.replace(marks, (_all, begin: string, end: string) => `${begin}${body}\n${end}`)
}
