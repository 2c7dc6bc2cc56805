import { appendFileSync } from 'node:fs'
import Mocha from 'mocha'

/** The spec report, and one line `PASSED FAILED` in the file TALLY for bin/test. A test that was skipped has failed. */
export default class Tally extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    const file = process.env.TALLY
    if (file === undefined) return
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats
      appendFileSync(file, `${passes} ${failures + pending}\n`)
    })
  }
}
