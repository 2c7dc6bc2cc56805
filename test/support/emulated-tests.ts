import { inEmulatedKernel } from './emulated-kernel.ts'
import type { Tests } from './tests.ts'

const mocha = 'node_modules/mocha/bin/mocha.js'
/** Set in the kernel. */
const mark = 'ARPANET_EMULATED_KERNEL'

/** Of mocha's reporter json-stream, as far as we look: `["pass", {...}]`, a line each. */
interface Event {
  readonly fullTitle: string
  readonly stack?: string
}

/**
 * Has the tests of a describe block run in the emulated kernel: mocha is started there with the test file that calls
 * this, once and before the first of them. Here each of them is what it was there.
 */
export function inTheEmulatedKernel(file: string, timeoutMs: number, memoryMebibytes = 2_048): Tests {
  if (process.env[mark] !== undefined) return { it, beforeEach, afterEach }
  const passed = new Set<string>()
  const failed = new Map<string, string>()
  let rest = ''
  before(async function () {
    this.timeout(2 * timeoutMs)
    const block = this.test?.parent?.fullTitle() ?? ''
    // What the tests have started ends with the kernel.
    const argv = [process.execPath, mocha, '--exit', '--reporter', 'json-stream', '--fgrep', block, file]
    const { stdout, stderr, exitCode } = await inEmulatedKernel(argv, {
      env: { [mark]: 'yes' },
      timeoutMs,
      memoryMebibytes,
    })
    for (const line of stdout.split('\n')) {
      const [what, event] = line.startsWith('["') ? (JSON.parse(line) as [string, Event]) : []
      if (event === undefined) rest += `${line}\n`
      else if (what === 'pass') passed.add(event.fullTitle)
      else if (what === 'fail') failed.set(event.fullTitle, event.stack ?? 'it failed')
    }
    rest += `${stderr}\nexit ${exitCode}`
  })
  return {
    it: (title) => {
      it(title, function () {
        const name = this.test?.fullTitle() ?? title
        if (passed.has(name)) return
        const others = [...failed].map(([title, stack]) => `${title}: ${stack}`)
        throw new Error(failed.get(name) ?? ['it did not run there', ...others, rest].join('\n'))
      })
    },
    beforeEach: () => undefined,
    afterEach: () => undefined,
  }
}
