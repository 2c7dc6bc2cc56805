// bundle.js [ENTRY [OUTDIR]]: bundles the program into dist/, so that the image carries one program and no node_modules.
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const [entry = join(root, 'src/cli.ts'), outdir = join(root, 'dist')] = process.argv.slice(2)

/**
 * What dockerode and oclif can do and arpanet does not: build sessions over gRPC, the Docker API over ssh, plugins and
 * TypeScript looked up on disk. An empty module in their place makes the program start faster.
 */
const unused = [
  ...['@grpc/grpc-js', '@grpc/proto-loader', 'ssh2', 'cpu-features'],
  ...['typescript', 'ts-node', 'tinyglobby', 'lilconfig', 'minimatch', 'semver', 'wsl-utils'],
]
const leaveOut = {
  name: 'leave-out',
  setup(bundle) {
    const filter = new RegExp(`^(${unused.join('|')})$`)
    bundle.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }))
    bundle.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents: 'module.exports = {}',
      loader: 'js',
    }))
  },
}

mkdirSync(outdir, { recursive: true })
for (const stale of readdirSync(outdir, { withFileTypes: true })) {
  if (stale.name.endsWith('.js')) rmSync(join(outdir, stale.name))
}

await build({
  entryPoints: [entry],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  logLevel: 'warning',
  // CommonJS dependencies call require for Node's own modules; an ES module has none unless it makes one.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module'; const require = createBundleRequire(import.meta.url);",
  },
  // Its CommonJS form looks for its parts at run time.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  plugins: [leaveOut],
})
