import { createLab, type Lab, type LabPlan } from '../lab/lab.ts'
import type { Host } from '../lab/host.ts'

/**
 * A lab for the tests of the describe block that calls this: up before the first, gone after the last. When a test
 * fails, what the hosts have to say is printed.
 */
export function useLab<Name extends string>(plan: LabPlan<Name>): () => Lab & Record<Name, Host> {
  let lab: (Lab & Record<Name, Host>) | undefined
  before(`lab ${plan.name}`, async function () {
    this.timeout(180_000)
    lab = await createLab(plan)
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed' && lab !== undefined) console.log(await lab.diagnose())
  })
  after(async () => {
    await lab?.[Symbol.asyncDispose]()
  })
  return () => {
    if (lab === undefined) throw new Error(`lab ${plan.name}: is not up, ask for it inside a test`)
    return lab
  }
}
