import { hidden } from './redaction.ts'
import { quoted } from './service-name.ts'

/** How the connections to a backend are dealt with. */
export interface BackendOptions {
  /** Instances on the client's own host before all others. */
  readonly near: boolean
  /** How long a client stays with its instance. */
  readonly stickySeconds?: number
  /** What becomes of the open connections of an instance that has left. */
  readonly drain: 'finish' | 'reset'
}

/** Where nothing is said. */
export const usualOptions: BackendOptions = { near: false, drain: 'finish' }

const stickyMaxSeconds = 86_400

const known = `near=host, sticky=SECONDS (1 to ${stickyMaxSeconds}), drain=finish or drain=reset`

/** What stands behind the `?`, or what is wrong with it. */
export function parseOptions(text: string): BackendOptions | string {
  const found = new Map<string, Partial<BackendOptions>>()
  for (const option of text.split('&')) {
    const [name = ''] = option.split('=')
    const meant = optionOf(option)
    // Of a URL with a question mark in its password the rest is here.
    if (!meant) return `has the option ${quoted(option.includes('@') ? hidden : option)}, expected ${known}`
    if (found.has(name)) return `has the option ${name} twice, expected once each: ${known}`
    found.set(name, meant)
  }
  return Object.assign({}, usualOptions, ...found.values()) as BackendOptions
}

function optionOf(option: string): Partial<BackendOptions> | undefined {
  if (option === 'near=host') return { near: true }
  if (option === 'drain=finish') return { drain: 'finish' }
  if (option === 'drain=reset') return { drain: 'reset' }
  const [, digits] = /^sticky=([1-9][0-9]{0,4})$/.exec(option) ?? []
  const stickySeconds = Number(digits ?? NaN)
  return stickySeconds <= stickyMaxSeconds ? { stickySeconds } : undefined
}
