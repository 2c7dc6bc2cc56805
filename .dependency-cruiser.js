// Who may import whom, as docs/architecture.md says it. test/unit/imports.test.ts proves on a fixture that it bites.
const room = (name) => `^(test/fixtures/house/)?src/${name}`
/** What an agent wants, and what it would change: files of these names, and what stands in a folder beside the first. */
const pure = [room('agents/[^/]+/(desired|plan)\\.ts$'), room('agents/[^/]+/desired/')]
const only = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to })

export default {
  forbidden: [
    only('no-cycles', {}, { circular: true }, 'A cycle means that two files are one thing.'),
    only(
      'model-imports-nothing',
      { path: room('model/') },
      { path: room(''), pathNot: room('model/') },
      'Value types stand on nothing.',
    ),
    only(
      'settings-import-model-and-errors',
      { path: room('settings/') },
      {
        path: '.',
        pathNot: [room('settings/'), room('model/'), room('errors'), 'node_modules/dotenv/'],
        dependencyTypesNot: ['core'],
      },
      'Settings are data: no oclif, no drivers.',
    ),
    only(
      'services-are-data',
      { path: room('services/') },
      { path: '.', pathNot: [room('services/'), room('model/'), room('settings/')] },
      'A service turns settings into a container spec and touches nothing.',
    ),
    only(
      'pure-agents',
      { path: pure },
      { path: '.', pathNot: [room('model/'), ...pure, '^(node:)?crypto$'] },
      'What should exist and what to change are pure functions of values.',
    ),
    only(
      'agents-know-driver-types-only',
      { path: room('agents/') },
      { path: room('drivers/'), dependencyTypesNot: ['type-only'] },
      'wire.ts hands an agent its drivers.',
    ),
    only(
      'agents-do-not-know-each-other',
      { path: '^(?:test/fixtures/house/)?src/agents/([^/]+)/' },
      {
        path: '^(test/fixtures/house/)?src/agents/([^/]+)/',
        pathNot: '^(test/fixtures/house/)?src/agents/$1/',
      },
      'Deleting an agent breaks one line elsewhere.',
    ),
    only(
      'drivers-know-no-policy',
      { path: room('drivers/') },
      {
        path: '^(test/fixtures/house/)?src/(settings|services|stack|setup|agents|commands|wire|base-command|cli|help)',
      },
      'A driver talks to one outside thing in our words.',
    ),
    only(
      'commands-own-no-driver',
      { path: room('commands/') },
      { path: ['^(test/fixtures/house/)?src/(drivers|wire)'], dependencyTypesNot: ['type-only'] },
      'A command parses, calls and prints.',
    ),
    ...[
      ['dockerode', 'docker'],
      ['consul', 'consul'],
      ['execa', 'shell'],
    ].map(([library, driver]) =>
      only(
        `${library}-only-in-its-driver`,
        { path: '^(test/fixtures/house/)?src/', pathNot: room(`drivers/${driver}(\\.ts|/)`) },
        { path: `node_modules/(@types/)?${library}/` },
        `Only drivers/${driver} knows ${library}.`,
      ),
    ),
    only(
      'oclif-where-it-belongs',
      { path: room('(model|settings|services|stack|setup|agents|drivers)/') },
      { path: 'node_modules/@oclif/' },
      'The framework stays at the edge.',
    ),
    only(
      'wire-knows-no-command',
      { path: room('wire') },
      { path: room('commands/') },
      'The root builds; it does not run.',
    ),
    only(
      'resolvable',
      {},
      { couldNotResolve: true },
      'An import that is not found is an import that is not checked.',
    ),
    only(
      'stack-knows-driver-types-only',
      { path: room('stack/') },
      {
        path: room('(drivers|commands|wire)'),
        pathNot: room('drivers/clock'),
        dependencyTypesNot: ['type-only'],
      },
      'What puts services up is handed its drivers.',
    ),
    only(
      'setup-knows-driver-types-only',
      { path: room('setup/') },
      { path: room('(drivers|stack|commands|wire)'), dependencyTypesNot: ['type-only'] },
      'What prepares a host is handed its drivers.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
