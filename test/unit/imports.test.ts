import assert from 'node:assert/strict'
import { program } from '../support/arpanet.ts'

const house = 'test/fixtures/house/src/'

/** What each rule finds in the fixture: the file that imports, and what it must not. Everything else is in order. */
const expected: Record<string, string[]> = {
  'no-cycles': ['cycle-a.ts -> cycle-b.ts'],
  'model-imports-nothing': [
    'model/imports-driver-type.ts -> drivers/good.ts',
    'model/imports-settings.ts -> settings/good.ts',
  ],
  'settings-import-model-and-errors': [
    'settings/imports-driver.ts -> drivers/good.ts',
    'settings/imports-oclif.ts -> @oclif/core',
  ],
  'services-are-data': [
    'services/imports-driver-type.ts -> drivers/good.ts',
    'services/imports-driver.ts -> drivers/good.ts',
    'services/reads-files.ts -> fs',
  ],
  'pure-agents': ['agents/x/plan.ts -> drivers/good.ts'],
  'agents-know-driver-types-only': ['agents/x/imports-driver.ts -> drivers/good.ts'],
  'agents-do-not-know-each-other': ['agents/x/imports-y.ts -> agents/y/desired.ts'],
  'drivers-know-no-policy': [
    'drivers/imports-settings-type.ts -> settings/good.ts',
    'drivers/imports-settings.ts -> settings/good.ts',
  ],
  'commands-own-no-driver': [
    'commands/imports-driver.ts -> drivers/good.ts',
    'commands/imports-wire.ts -> wire.ts',
  ],
  'dockerode-only-in-its-driver': ['commands/imports-dockerode.ts -> dockerode'],
  'consul-only-in-its-driver': ['commands/imports-consul.ts -> consul'],
  'execa-only-in-its-driver': ['commands/imports-execa.ts -> execa'],
  'oclif-where-it-belongs': [
    'drivers/imports-oclif.ts -> @oclif/core',
    'settings/imports-oclif.ts -> @oclif/core',
  ],
  'wire-knows-no-command': ['wire.ts -> commands/good.ts'],
  resolvable: ['unresolvable.ts -> ./nowhere.ts'],
  'setup-knows-driver-types-only': ['setup/imports-driver.ts -> drivers/good.ts'],
  'stack-knows-driver-types-only': ['stack/imports-driver.ts -> drivers/good.ts'],
}

interface Violation {
  readonly rule: { readonly name: string }
  readonly from: string
  readonly to: string
}

interface Summary {
  readonly violations: readonly Violation[]
  readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string }[] }
}

describe('imports', () => {
  let violations: readonly Violation[] = []
  let rules: readonly string[] = []
  before(async () => {
    const cruiser = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'
    const args = ['--config', '.dependency-cruiser.js', '--output-type', 'json', 'src', house]
    const { stdout, stderr } = await program([process.execPath, cruiser, ...args], {})
    assert.equal(stderr, '')
    const { summary } = JSON.parse(stdout) as { summary: Summary }
    violations = summary.violations
    rules = summary.ruleSetUsed.forbidden.map(({ name }) => name)
  })

  it('in src break no rule', () => {
    assert.deepEqual(
      violations.filter(({ from }) => !from.startsWith(house)),
      [],
    )
  })

  it('every rule is proven to bite', () => {
    assert.deepEqual(rules.toSorted(), Object.keys(expected).sort())
  })

  for (const [rule, found] of Object.entries(expected)) {
    it(`${rule} finds ${found.join(', ')} and nothing else`, () => {
      const pairs = violations
        .filter(({ rule: { name }, from }) => name === rule && from.startsWith(house))
        .map(({ from, to }) => `${from.slice(house.length)} -> ${shorten(to)}`)
      assert.deepEqual(pairs.sort(), found)
    })
  }
})

/** A file of the house by its place in it, a library by its name. */
function shorten(path: string): string {
  if (path.startsWith(house)) return path.slice(house.length)
  return /^node_modules\/(?:@types\/)?((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path
}
